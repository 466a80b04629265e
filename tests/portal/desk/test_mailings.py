"""What goes to all members and how far it is (P7); notices say what they are about and by when (N3)."""

import re
from collections.abc import Callable

from services.cli.demo import admission, ballots, law
from services.cli.demo.stage import Stage
from services.cli.installation.seeding import details
from tests.portal.visitor import Visitor
from tests.world import BETHEL, GFS, SENNE

SignIn = Callable[..., Visitor]
POLLED = 'hx-trigger="every 3s"'


def figures(page: str) -> dict[str, str]:
    """Of the first mailing on a page."""
    run = page.partition('class="p-runs__run"')[2].partition("</li>")[0]
    found = dict(re.findall(r"<dt>([^<]+)</dt><dd>(?:<a[^>]*>)?([^<]+)<", run))
    return {**found, "bar": re.findall(r'<progress[^>]*value="(\d+)" max="(\d+)"', run)[0]}


def test_the_desk_counts_what_an_announcement_has_sent_and_how_far_it_is(stage: Stage, signed_in: SignIn) -> None:
    """One of six bounces, one is confirmed by its link. Once nothing is under way the page asks no more."""
    person = {**details(GFS.representative, stage.issuer), "email": f"bounce.{stage.network}@gfs.example"}
    body = {"role": "representative", "person": person}
    stage.operator.post(f"{stage.path}/members/{stage.member('gfs')}/representations", body)
    application = admission.apply(stage)[0]
    played = admission.announce(stage, application)
    stage.eventually("the bounce", lambda: stage.office.items(f"{stage.path}/notices", undelivered=True) or None)
    ballots.received_by_link(stage, played, "bethel", law.local(2026, 12, 8, 11))
    office, home = signed_in("stadt"), f"/n/{stage.network}/desk"
    stage.eventually("the end of the run", lambda: POLLED not in office.get(f"{home}/mailings").text)
    for path in ("", "/mailings", f"/admissions/{application}"):
        page = office.get(f"{home}{path}").text
        assert f"Application for admission: {SENNE.name}" in page
        assert figures(page) == {
            "Prepared": "0", "Delivered": "5 of 6", "Opened or confirmed": "1 of 6", "Not delivered": "1 of 6",
            "bar": ("6", "6"),
        }  # fmt: skip
        assert "6 of 6 sent" in page
    (link,) = set(re.findall(r'href="(/n/[^"]+/desk/notices\?about=[^"]+)"', page)) - {""}
    assert GFS.name in office.get(link).text


def test_a_mailing_that_is_awaited_is_asked_for_again_and_again(stage: Stage, signed_in: SignIn) -> None:
    """Also right after the announcement, when nothing is prepared yet; without script by loading the page."""
    application = admission.apply(stage)[0]
    here, office = f"/n/{stage.network}/desk/admissions/{application}", signed_in("stadt")
    assert "mailings-title" not in office.get(here).text
    office.get(f"{here}/announcement")
    office.post(f"{here}/announcement")
    if POLLED in office.page.text:
        (address,) = re.findall(r'hx-get="([^"]+/desk/mailings[^"]*)"', office.page.text)
        part = office.get(address.replace("&amp;", "&"))
        assert 'id="mailings"' in part.text
    stage.eventually("the end of the run", lambda: POLLED not in office.get(here).text)
    assert figures(office.page.text)["Delivered"] == "6 of 6"


def test_the_list_of_notices_says_about_what_to_whom_and_by_when(stage: Stage, signed_in: SignIn) -> None:
    """T1: until its receipt the member's time has not begun."""
    application = admission.apply(stage)[0]
    played = admission.announce(stage, application)
    ballots.received_by_link(stage, played, "bethel", law.local(2026, 12, 11, 10))
    office, here = signed_in("stadt"), f"/n/{stage.network}/desk/notices"
    stage.eventually("the receipt", lambda: "window" if stage.elector(played.id, "bethel")["window"] else None)
    page = office.get(f"{here}?all=true&about={application}").text
    assert page.count(f"Application for admission: {SENNE.name}") == 6
    assert "Application received: " + SENNE.name in page, "the application's own notices, too"
    rows = [row for row in page.split("p-work__row") if f"To {BETHEL.name}" in row and "for admission" in row]
    assert len(rows) == 1
    assert "28 December 2026, 23:59 (CET)" in rows[0]
    assert page.count("The time has not begun") == 5
    one = stage.notices(played.id, "admission-ballot")[0]["id"]
    detail = office.get(f"{here}/{one}").text
    assert f'href="/n/{stage.network}/desk/admissions/{application}">{SENNE.name}' in detail


def test_notices_are_found_by_state_and_procedure_in_pages(stage: Stage, signed_in: SignIn) -> None:
    """Four procedures: more than one page."""
    applications = [admission.apply(stage)[0] for _ in range(4)]
    for application in applications:
        stage.office.post(f"{stage.path}/applications/{application}/announcement")
    stage.eventually("all", lambda: len(stage.office.items(f"{stage.path}/mailings")) == 4 or None)
    office, here = signed_in("stadt"), f"/n/{stage.network}/desk/notices"
    assert office.get(f"{here}?all=true").text.count('class="p-work__row"') == 25
    (further,) = re.findall(r'rel="next" href="([^"]+)"', office.page.text)
    assert office.get(further.replace("&amp;", "&")).text.count('class="p-work__row"') > 0
    page = office.get(f"{here}?all=true&about={applications[0]}&state=accepted").text
    assert 0 < page.count('class="p-work__row"') < 25
    assert f'<option value="{applications[0]}" selected>' in page
    assert '<option value="accepted" selected>' in page
    assert "There is no such notice" in office.get(f"{here}?state=failed").text
    assert office.get(f"{here}?state=nonsense&about=nothing").status_code == 200
