"""The directory, its exports, and a member's own page (W3, O3)."""

import csv
import io
from collections.abc import Callable
from functools import partial

import openpyxl
import vobject
from msgspec import structs

from contracts.ids import MemberId
from contracts.membership.members import MemberView
from services.chassis import clock
from services.cli.demo.stage import Stage
from services.portal import showing
from services.portal.members import exporting
from services.portal.rendering import TEXTS
from tests.portal.ballots.steps import opened
from tests.portal.visitor import Visitor
from tests.world import BETHEL, STADT, WOHNBAU, WORLD

SignIn = Callable[..., Visitor]
RISKY = ('=HYPERLINK("http://x.example","x")', "+49 1", "-1", "@SUM(A1)", "\t=1", 'plain; with, "signs"')


def test_the_directory_names_who_speaks_for_each_member_and_who_holds_the_office(
    stage: Stage, signed_in: SignIn
) -> None:
    page = signed_in("wohnbau").get(f"/n/{stage.network}/members").text
    for member in WORLD.members:
        assert member.representative.name in page
        assert member.deputy.name in page
        assert member.representative.email not in page
    assert page.count("Coordinating office") == 1


def test_the_directory_is_shown_as_of_a_day(stage: Stage, signed_in: SignIn) -> None:
    visitor = signed_in("wohnbau")
    before = visitor.get(f"/n/{stage.network}/members?on=2026-12-06").text
    assert "There was no member on this day" in before
    tomorrow = visitor.get(f"/n/{stage.network}/members?on=2026-12-08")
    assert tomorrow.status_code == 422
    assert 'href="#on"' in tomorrow.text
    assert visitor.get(f"/n/{stage.network}/members?on=xyz").status_code == 422
    assert "There was no member on this day" in visitor.get(f"/n/{stage.network}/members?on=06.12.2026").text
    short = visitor.get(f"/n/{stage.network}/members?on=06.12.26")
    assert "Write the year with four digits" in short.text
    assert 'value="06.12.26"' in short.text


def test_the_directory_is_exported_as_table_and_address_cards(stage: Stage, signed_in: SignIn) -> None:
    visitor = signed_in("wohnbau")
    written = visitor.get(f"/n/{stage.network}/members.csv")
    rows = list(csv.reader(io.StringIO(written.content.decode("utf-8-sig"))))
    assert {row[0] for row in rows[1:]} == {member.name for member in WORLD.members}
    assert rows[0][0] == "Name"
    book = openpyxl.load_workbook(io.BytesIO(visitor.get(f"/n/{stage.network}/members.xlsx").content))
    assert {row[0].value for row in book.active.iter_rows(min_row=2)} == {member.name for member in WORLD.members}
    cards = list(vobject.readComponents(visitor.get(f"/n/{stage.network}/members.vcf").text))
    assert {card.org.value[0] for card in cards} == {member.name for member in WORLD.members}


def test_no_cell_of_an_export_runs_as_a_formula() -> None:
    """OWASP, CSV injection: also where a member's profile was written to do harm."""
    for text in RISKY:
        table = exporting.rows([_member(text)], str, lambda at: at)
        cell = next(csv.reader(io.StringIO(exporting.as_csv(table).decode("utf-8-sig").splitlines()[1])))[0]
        assert not cell.startswith(("=", "+", "-", "@", "\t"))
        book = openpyxl.load_workbook(io.BytesIO(exporting.as_xlsx(table, "Directory")))
        assert book.active["A2"].data_type == "s"
        assert book.active["A2"].value == text.strip("\t") or book.active["A2"].value == text


def test_a_line_break_begins_no_field_of_an_address_card() -> None:
    card = exporting.as_vcards([_member("Harmless\r\nTEL:+49 666\nNOTE:x")]).decode()
    assert card.count("\nTEL") == 1
    assert "\nNOTE" not in card


def test_a_member_edits_its_own_profile_and_nobody_elses(stage: Stage, signed_in: SignIn) -> None:
    visitor = signed_in("wohnbau")
    own = f"/n/{stage.network}/members/{stage.member('wohnbau')}"
    visitor.get(f"{own}/profile")
    saved = visitor.post(f"{own}/profile", address="Carlmeyerstraße 1", _version=_version(visitor))
    assert "The profile was saved." in saved.text
    assert "Carlmeyerstraße 1" in saved.text
    assert visitor.get(f"/n/{stage.network}/members/{stage.member('bethel')}/profile").status_code == 404


def test_two_who_edit_at_once_see_both_versions_and_nothing_is_lost(stage: Stage, signed_in: SignIn) -> None:
    """G4: 412 is a page on which both stand side by side, and the second attempt saves."""
    first, second = signed_in("wohnbau"), signed_in("wohnbau-2")
    path = f"/n/{stage.network}/members/{stage.member('wohnbau')}/profile"
    first.get(path)
    second.get(path)
    first.post(path, address="First Street 1", _version=_version(first))
    both = second.post(path, address="Second Street 2", _version=_version(second))
    assert both.status_code == 412
    assert "First Street 1" in both.text
    assert "Second Street 2" in both.text
    assert "Second Street 2" in second.post(path, address="Second Street 2", _version=_version(second)).text
    assert stage.office.get(f"{stage.path}/members/{stage.member('wohnbau')}")["address"] == "Second Street 2"


def test_a_wrong_entry_stays_in_its_field(stage: Stage, signed_in: SignIn) -> None:
    visitor = signed_in("wohnbau")
    path = f"/n/{stage.network}/members/{stage.member('wohnbau')}/profile"
    visitor.get(path)
    page = visitor.post(path, address="A 1", website="javascript:alert(1)", _version=_version(visitor))
    assert page.status_code == 422
    assert 'href="#website"' in page.text
    assert 'value="javascript:alert(1)"' in page.text


