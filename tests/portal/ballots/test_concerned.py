"""An exclusion as the member concerned sees it (B3, L2)."""

import re
from collections.abc import Callable
from datetime import timedelta

from services.cli.demo import law
from services.cli.demo.stage import Stage, moment
from tests.portal.leaving.test_leaving import passed
from tests.portal.visitor import Visitor

SignIn = Callable[..., Visitor]


def test_the_member_concerned_is_told_why_it_has_no_answer_and_what_it_may_do(stage: Stage, signed_in: SignIn) -> None:
    """B3: it neither votes nor counts. The others read nothing of it."""
    body = {"member": stage.member("gfs"), "reason": "No representative has come for two years."}
    exclusion = stage.api.of("bethel").post(f"{stage.path}/exclusions", body)["id"]
    ballot = stage.office.post(f"{stage.path}/exclusions/{exclusion}/announcement")["id"]
    here = f"/n/{stage.network}/ballots/{ballot}"
    page = signed_in("gfs").get(here).text
    assert "Your organisation is the member concerned" in page
    assert "It cannot vote on its own exclusion" in page
    assert "Be heard" in page
    assert 'name="choice"' not in page
    for user in ("wohnbau", "betrieb"):
        assert "the member concerned</h2>" not in signed_in(user).get(here).text
    assert "You do not act for a member here" in signed_in("betrieb").get(here).text


def test_the_inbox_says_when_the_exclusion_was_decided_and_not_when_it_began(stage: Stage, signed_in: SignIn) -> None:
    """L2, T6: an end at midnight is the day before."""
    exclusion = passed(stage)
    decided_at = moment(stage.office.get(f"{stage.path}/exclusions/{exclusion}")["decided_at"])
    assert decided_at == law.local(2026, 12, 23, 0)
    page = signed_in("gfs").get(f"/n/{stage.network}").text
    (shown,) = re.findall(r'Decided on <time datetime="([^"]+)">([^<]+)</time>', page)
    assert moment(shown[0]) == decided_at - timedelta(minutes=1)
    assert "22" in shown[1]
