"""What generated input found (promise 11): each of these was a 5xx once."""

from collections.abc import Callable

import pytest

from services.cli.demo.stage import Stage
from tests.portal.visitor import Visitor


@pytest.mark.parametrize("id_", ["%7F", "x%0D%0A%0D%0Ax", "%00", "..", "x%3Fy=1", "x%23y", "%E2%80%A8", "a%20b"])
def test_an_address_with_no_possible_id_leads_nowhere(
    signed_in: Callable[..., Visitor], stage: Stage, id_: str
) -> None:
    """Nor does it lead to another address of the API."""
    visitor = signed_in("wohnbau")
    visitor.get(f"/n/{stage.network}/settings/webhooks/new")
    answer = visitor.post(f"/n/{stage.network}/settings/webhooks/{id_}/test", follow=False)
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.text


@pytest.mark.parametrize("key", [" ", "a b", "a\nb", "ä", "\x00", "k" * 5_000])
def test_a_forms_key_that_is_none_of_ours_is_not_handed_on(
    signed_in: Callable[..., Visitor], stage: Stage, key: str
) -> None:
    """It would stand in a header of the request to the API."""
    visitor = signed_in("wohnbau")
    visitor.get(f"/n/{stage.network}/settings")
    answer = visitor.post(f"/n/{stage.network}/settings/language", {"_key": key, "language": "nl"}, follow=False)
    assert answer.status_code == 303


@pytest.mark.parametrize("id_", ["%7F", "x%0D%0Ax-injected:%201", "%00"])
def test_no_control_character_of_an_address_gets_into_a_redirects_header(
    signed_in: Callable[..., Visitor], stage: Stage, id_: str
) -> None:
    answer = signed_in("stadt").get(f"/n/{stage.network}/applications/{id_}", follow=False)
    assert answer.status_code == 404
    assert "x-injected" not in answer.headers


@pytest.mark.parametrize("id_", ["%E2%80%A8", "%C3%A9"])
def test_a_redirect_writes_other_signs_as_addresses_do(
    signed_in: Callable[..., Visitor], stage: Stage, id_: str
) -> None:
    visitor = signed_in("stadt")
    answer = visitor.get(f"/n/{stage.network}/applications/{id_}", follow=False)
    assert answer.status_code == 303
    assert answer.headers["location"].endswith(id_)
    assert visitor.get(answer.headers["location"]).status_code == 404