def test_a_member_names_a_deputy_who_is_invited(stage: Stage, signed_in: SignIn) -> None:
    """O3: whoever had the function loses it; the address is shown to nobody."""
    visitor, member = signed_in("wohnbau"), f"/n/{stage.network}/members/{stage.member('wohnbau')}"
    page = visitor.get(f"{member}/people/deputy").text
    assert WOHNBAU.deputy.name in page
    done = visitor.post(
        f"{member}/people/deputy", name="Nele Neu", email="nele.neu@wohnbau.example", language="nl", since=""
    )
    assert "gets an invitation" in done.text
    assert "Nele Neu" in done.text
    assert "nele.neu@" not in done.text
    assert "Has not signed in yet" in done.text
    again = visitor.post(f"{member}/people/deputy/invitation")
    assert "An invitation was sent to this address a moment ago. Another one can be sent in " in again.text
    assert "The invitation was sent." not in again.text


def test_naming_somebody_for_the_same_mailbox_in_a_row_is_refused_with_what_was_entered(
    stage: Stage, signed_in: SignIn
) -> None:
    visitor, member = signed_in("wohnbau"), f"/n/{stage.network}/members/{stage.member('wohnbau')}"
    visitor.get(f"{member}/people/deputy")
    entries = {"name": "Nele Neu", "email": "nele.neu@wohnbau.example", "language": "nl", "since": ""}
    visitor.post(f"{member}/people/deputy", entries)
    visitor.get(f"{member}/people/deputy")
    refused = visitor.post(f"{member}/people/deputy", entries | {"name": "Nele Neumann"})
    assert refused.status_code == 429
    assert "a moment ago. Another one can be sent in 10 minutes." in refused.text
    assert 'value="Nele Neumann"' in refused.text


def test_offers_are_added_changed_found_and_ended(stage: Stage, signed_in: SignIn) -> None:
    visitor, member = signed_in("bethel"), f"/n/{stage.network}/members/{stage.member('bethel')}"
    visitor.get(f"{member}/offers/new")
    entries = {"title": "Bahnhofsmission", "service": "Beratung", "target_groups": "Reisende\nWohnungslose"}
    assert visitor.post(f"{member}/offers/new", entries, capacity="many").status_code == 422
    page = visitor.post(f"{member}/offers/new", entries, capacity="12").text
    assert "Bahnhofsmission" in page
    offer = stage.office.items(f"{stage.path}/offers")[0]
    assert offer["details"]["target_groups"] == ["Reisende", "Wohnungslose"]
    edit = f"/n/{stage.network}/offers/{offer['id']}"
    visitor.get(edit)
    visitor.post(edit, entries | {"title": "Bahnhofshilfe"}, _version=_version(visitor))
    found = signed_in("gfs").get(f"/n/{stage.network}/offers?q=bahnhofshilfe").text
    assert "Bahnhofshilfe" in found
    assert BETHEL.name in found
    visitor.get(edit)
    visitor.post(f"{edit}/end", _version=_version(visitor))
    assert "No offer has all these words" in visitor.get(f"/n/{stage.network}/offers?q=bahnhofshilfe").text
    assert "Offer ended" in visitor.get(f"{member}/history").text


def test_the_office_edits_for_a_member_and_others_are_offered_nothing(stage: Stage, signed_in: SignIn) -> None:
    member = f"/n/{stage.network}/members/{stage.member('gfs')}"
    assert "Change the profile" in signed_in(STADT.representative.user).get(member).text
    assert "Change the profile" not in signed_in("wohnbau").get(member).text


def test_search_keeps_its_words_out_of_the_address(stage: Stage, signed_in: SignIn) -> None:
    """P9: the words may be somebody's name."""
    visitor = signed_in("wohnbau")
    visitor.get(f"/n/{stage.network}/search")
    page = visitor.post(f"/n/{stage.network}/search", q="Trockendock")
    assert "Trockendock Bielefeld" in page.text
    assert f"/members/{stage.member('trockendock')}" in page.text
    assert "Trockendock" not in str(page.url)
    assert visitor.post(f"/n/{stage.network}/search", q="x").status_code == 422


def test_a_member_comes_from_an_application_to_its_ballot(stage: Stage, signed_in: SignIn) -> None:
    ballot = opened(stage)
    visitor = signed_in("wohnbau")
    application = stage.office.items(f"{stage.path}/applications")[0]["id"]
    assert visitor.get(f"/n/{stage.network}/applications/{application}").url.path.endswith(f"/ballots/{ballot}")
    assert visitor.get(f"/n/{stage.network}/applications/app_none").status_code == 404


def _version(visitor: Visitor) -> str:
    return visitor.hidden()["_version"]


def test_a_known_kind_of_organisation_is_named_in_the_readers_language_and_any_other_as_it_was_written() -> None:
    kinds = ["charity", "housing company", "Verein i. G."]
    for locale, named in (
        ("de", ["gemeinnützige Organisation", "Wohnungsunternehmen", "Verein i. G."]), ("en", kinds),
    ):  # fmt: skip
        members = [structs.replace(_member("x"), kind=kind) for kind in kinds]
        table = exporting.rows(members, partial(TEXTS.translate, locale), lambda at: at)
        assert [row[1] for row in table[1:]] == named
        word = showing.filters(locale)["word"]
        assert [word(kind, "memberkind") for kind in kinds] == named


def _member(text: str) -> MemberView:
    return MemberView(
        id=MemberId("mem_1"),
        name=text,
        kind=text,
        joined_at=clock.now(),
        address=text,
        phone=text,
        email=text,
        website=text,
    )
