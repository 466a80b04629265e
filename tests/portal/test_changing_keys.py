"""The portal's key is changed without anybody noticing; a key that was dropped opens nothing."""

import re
import secrets
from collections.abc import Iterator

import pytest

from services.cli.demo.stage import Stage
from services.portal.sealing import Sealer, Unreadable
from tests.portal.beside import Beside
from tests.portal.visitor import Visitor

NEWER = secrets.token_urlsafe(32)


@pytest.fixture
def restored(edge: Beside) -> Iterator[Beside]:
    """Afterwards with its own key again."""
    yield edge
    edge.portal.stop()
    edge.portal.start()


@pytest.mark.timeout(300)  # three portals are started
def test_a_new_key_in_front_of_the_old_one_ends_nothing_and_the_old_one_can_then_go(
    restored: Beside, stage: Stage
) -> None:
    portal, red = restored.portal, restored.providers[0]
    restored.name(stage, "wohnbau", red, "robin")
    older = portal.settings["FALLNETZ_PORTAL_KEY"]
    apply, inbox = f"/apply/{stage.network}/organisation", f"/n/{stage.network}"
    with restored.signed_in(red, "robin") as here, restored.visitor() as applicant, restored.visitor() as there:
        applicant.get(apply)
        applicant.post(apply, name="Wohnwerk e.V.", address="Markt 1", follow=False)
        here.get(f"/n/{stage.network}/settings/calendar")
        shown = re.search(r"/calendar/[A-Za-z0-9_-]+\.ics", here.post(f"/n/{stage.network}/settings/calendar").text)
        here.get(apply)
        here.post(apply, name="Kept e.V.", address="Markt 2", follow=False)
        alone = _sessions(here)
        assert shown

        portal.stop()
        portal.start(KEY=f"{NEWER} {older}")
        assert here.post("/language", language="nl", next="/sessions").status_code == 200, "a form shown before counts"
        assert 'value="Wohnwerk e.V."' in applicant.get(apply).text
        assert 'value="Kept e.V."' in here.get(apply).text
        assert here.get(shown[0]).status_code == 200
        restored.sign_in(there, red, "robin")
        assert 'value="Kept e.V."' in there.get(apply).text, "the same person, whose draft lay under the old key"
        assert _sessions(there) == alone + 1

        portal.stop()
        portal.start(KEY=NEWER)
        assert there.get(inbox).url.path == inbox
        assert here.get(inbox).url.path == "/sign-in"
        assert here.get(shown[0]).status_code == 404


def _sessions(visitor: Visitor) -> int:
    return visitor.get("/sessions").text.count('name="session"')


def test_the_first_key_seals_and_all_of_them_open() -> None:
    old, new = Sealer([b"o" * 32]), Sealer([b"n" * 32])
    both = Sealer([b"n" * 32, b"o" * 32])
    assert both.open(old.seal(b"token", "ses_1"), "ses_1") == b"token"
    assert new.open(both.seal(b"token", "ses_1"), "ses_1") == b"token"
    assert both.form_token_fits(old.form_token("secret"), "secret")
    assert new.form_token_fits(both.form_token("secret"), "secret")
    assert both.digests("a", "b") == [*new.digests("a", "b"), *old.digests("a", "b")]
    with pytest.raises(Unreadable):
        new.open(old.seal(b"token", "ses_1"), "ses_1")
    with pytest.raises(Unreadable):
        both.open(old.seal(b"token", "ses_1"), "ses_2")
