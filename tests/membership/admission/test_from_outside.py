"""A1, N5: an application from outside is its applicant's alone until its address is confirmed; then links of its mails
stand for the applicant's key."""

import tomllib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from contracts.ids import NetworkId, NoticeId
from contracts.membership.admission import (
    ANNOUNCE_APPLICATION,
    APPLY,
    ASK_APPLICANT,
    DECLINE_APPLICATION,
    GET_APPLICATION,
    GET_FORM,
    LIST_APPLICATIONS,
    RECORD_ANSWER,
    RECORD_COUNTERSIGNATURE,
    SUPPLEMENT_APPLICATION,
    WELCOME_APPLICANT,
    WITHDRAW_APPLICATION,
    AnnounceApplication,
    ApplicationReceipt,
    ApplicationState,
    ApplicationView,
    Apply,
    AskApplicant,
    DeclineApplication,
    GetApplication,
    GetForm,
    ListApplications,
    Question,
    Reason,
    ReceivedCopy,
    RecordAnswer,
    RecordCountersignature,
    Supplement,
    SupplementApplication,
    WelcomeApplicant,
    WithdrawApplication,
)
from contracts.membership.contacts import GET_CONTACTS, GetContacts
from contracts.membership.desk import LIST_PROCEDURES, SEARCH, ListProcedures, Search
from contracts.membership.networks import LIST_TASKS, ListTasks
from contracts.notifications.words import Purpose
from contracts.request import Actor, LinkGrant
from services.membership.admission.tables import NEWS_MAY_TAKE
from tests.membership.admission.steps import announce, apply, apply_from_outside, confirm, told, withdraw
from tests.membership.door import CHARTER, NOTIFICATIONS, OPERATOR, STRANGER, Bielefeld, Door, application, refused

WEEK = timedelta(days=7)


def holder(network: Bielefeld, receipt: ApplicationReceipt, /, **changes: Any) -> Actor:
    """Whoever holds the link of a mail to the applicant."""
    fields: dict[str, Any] = {
        "notice": NoticeId("not_1"), "network": network.id, "purpose": "application-question",
        "about": receipt.application.id, "member": None, "role": "applicant",
    }  # fmt: skip
    return Actor(issuer="link", subject="not_1", link=LinkGrant(**(fields | changes)))


async def own(network: Bielefeld, receipt: ApplicationReceipt) -> ApplicationView:
    request = GetApplication(
        network=network.id, application=receipt.application.id, applicant_key=receipt.applicant_key
    )
    return await network.door.ask(GET_APPLICATION, request)


async def test_the_form_says_what_an_applicant_must_know_without_any_sign_in(bielefeld: Bielefeld) -> None:
    form = await bielefeld.door.ask(GET_FORM, GetForm(network=bielefeld.id))
    charter = tomllib.loads(CHARTER)
    assert (form.network_name, form.region, form.sandbox) == (charter["name"], charter["time"]["region"], True)
    assert "Wohnungslosenhilfe" in form.fields_of_work
    assert (form.window_days, form.office_name) == (14, bielefeld.members[0].name)
    with refused("network-not-found", 404):
        await bielefeld.door.ask(GET_FORM, GetForm(network=NetworkId("nowhere")))


async def test_nobody_but_the_applicant_sees_an_application_that_is_not_confirmed(bielefeld: Bielefeld) -> None:
    receipt = await apply_from_outside(bielefeld)
    assert receipt.application.state is ApplicationState.UNCONFIRMED
    assert receipt.application.lapses_at == bielefeld.now + WEEK
    assert (await own(bielefeld, receipt)).state is ApplicationState.UNCONFIRMED
    door, this = bielefeld.door, receipt.application.id
    for reader in (bielefeld.office, bielefeld.speaker(1), OPERATOR):
        listing = ListApplications(network=bielefeld.id)
        assert (await door.ask(LIST_APPLICATIONS, listing, reader)).items == []
        assert (await door.ask(SEARCH, Search(network=bielefeld.id, q="Wohnwerk"), reader)).items == []
        with refused("application-not-found", 404):
            await door.ask(GET_APPLICATION, GetApplication(network=bielefeld.id, application=this), reader)
    for reader in (bielefeld.office, OPERATOR):
        assert (await door.ask(LIST_PROCEDURES, ListProcedures(network=bielefeld.id), reader)).items == []
        assert (await door.ask(LIST_TASKS, ListTasks(network=bielefeld.id), reader)).items == []


