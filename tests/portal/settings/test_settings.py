"""A person's settings: language, e-mails, quiet hours, another address (N2)."""

from collections.abc import Callable

from services.cli.demo.stage import Stage
from tests.portal.visitor import Visitor

SignIn = Callable[..., Visitor]


def test_a_language_holds_for_mails_and_pages(stage: Stage, signed_in: SignIn) -> None:
    visitor, path = signed_in("gfs-2"), f"/n/{stage.network}/settings"
    visitor.get(path)
    try:
        assert '<html lang="nl"' in visitor.post(f"{path}/language", language="nl").text
        assert stage.api.of("gfs-2").get("/me")["language"] == "nl"
        assert visitor.post(f"{path}/language", language="xx").status_code == 422
    finally:
        visitor.get(path)
        visitor.post(f"{path}/language", language="de")


def test_wishes_are_kept_and_legal_notices_cannot_be_switched_off(stage: Stage, signed_in: SignIn) -> None:
    visitor, path = signed_in("wohnbau"), f"/n/{stage.network}/settings"
    page = visitor.get(path).text
    assert 'value="legal"' not in page
    fields = {"email": "results", "quiet_from": "20:00", "quiet_until": "07:00", "redirect_to": ""}
    saved = visitor.post(path, fields, _version=visitor.hidden()["_version"]).text
    assert "Your settings were saved." in saved
    assert 'value="20:00"' in saved
    found = stage.api.of("wohnbau").get(f"{stage.path}/preferences")["preferences"]
    assert {wish["kind"]: wish["email"] for wish in found["kinds"]} == {
        "reminders": False, "results": True, "directory": False, "office": False,
    }  # fmt: skip


def test_another_address_counts_only_when_it_was_confirmed(stage: Stage, signed_in: SignIn) -> None:
    visitor, path = signed_in("bethel"), f"/n/{stage.network}/settings"
    visitor.get(path)
    fields = {"quiet_from": "", "quiet_until": "", "redirect_to": "legal@bethel.example"}
    page = visitor.post(path, fields, _version=visitor.hidden()["_version"]).text
    assert "Confirm the other address" in page
    assert "Not confirmed yet" in page
    other = visitor.post(path, fields | {"redirect_to": "x@y.example"}, _version=visitor.hidden()["_version"])
    assert other.status_code == 429
    assert "You can change the address again in 10 minutes." in other.text
    assert 'value="x@y.example"' in other.text


def test_half_of_the_quiet_hours_is_refused_and_an_older_page_overwrites_nothing(
    stage: Stage, signed_in: SignIn
) -> None:
    visitor, path = signed_in("diakonie"), f"/n/{stage.network}/settings"
    visitor.get(path)
    version = visitor.hidden()["_version"]
    half = visitor.post(path, quiet_from="20:00", quiet_until="", redirect_to="", _version=version)
    assert half.status_code == 422
    assert 'href="#quiet_until"' in half.text
    assert visitor.post(path, quiet_from="", quiet_until="", redirect_to="", _version=version).status_code == 200
    older = visitor.post(path, quiet_from="21:00", quiet_until="06:00", redirect_to="", _version=version)
    assert older.status_code == 412
    assert 'value="21:00"' in older.text


def test_an_operator_has_no_settings_here(stage: Stage, signed_in: SignIn) -> None:
    assert "no settings in this network" in signed_in("betrieb").get(f"/n/{stage.network}/settings").text
