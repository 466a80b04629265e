"""What the office does for the network: register, charter, hand-over, people, the test clock."""

from collections.abc import Callable

from services.chassis import ids
from services.cli.demo.stage import Stage
from services.cli.installation.seeding import details
from tests.portal.visitor import Visitor
from tests.world import GFS, WORLD

SignIn = Callable[..., Visitor]


def upload(visitor: Visitor, path: str, field: str, content: bytes) -> None:
    """A form with a file, as browsers send it."""
    hidden = visitor.hidden()
    visitor.page = visitor.http.post(
        path, data={"_token": hidden["_token"], "_key": hidden["_key"]}, files={field: ("a.csv", content, "text/csv")},
        headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=True,
    )  # fmt: skip


def test_the_register_is_reported_before_it_is_imported(stage: Stage, signed_in: SignIn) -> None:
    here, office = f"/n/{stage.network}/desk/register", signed_in("stadt")
    office.get(here)
    upload(office, here, "register", b"name,kind\nKleiderkammer S\xc3\xbcd,charity\n")
    assert "Kleiderkammer Süd" in office.page.text
    assert "Will be added" in office.page.text
    assert "Added" not in office.page.text, "nothing was yet"
    assert "Kleiderkammer Süd" not in stage.directory()
    office.post(here, csv=office.hidden()["csv"], sure="yes")
    assert "Kleiderkammer Süd" in stage.directory()
    assert "1 member was added" in office.page.text
    assert "Will be added" not in office.page.text


def test_a_register_with_a_wrong_line_is_not_imported_and_says_which(stage: Stage, signed_in: SignIn) -> None:
    here, office = f"/n/{stage.network}/desk/register", signed_in("stadt")
    for content in (b"", b"name,kind\n\xff\xfe,charity\n"):
        office.get(here)
        upload(office, here, "register", content)
        assert office.page.status_code == 422
        assert 'href="#register"' in office.page.text
    office.get(here)
    upload(office, here, "register", b"name,kind\nA good one,charity\n,charity\n")
    assert "A good one" not in stage.directory()
    assert "sure" not in office.hidden()
    assert "name is empty" in office.page.text
    assert "empty-name" not in office.page.text, "names for programs are none for people"


def test_a_charter_is_compared_in_words_before_it_is_adopted(stage: Stage, signed_in: SignIn) -> None:
    here, office = f"/n/{stage.network}/desk/charter", signed_in("stadt")
    longer = WORLD.charter_text.replace("window_days = 14", "window_days = 21")
    office.get(here)
    page = office.post(here, charter=longer).text
    assert page.count("<del>") >= 1
    assert page.count("<ins>") == page.count("<del>")
    assert stage.office.get(f"{stage.path}/charter")["version"] == 1
    office.post(here, charter=longer, sure="yes")
    assert stage.office.get(f"{stage.path}/charter")["version"] == 2


def test_a_charter_with_errors_keeps_its_text_and_says_where(stage: Stage, signed_in: SignIn) -> None:
    here, office = f"/n/{stage.network}/desk/charter", signed_in("stadt")
    office.get(here)
    page = office.post(here, charter=WORLD.charter_text.replace("window_days = 14", "window_days = 0"))
    assert page.status_code == 422
    assert 'href="#charter"' in page.text
    assert "window_days = 0" in page.text
    office.get(here)
    assert office.post(here, charter=WORLD.charter_text).status_code == 422, "unchanged"


def test_the_office_is_handed_over_after_its_consequence_was_said(stage: Stage, signed_in: SignIn) -> None:
    """O1: then the desk closes for the member that held it."""
    here, office = f"/n/{stage.network}/desk/office", signed_in("stadt")
    office.get(here)
    assert 'href="#member"' in office.post(here).text
    office.post(here, member=stage.member("bethel"))
    assert "this desk closes" in office.page.text
    assert stage.operator.get(stage.path)["office"] == stage.member("stadt")
    office.post(here, member=stage.member("bethel"), sure="yes")
    assert stage.operator.get(stage.path)["office"] == stage.member("bethel")
    assert office.get(f"/n/{stage.network}/desk").status_code in (403, 404)
    assert signed_in("bethel").get(f"/n/{stage.network}/desk").status_code == 200