async def test_every_command_refuses_an_application_that_is_not_confirmed(bielefeld: Bielefeld) -> None:
    receipt = await apply_from_outside(bielefeld)
    network, this, office, door = bielefeld.id, receipt.application.id, bielefeld.office, bielefeld.door
    copy = ReceivedCopy(received_at=bielefeld.now)
    attempts: list[Callable[[], Awaitable[Any]]] = [
        lambda: door.ask(ASK_APPLICANT, AskApplicant(
            network=network, application=this, body=Question(question="Where?")), office),
        lambda: door.ask(RECORD_ANSWER, RecordAnswer(
            network=network, application=this, body=told(bielefeld)), office),
        lambda: door.ask(DECLINE_APPLICATION, DeclineApplication(
            network=network, application=this, body=Reason(reason="no")), office),
        lambda: door.ask(ANNOUNCE_APPLICATION, AnnounceApplication(network=network, application=this), office),
        lambda: door.ask(WELCOME_APPLICANT, WelcomeApplicant(network=network, application=this), office),
        lambda: door.ask(RECORD_COUNTERSIGNATURE, RecordCountersignature(
            network=network, application=this, body=copy), office),
        lambda: door.ask(WITHDRAW_APPLICATION, WithdrawApplication(network=network, application=this), office),
    ]  # fmt: skip
    for attempt in attempts:
        with refused("application-not-found", 404):
            await attempt()
    with refused("application-unconfirmed"):
        await withdraw(bielefeld, receipt)
    answer = SupplementApplication(
        network=network, application=this, applicant_key=receipt.applicant_key, body=Supplement(answer="Senne")
    )
    with refused("application-unconfirmed"):
        await door.ask(SUPPLEMENT_APPLICATION, answer)
    assert await door.kinds(this) == ["ApplicationSubmitted"]


async def test_the_confirmation_makes_it_received_at_its_own_moment_and_only_once(bielefeld: Bielefeld) -> None:
    """However late the message about it arrives, and however often."""
    receipt = await apply_from_outside(bielefeld)
    confirmed_at = bielefeld.now + timedelta(hours=5)
    await bielefeld.pass_time(bielefeld.now + timedelta(days=6))
    for notice in ("not_1", "not_2"):
        await confirm(bielefeld, receipt, confirmed_at, notice=NoticeId(notice))
    view = await own(bielefeld, receipt)
    assert (view.state, view.received_at, view.lapses_at) == (ApplicationState.RECEIVED, confirmed_at, None)
    assert await bielefeld.door.kinds(receipt.application.id) == ["ApplicationSubmitted", "ApplicationReceived"]
    await bielefeld.pass_time(bielefeld.now + timedelta(days=30))
    assert (await own(bielefeld, receipt)).state is ApplicationState.RECEIVED
    assert (await announce(bielefeld, receipt)).subject_id == receipt.application.id


async def test_only_the_confirmation_of_this_mail_makes_it_received(bielefeld: Bielefeld) -> None:
    receipt = await apply_from_outside(bielefeld)
    await confirm(bielefeld, receipt, purpose=Purpose.APPLICATION_QUESTION)
    await confirm(bielefeld, receipt, about="app_other")
    await confirm(bielefeld, receipt, network=NetworkId("elsewhere"))
    await confirm(bielefeld, receipt, bielefeld.now + WEEK)
    assert (await own(bielefeld, receipt)).state is ApplicationState.UNCONFIRMED


