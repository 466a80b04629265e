"""What did not arrive by mail is printed as a letter, posted, and recorded as posted (N2, P7)."""

import re
from collections.abc import Callable
from functools import partial

from services.cli.demo import admission, law
from services.cli.demo.ballots import Played
from services.cli.demo.stage import Stage
from services.cli.installation.seeding import details
from tests.portal.desk.test_receipts_together import post
from tests.portal.visitor import Visitor
from tests.world import GFS, SENNE

SignIn = Callable[..., Visitor]


def bounced(stage: Stage) -> tuple[Played, str]:
    """The announcement to one of six came back. Gives the ballot and that notice."""
    member = f"{stage.path}/members/{stage.member('gfs')}"
    person = {**details(GFS.representative, stage.issuer), "email": f"bounce.{stage.network}@gfs.example"}
    stage.operator.post(f"{member}/representations", {"role": "representative", "person": person})
    version = stage.office.get(member)["version"]
    profile = {"address": "Am Bach 1\n33602 Bielefeld", "phone": "", "email": "", "website": ""}
    stage.office.put(member, profile, version=version)
    played = admission.announce(stage, admission.apply(stage)[0])
    (notice,) = stage.eventually(
        "the bounce", lambda: stage.office.items(f"{stage.path}/notices", undelivered=True) or None
    )
    return played, str(notice["id"])


def test_a_letter_stands_there_to_print_until_it_was_posted(stage: Stage, signed_in: SignIn) -> None:
    """T2: posted is not received."""
    played, notice = bounced(stage)
    here, office = f"/n/{stage.network}/desk/letters", signed_in("stadt")
    assert f'href="{here}"' in office.get(f"/n/{stage.network}/desk").text
    page = office.get(here).text
    letter = page.partition("<article")[2].partition("</article>")[0]
    for shown in (GFS.name, GFS.representative.name, "Am Bach 1", SENNE.name, "14"):
        assert shown in letter
    assert "/l/" not in letter, "no link on paper"
    wrong = post(office, here, [], posted_day="2026-12-08", posted_time="11:00")
    assert 'href="#chosen"' in wrong
    late = post(office, here, [notice], posted_day="2027-12-08", posted_time="11:00")
    assert 'href="#posted_time"' in late
    stage.go_to(law.local(2026, 12, 8, 12))
    office.get(here)
    post(office, here, [notice], posted_day="2026-12-08", posted_time="11:00")
    assert "No letter is to be printed" in office.get(here).text
    found = stage.office.get(f"{stage.path}/notices/{notice}")
    assert found["state"] == "posted"
    assert found["steps"][-1]["state"] == "posted"
    assert stage.elector(played.id, "gfs")["window"] is None
    (mailing,) = stage.office.items(f"{stage.path}/mailings", about=played.id)
    assert (mailing["posted"], mailing["bounced"], mailing["notices"]) == (1, 0, 6)


def test_only_the_office_prints_and_posts_and_only_what_did_not_arrive(stage: Stage, signed_in: SignIn) -> None:
    played, notice = bounced(stage)
    arrived = next(one["id"] for one in stage.notices(played.id, "admission-ballot") if one["id"] != notice)
    path, body = f"{stage.path}/notices", {"posted_at": stage.now.isoformat()}
    stage.refused("notice-not-undelivered", lambda: stage.office.post(f"{path}/{arrived}/posting", body))
    stage.refused("notice-not-undelivered", lambda: stage.office.get(f"{path}/{arrived}/letter"))
    for api in (stage.api.of("gfs"), stage.operator):
        stage.refused("not-authorised", partial(api.get, f"{path}/{notice}/letter"))
        stage.refused("not-authorised", partial(api.post, f"{path}/{notice}/posting", body))
    assert signed_in("betrieb").get(f"/n/{stage.network}/desk/letters").status_code == 404
    early = {"posted_at": law.local(2026, 12, 1, 9).isoformat()}
    stage.refused("time-out-of-range", lambda: stage.office.post(f"{path}/{notice}/posting", early))
    for _again in range(2):
        assert stage.office.post(f"{path}/{notice}/posting", body)["state"] == "posted"
    assert len(re.findall("posted as a letter", str(stage.office.get(f"{path}/{notice}")["steps"]))) == 1
