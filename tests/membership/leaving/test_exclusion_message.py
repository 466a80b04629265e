"""The message of an exclusion: what is evidence that it was received, and when that ends the membership (L2, T3)."""

import asyncio

from contracts import notifications
from contracts.ids import NoticeId
from contracts.membership.leaving import ExclusionState, ExclusionView
from contracts.membership.networks import ADOPT_CHARTER, AdoptCharter, CharterText
from contracts.membership.words import EvidenceKind
from contracts.notifications.notices import NoticeAccepted, NoticeConfirmed, NoticeFact
from contracts.notifications.words import Purpose
from contracts.request import Refused
from services.membership.leaving.listeners import listeners
from tests.membership.door import CHARTER, Bielefeld, refused
from tests.membership.leaving.steps import decided, record, resign, shown


def notice(network: Bielefeld, kind: type[NoticeFact], exclusion: ExclusionView, **changes: object) -> NoticeFact:
    fields: dict[str, object] = {
        "network": network.id, "notice": NoticeId("not_1"), "purpose": Purpose.EXCLUSION_MESSAGE,
        "about": exclusion.id, "member": exclusion.concerned, "at": network.now,
    }  # fmt: skip
    return kind(**(fields | changes))  # type: ignore[arg-type] # fields of a notice


async def test_the_message_is_received_neither_before_the_decision_nor_in_the_future(bielefeld: Bielefeld) -> None:
    exclusion = await decided(bielefeld, 5, 5)
    with refused("receipt-before-decision", 422):
        await record(bielefeld, exclusion, hours=24 * 30)
    with refused("receipt-in-future", 422):
        await record(bielefeld, exclusion, hours=-0.001)
    assert len(await bielefeld.names()) == 6


async def test_t3_the_office_records_only_what_a_person_can_know_and_the_charter_counts(bielefeld: Bielefeld) -> None:
    """That a link was used or a portal opened comes from the channel: nobody ends a membership by claiming it."""
    exclusion = await decided(bielefeld, 5, 5)
    for kind in (EvidenceKind.CONFIRMED_BY_LINK, EvidenceKind.OPENED_IN_PORTAL, EvidenceKind.ACCEPTED_BY_SERVER):
        with refused("evidence-not-recordable", 422):
            await record(bielefeld, exclusion, kind=kind)
    without = AdoptCharter(network=bielefeld.id, body=CharterText(charter=CHARTER.replace('"letter", ', "")))
    await bielefeld.door.ask(ADOPT_CHARTER, without, bielefeld.office)
    with refused("evidence-not-counted", 422):
        await record(bielefeld, exclusion, kind=EvidenceKind.LETTER)
    assert len(await bielefeld.names()) == 6
    await record(bielefeld, exclusion, kind=EvidenceKind.HANDED_OVER)
    assert len(await bielefeld.names()) == 5


async def test_the_confirmed_link_ends_the_membership_once(bielefeld: Bielefeld) -> None:
    """L2, T3: that a server accepted the mail starts nothing under this charter; doubled facts change nothing."""
    exclusion = await decided(bielefeld, 5, 5)
    hear, source = bielefeld.door.hear, notifications.SERVICE
    await hear(listeners, source, notice(bielefeld, NoticeAccepted, exclusion), message="1")
    other = notice(bielefeld, NoticeConfirmed, exclusion, purpose=Purpose.DIRECTORY)
    await hear(listeners, source, other, message="2")
    stranger = notice(bielefeld, NoticeConfirmed, exclusion, member=bielefeld.members[1].id)
    await hear(listeners, source, stranger, message="3")
    assert (await shown(bielefeld, exclusion)).state is ExclusionState.PASSED
    for message in ("4", "4", "5"):
        await hear(listeners, source, notice(bielefeld, NoticeConfirmed, exclusion), message=message)
    assert (await shown(bielefeld, exclusion)).state is ExclusionState.IN_EFFECT
    kinds = await bielefeld.door.kinds(bielefeld.id)
    assert kinds.count("MemberLeft") == 1


async def test_a_link_and_the_office_at_once_end_the_membership_once(bielefeld: Bielefeld) -> None:
    exclusion = await decided(bielefeld, 5, 5)
    outcomes = await asyncio.gather(
        bielefeld.door.hear(
            listeners, notifications.SERVICE, notice(bielefeld, NoticeConfirmed, exclusion), message="1"
        ),
        record(bielefeld, exclusion),
        resign(bielefeld, 5),
        return_exceptions=True,
    )
    slugs = {outcome.slug for outcome in outcomes if isinstance(outcome, Refused)}
    assert slugs <= {"exclusion-in-effect", "exclusion-moot", "not-a-member", "not-authorised"}
    assert (await bielefeld.door.kinds(bielefeld.id)).count("MemberLeft") == 1