async def test_what_is_not_confirmed_in_a_week_is_as_if_it_had_never_come(bielefeld: Bielefeld) -> None:
    """T4: from the instant on, whether or not the loop has run; then its rows are gone."""
    receipt = await apply_from_outside(bielefeld)
    await bielefeld.pass_time(bielefeld.now + WEEK - timedelta(microseconds=1))
    assert (await own(bielefeld, receipt)).state is ApplicationState.UNCONFIRMED
    door, run = bielefeld.door, bielefeld.door.pass_deadlines

    async def asleep(*_: object) -> None:
        """No deadline is carried out."""

    door.pass_deadlines = asleep  # type: ignore[method-assign,assignment]
    await bielefeld.pass_time(bielefeld.now + timedelta(microseconds=1))
    with refused("application-not-found", 404):
        await own(bielefeld, receipt)
    await run()
    assert await door.kinds(receipt.application.id) == ["ApplicationSubmitted"], "news of a confirmation may still come"
    await bielefeld.pass_time(bielefeld.now + NEWS_MAY_TAKE)
    await run()
    await run()
    assert await door.kinds(receipt.application.id) == ["ApplicationSubmitted", "ApplicationLapsed"]
    with refused("application-not-found", 404):
        contacts = GetContacts(network=bielefeld.id, application=receipt.application.id)
        await door.ask(GET_CONTACTS, contacts, NOTIFICATIONS)
    await confirm(bielefeld, receipt)
    assert (await door.kinds(receipt.application.id))[-1] == "ApplicationLapsed"


async def test_a_confirmation_in_time_counts_also_where_the_news_of_it_comes_late(
    bielefeld: Bielefeld,
) -> None:
    """T4, A1: the broker was away meanwhile."""
    receipt = await apply_from_outside(bielefeld)
    in_time = bielefeld.now + WEEK - timedelta(seconds=1)
    await bielefeld.pass_time(bielefeld.now + WEEK + NEWS_MAY_TAKE - timedelta(seconds=1))
    await confirm(bielefeld, receipt, in_time)
    found = await own(bielefeld, receipt)
    assert (found.state, found.received_at) == (ApplicationState.RECEIVED, in_time)


async def test_what_the_office_or_an_operator_enters_is_received_at_once(bielefeld: Bielefeld) -> None:
    for by, state in (
        (bielefeld.office, ApplicationState.RECEIVED),
        (OPERATOR, ApplicationState.RECEIVED),
        (bielefeld.speaker(1), ApplicationState.UNCONFIRMED),
        (STRANGER, ApplicationState.UNCONFIRMED),
    ):
        request = Apply(network=bielefeld.id, body=application(f"Verein {by.subject}"))
        assert (await bielefeld.door.ask(APPLY, request, by)).application.state is state


async def test_the_confirmation_mail_can_be_addressed(bielefeld: Bielefeld) -> None:
    receipt = await apply_from_outside(bielefeld)
    contacts = GetContacts(network=bielefeld.id, application=receipt.application.id)
    found = (await bielefeld.door.ask(GET_CONTACTS, contacts, NOTIFICATIONS)).contacts
    assert [(each.role, each.email) for each in found] == [("applicant", "contact@example.org")]


async def test_the_link_of_a_mail_to_the_applicant_stands_for_its_key(bielefeld: Bielefeld) -> None:
    """N5: see, answer the office's question, withdraw."""
    receipt = await apply_from_outside(bielefeld)
    this, door = receipt.application.id, bielefeld.door
    by = holder(bielefeld, receipt)
    get = GetApplication(network=bielefeld.id, application=this)
    assert (await door.ask(GET_APPLICATION, get, by)).state is ApplicationState.UNCONFIRMED
    await confirm(bielefeld, receipt)
    question = AskApplicant(network=bielefeld.id, application=this, body=Question(question="Which area?"))
    await door.ask(ASK_APPLICANT, question, bielefeld.office)
    answer = SupplementApplication(network=bielefeld.id, application=this, body=Supplement(answer="Senne"))
    answered = await door.ask(SUPPLEMENT_APPLICATION, answer, by)
    assert (answered.answer, answered.contact and answered.contact.email) == ("Senne", "contact@example.org")
    leaving = WithdrawApplication(network=bielefeld.id, application=this)
    assert (await door.ask(WITHDRAW_APPLICATION, leaving, by)).state is ApplicationState.WITHDRAWN