def test_an_operator_is_led_to_the_office_only_while_it_is_vacant(stage: Stage, signed_in: SignIn) -> None:
    """O1, L4: the present office hands over; nobody else is shown a way that ends in a no."""
    here, desk = f"/n/{stage.network}/desk/office", f"/n/{stage.network}/desk"
    assert f'href="{here}"' in signed_in("stadt").get(desk).text
    operator = signed_in("betrieb")
    assert f'href="{here}"' not in operator.get(desk).text
    network = f"test-{ids.new('net')[-10:]}"
    stage.operator.post("/networks", {"id": network, "charter": WORLD.charter_text, "sandbox": True})
    here, desk, register = (f"/n/{network}/desk{path}" for path in ("/office", "", "/register"))
    operator.get(register)
    operator.post(register, csv="name,kind\nFirst of all,city\n", sure="yes")
    assert f'href="{here}">Appoint the office' in operator.get(desk).text
    (member,) = stage.operator.items(f"/networks/{network}/members")
    operator.get(here)
    assert "this desk closes" not in operator.post(here, member=member["id"]).text
    assert "The office has been appointed" in operator.post(here, member=member["id"], sure="yes").text
    assert f'href="{here}"' not in operator.get(desk).text


def test_the_test_clock_goes_forward_and_never_back(stage: Stage, signed_in: SignIn) -> None:
    """G6."""
    here, office = f"/n/{stage.network}/desk/clock", signed_in("stadt")
    assert f'href="{here}"' in office.get(f"/n/{stage.network}/ballots").text
    assert f'href="{here}"' not in signed_in("bethel").get(f"/n/{stage.network}/ballots").text
    office.get(here)
    office.post(here, clock_day="2026-12-24", clock_time="18:00")
    assert "24 December 2026, 18:00 (CET)" in office.page.text
    page = office.post(here, clock_day="2026-12-01", clock_time="18:00")
    assert page.status_code in (409, 422)
    assert 'href="#clock_time"' in page.text


def test_whoever_has_no_sign_in_is_invited_again_but_not_twice_in_a_row(stage: Stage, signed_in: SignIn) -> None:
    """O3: by naming them they were invited a moment ago, and the desk says when another invitation can be sent."""
    address = f"robin-{stage.network}@gfs.example"
    person = {**details(GFS.deputy, None), "name": "Robin Beispiel", "email": address}
    member = stage.member("gfs")
    stage.office.post(f"{stage.path}/members/{member}/representations", {"role": "deputy", "person": person})
    stage.eventually("the invitation", lambda: stage.mails(address) or None)
    office = signed_in("stadt")
    page = office.get(f"/n/{stage.network}/desk/people").text
    assert page.count("/invitation") == 1
    office.post(f"/n/{stage.network}/desk/people/{member}/invitation", role="deputy")
    assert office.page.url.path == f"/n/{stage.network}/desk/people"
    assert "An invitation was sent to this address a moment ago" in office.page.text
    assert len(stage.mails(address)) == 1


def test_nobody_binds_the_provider_at_which_they_have_signed_in_themselves(stage: Stage, signed_in: SignIn) -> None:
    """G2: it would speak for that member alone, and everybody else would be shut out."""
    member = stage.member("gfs")
    here, office = f"/n/{stage.network}/desk/people/{member}/issuer", signed_in("stadt")
    office.get(here)
    assert stage.issuer not in office.page.text
    for wrong in ("https://elsewhere.example", stage.issuer, ""):
        assert office.post(here, issuer=wrong).status_code == 422
    assert stage.office.get(f"{stage.path}/members/{member}")["issuer"] is None
    office.post(here, issuer="any")
    assert office.page.status_code == 200
