"""What programmes of a member use: the calendar feed, API keys, webhooks (P9, G2, G5)."""

import re
from collections.abc import Callable

import httpx
from icalendar import Calendar

from services.cli.demo.stage import Stage
from services.cli.installation.running import Installation
from tests.portal.ballots.steps import opened, vote
from tests.portal.visitor import Visitor
from tests.world import SENNE

SignIn = Callable[..., Visitor]


def _feed(visitor: Visitor, stage: Stage) -> str:
    path = f"/n/{stage.network}/settings/calendar"
    visitor.get(path)
    shown = re.search(r"/calendar/[A-Za-z0-9_-]+\.ics", visitor.post(path).text)
    assert shown
    return shown[0]


def test_the_calendar_has_the_deadlines_and_no_person(
    stage: Stage, signed_in: SignIn, installation: Installation
) -> None:
    """T6: on the last day of the window, with its end in words."""
    ballot = opened(stage, "wohnbau")
    address = _feed(signed_in("wohnbau"), stage)
    with httpx.Client(base_url=installation.portal) as programme:
        answer = programme.get(address)
    assert answer.headers["content-type"].startswith("text/calendar")
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    assert [str(event["uid"]) for event in events] == [f"{ballot}@fallnetz"]
    assert events[0].decoded("dtstart").isoformat() == "2026-12-28"
    assert "23:59" in str(events[0]["description"])
    assert SENNE.name in str(events[0]["summary"])
    assert SENNE.representative.name not in answer.text


def test_a_feed_ends_with_its_key_and_opens_nothing_else(
    stage: Stage, signed_in: SignIn, installation: Installation
) -> None:
    """L3: also when the member leaves. The address is no key of the API."""
    visitor = signed_in("wohnbau")
    address = _feed(visitor, stage)
    secret = address.removeprefix("/calendar/").removesuffix(".ics")
    stranger = httpx.get(f"{installation.url}/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert stranger.status_code == 401
    with httpx.Client(base_url=installation.portal) as programme:
        assert programme.get(address).status_code == 200
        assert programme.get(f"/calendar/{secret[:-4]}AAAA.ics").status_code == 404
        page = visitor.get(f"/n/{stage.network}/settings/calendar")
        assert secret not in page.text
        visitor.post(f"/n/{stage.network}/settings/calendar/end", feed=visitor.hidden()["feed"])
        assert programme.get(address).status_code == 410
        other = _feed(visitor, stage)
        stage.api.of("wohnbau").post(f"{stage.path}/resignations", {"member": stage.member("wohnbau")})
        assert programme.get(other).status_code == 410


def test_an_answered_deadline_stays_and_rings_no_more(
    stage: Stage, signed_in: SignIn, installation: Installation
) -> None:
    ballot = opened(stage, "wohnbau")
    vote(stage, ballot, "wohnbau", "object")
    address = _feed(signed_in("wohnbau"), stage)
    with httpx.Client(base_url=installation.portal) as programme:
        found = Calendar.from_ical(programme.get(address).content)
    assert len(found.walk("VEVENT")) == 1
    assert found.walk("VALARM") == []


def test_a_key_is_shown_once_works_within_its_scopes_and_is_revoked(
    stage: Stage, signed_in: SignIn, installation: Installation
) -> None:
    visitor, path = signed_in("wohnbau"), f"/n/{stage.network}/settings/keys"
    visitor.get(f"{path}/new")
    assert 'href="#scopes"' in visitor.post(f"{path}/new", label="Intranet").text
    entries = {"label": "Intranet", "scopes": "directory:read", "holder": "member", "expires": "2027-06-30"}
    issued = visitor.post(f"{path}/new", entries)
    secret = re.search(r"fnk_[A-Za-z0-9_-]+", issued.text)
    assert secret
    with httpx.Client(base_url=installation.url, headers={"Authorization": f"Bearer {secret[0]}"}) as programme:
        assert programme.get(f"/api/v1{stage.path}/members").status_code == 200
        assert programme.get(f"/api/v1{stage.path}/inbox").status_code == 403
        listed = visitor.get(path).text
        assert "Intranet" in listed
        assert secret[0] not in listed
        visitor.post(f"{path}/revoke", id=visitor.hidden()["id"])
        assert programme.get(f"/api/v1{stage.path}/members").status_code == 401


def test_a_key_needs_a_day_within_thirteen_months(stage: Stage, signed_in: SignIn) -> None:
    visitor, path = signed_in("wohnbau"), f"/n/{stage.network}/settings/keys/new"
    entries = {"label": "x", "scopes": "directory:read", "holder": "member"}
    for day in ("", "2020-01-01", "2031-01-01", "soon"):
        visitor.get(path)
        page = visitor.post(path, entries, expires=day)
        assert page.status_code == 422
        assert 'href="#expires"' in page.text


def test_a_webhook_is_added_tried_paused_and_removed(stage: Stage, signed_in: SignIn) -> None:
    visitor, path = signed_in("wohnbau"), f"/n/{stage.network}/settings/webhooks"
    visitor.get(f"{path}/new")
    assert 'href="#url"' in visitor.post(f"{path}/new", url="hooks.example.org").text
    added = visitor.post(f"{path}/new", url="https://hooks.example.org/fallnetz").text
    assert "whsec_" in added
    webhook = stage.api.of("wohnbau").items(f"{stage.path}/webhooks")[0]
    own = f"{path}/{webhook['id']}"
    assert "whsec_" not in visitor.get(own).text
    assert "A test is on its way" in visitor.post(f"{own}/test").text
    stage.eventually("the log", lambda: "sends nothing to the outside" in visitor.get(own).text)
    assert "whsec_" in visitor.post(f"{own}/secret").text
    visitor.get(own)
    version = visitor.hidden()["_version"]
    paused = visitor.post(own, url=webhook["url"], _version=version).text
    assert "Paused" in paused
    assert visitor.post(own, url=webhook["url"], active="yes", _version=version).status_code == 412
    visitor.get(own)
    removed = visitor.post(f"{own}/removal", _version=visitor.hidden()["_version"]).text
    assert "The webhook was removed." in removed