@pytest.mark.parametrize(
    "changes",
    [
        {"about": "app_other"},
        {"network": "elsewhere"},
        {"role": "representative"},
        {"role": "invited"},
        {"member": "mem_1"},
    ],
)
async def test_a_link_to_anything_else_opens_no_application(bielefeld: Bielefeld, changes: dict[str, Any]) -> None:
    receipt = await apply(bielefeld)
    by, door, this = holder(bielefeld, receipt, **changes), bielefeld.door, receipt.application.id
    with refused("link-not-enough", 403):
        await door.ask(GET_APPLICATION, GetApplication(network=bielefeld.id, application=this), by)
    with refused("not-authorised", 403):
        answer = SupplementApplication(network=bielefeld.id, application=this, body=Supplement(answer="Senne"))
        await door.ask(SUPPLEMENT_APPLICATION, answer, by)
    with refused("link-not-enough", 403):
        await door.ask(WITHDRAW_APPLICATION, WithdrawApplication(network=bielefeld.id, application=this), by)
    for method, request in (
        (LIST_APPLICATIONS, ListApplications(network=bielefeld.id)),
        (SEARCH, Search(network=bielefeld.id, q="Wohnwerk")),
        (ANNOUNCE_APPLICATION, AnnounceApplication(network=bielefeld.id, application=this)),
    ):
        with refused("link-not-enough", 403):
            await door.ask(method, request, by)  # type: ignore[misc] # each with its own method


async def test_the_link_to_a_ballot_shows_its_application_as_members_see_it(bielefeld: Bielefeld) -> None:
    receipt = await apply(bielefeld)
    ballot = await announce(bielefeld, receipt)
    get = GetApplication(network=bielefeld.id, application=receipt.application.id)
    for number in (0, 1):
        member = bielefeld.members[number]
        person = member.representations[0].person
        by = holder(bielefeld, receipt, about=ballot.id, member=member.id, role="representative", person=person)
        view = await bielefeld.door.ask(GET_APPLICATION, get, by)
        assert (view.address, view.contact) == ("Marktstraße 1, 33602 Bielefeld", None)


async def test_addresses_of_people_are_for_the_office_and_the_applicant_only(bielefeld: Bielefeld) -> None:
    """Members see the organisation's own address from the announcement on; how its people sign in nobody sees."""
    receipt = await apply(bielefeld)
    get = GetApplication(network=bielefeld.id, application=receipt.application.id)
    listing = ListApplications(network=bielefeld.id)
    door = bielefeld.door
    for whole in (await own(bielefeld, receipt), await door.ask(GET_APPLICATION, get, bielefeld.office)):
        assert whole.address
        people = [whole.contact, whole.representative, whole.deputy]
        assert [each and each.email for each in people] == [
            "contact@example.org", "new-rep@example.org", "new-dep@example.org",
        ]  # fmt: skip
        assert {each.subject for each in people if each} == {None}
    unannounced = await door.ask(GET_APPLICATION, get, OPERATOR)  # what the desk shows, without its people
    assert (unannounced.state, unannounced.address, unannounced.contact) == (ApplicationState.RECEIVED, None, None)
    assert len((await door.ask(LIST_APPLICATIONS, listing, OPERATOR)).items) == 1
    await announce(bielefeld, receipt)
    seen = [
        await door.ask(GET_APPLICATION, get, bielefeld.speaker(1)),
        *(await door.ask(LIST_APPLICATIONS, listing, bielefeld.speaker(1))).items,
        *(await door.ask(LIST_APPLICATIONS, listing, OPERATOR)).items,
    ]
    assert len(seen) == 3
    for view in seen:
        assert view.address == "Marktstraße 1, 33602 Bielefeld"
        assert (view.contact, view.representative, view.deputy) == (None, None, None)


async def test_an_unconfirmed_application_leaves_no_personal_data_in_the_journal(door: Door) -> None:
    network = await Bielefeld.found(door)
    receipt = await apply_from_outside(network)
    text = "".join(entry.body + str(entry.actor) for entry in await door.journal(receipt.application.id))
    for secret in (receipt.applicant_key, "Wohnwerk", "Marktstraße", "contact@example.org"):
        assert secret not in text
