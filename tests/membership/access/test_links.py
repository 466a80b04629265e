"""What the link of an e-mail opens without sign-in: the one thing that the e-mail is about (N5, L3)."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from contracts import membership
from contracts.membership.ballots import CAST_VOTE, GET_BALLOT, BallotView, CastVote, GetBallot, Vote, VoteReceipt
from contracts.membership.leaving import GET_EXCLUSION, GetExclusion
from contracts.membership.members import LIST_MEMBERS, ListMembers
from contracts.membership.words import Choice, Role
from contracts.request import Actor, Method, Refused
from tests.membership.access.steps import by_link
from tests.membership.access.test_acting_by_key import example
from tests.membership.ballots.steps import announced, of, seen
from tests.membership.door import START, Bielefeld, refused
from tests.membership.leaving.steps import announce, ask_for, resign
from tests.membership.members.steps import name

OPENED = {
    "get-ballot", "cast-vote", "get-exclusion", "get-application", "supplement-application", "withdraw-application",
}  # fmt: skip
PUBLIC = {"apply", "find-key", "get-application-form"}


async def vote(network: Bielefeld, ballot: BallotView, by: Actor) -> VoteReceipt:
    request = CastVote(network=network.id, ballot=ballot.id, body=Vote(choice=Choice.OBJECT))
    return await network.door.ask(CAST_VOTE, request, by)


async def test_a_link_opens_its_ballot_and_votes_as_whoever_has_the_function(bielefeld: Bielefeld) -> None:
    """B4: the vote is the representative's; the journal says that a notice's link stood for the sign-in."""
    ballot = await announced(bielefeld)
    await bielefeld.receive(ballot, bielefeld.members[2].id)
    for role in Role:
        by = by_link(bielefeld, 2, ballot.id, role.value)
        shown = await seen(bielefeld, ballot, by)
        assert shown.id == ballot.id
    receipt = await vote(bielefeld, ballot, by_link(bielefeld, 2, ballot.id, "deputy"))
    assert receipt.member == bielefeld.members[2].id
    assert of(await seen(bielefeld, ballot), 2, bielefeld).choice is Choice.OBJECT
    assert (await bielefeld.door.journal(ballot.id))[-1].actor == "not_1"


async def test_a_link_opens_nothing_else(bielefeld: Bielefeld) -> None:
    other = await Bielefeld.found(bielefeld.door, "lippe")
    ballot, second = await announced(bielefeld), await announced(bielefeld, "Andere e.V.")
    foreign = await announced(other)
    by = by_link(bielefeld, 2, ballot.id)
    refusing: list[Any] = [
        seen(bielefeld, second, by),
        vote(bielefeld, second, by),
        seen(other, foreign, by_link(bielefeld, 2, foreign.id)),
        seen(other, foreign, by_link(other, 2, ballot.id)),
        seen(bielefeld, ballot, by_link(other, 2, ballot.id)),
        seen(bielefeld, ballot, by_link(bielefeld, 2, ballot.id, "applicant")),
        seen(bielefeld, ballot, by_link(bielefeld, 2, ballot.id, "invited")),
        seen(bielefeld, ballot, Actor(issuer="link", subject="not_1")),
        bielefeld.door.ask(LIST_MEMBERS, ListMembers(network=bielefeld.id), by),
    ]
    for asking in refusing:
        with refused("link-not-enough", 403):
            await asking


METHODS = sorted(
    (each for feature in membership.FEATURES for each in vars(feature).values()
     if isinstance(each, Method) and each.name not in OPENED | PUBLIC),
    key=lambda method: method.name,
)  # fmt: skip


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
async def test_no_request_but_a_few_is_made_by_link(bielefeld: Bielefeld, method: Any) -> None:
    """A new request without a rule fails here."""
    before = await bielefeld.door.journal()
    with pytest.raises(Refused) as caught:
        await bielefeld.door.ask(method, example(method, bielefeld), by_link(bielefeld, 0, "anything"))
    assert caught.value.slug in ("link-not-enough", "not-authorised"), caught.value.problem
    assert caught.value.problem.status == 403
    assert await bielefeld.door.journal() == before


async def test_a_link_opens_nothing_from_the_instant_at_which_its_member_leaves(bielefeld: Bielefeld) -> None:
    """L3."""
    ballot = await announced(bielefeld)
    await resign(bielefeld, 2)
    for asking in (vote, seen_by):
        with pytest.raises(Refused) as caught:
            await asking(bielefeld, ballot, by_link(bielefeld, 2, ballot.id))
        assert (caught.value.slug, caught.value.problem.status) == ("link-of-former-member", 410)


async def seen_by(network: Bielefeld, ballot: BallotView, by: Actor) -> BallotView:
    return await network.door.ask(GET_BALLOT, GetBallot(network=network.id, ballot=ballot.id), by)


async def test_who_was_replaced_and_kept_the_mail_does_not_vote_for_the_successor(bielefeld: Bielefeld) -> None:
    """O3: from the day on which somebody else has the function; a mail to the successor opens the ballot."""
    ballot = await announced(bielefeld)
    await bielefeld.receive(ballot, bielefeld.members[2].id)
    kept = by_link(bielefeld, 2, ballot.id)
    tomorrow = START + timedelta(days=1)
    await name(bielefeld, 2, bielefeld.office, Role.REPRESENTATIVE, subject="successor", since=tomorrow.date())
    assert (await seen(bielefeld, ballot, kept)).id == ballot.id
    await bielefeld.pass_time(tomorrow)
    for asking in (vote, seen_by):
        with refused("link-of-former-person", 410):
            await asking(bielefeld, ballot, kept)
    assert "VoteCast" not in [entry.kind for entry in await bielefeld.door.journal(ballot.id)]
    bielefeld.members = (
        await bielefeld.door.ask(LIST_MEMBERS, ListMembers(network=bielefeld.id), bielefeld.office)
    ).items
    await vote(bielefeld, ballot, by_link(bielefeld, 2, ballot.id))
    (voted,) = [entry for entry in await bielefeld.door.journal(ballot.id) if entry.kind == "VoteCast"]
    assert str(bielefeld.members[2].representations[0].person) in voted.body


async def test_who_changed_their_function_acts_by_the_link_in_the_present_one(bielefeld: Bielefeld) -> None:
    ballot = await announced(bielefeld)
    await bielefeld.receive(ballot, bielefeld.members[2].id)
    written_to_the_deputy = by_link(bielefeld, 2, ballot.id, "deputy")
    grant = written_to_the_deputy.link
    assert grant is not None
    as_if_the_representative = structs.replace(grant, role="representative")
    await vote(bielefeld, ballot, structs.replace(written_to_the_deputy, link=as_if_the_representative))
    (voted,) = [entry for entry in await bielefeld.door.journal(ballot.id) if entry.kind == "VoteCast"]
    assert '"role":"deputy"' in voted.body


async def test_a_link_that_names_no_person_acts_for_nobody(bielefeld: Bielefeld) -> None:
    """Of a mail to a member; an applicant's link names none."""
    ballot = await announced(bielefeld)
    by = by_link(bielefeld, 2, ballot.id)
    assert by.link is not None
    with refused("link-of-former-person", 410):
        await seen_by(bielefeld, ballot, structs.replace(by, link=structs.replace(by.link, person=None)))


async def test_the_member_concerned_reads_its_exclusion_by_link(bielefeld: Bielefeld) -> None:
    """L2; and electors read the reason by the link to the ballot."""
    exclusion = await ask_for(bielefeld, 2)
    request = GetExclusion(network=bielefeld.id, exclusion=exclusion.id)
    shown = await bielefeld.door.ask(GET_EXCLUSION, request, by_link(bielefeld, 2, exclusion.id))
    assert shown.reason == exclusion.reason
    with refused("link-not-enough", 403):
        await bielefeld.door.ask(GET_EXCLUSION, request, by_link(bielefeld, 2, "exc_other"))
    ballot = await announce(bielefeld, exclusion)
    assert (await bielefeld.door.ask(GET_EXCLUSION, request, by_link(bielefeld, 3, ballot.id))).id == exclusion.id


async def test_whoever_is_signed_in_needs_no_link_and_gains_nothing_by_one(bielefeld: Bielefeld) -> None:
    ballot = await announced(bielefeld)
    link = by_link(bielefeld, 2, ballot.id).link
    signed_in = bielefeld.speaker(3)
    both = Actor(issuer=signed_in.issuer, subject=signed_in.subject, link=link)
    await bielefeld.receive(ballot, bielefeld.members[3].id)
    assert (await vote(bielefeld, ballot, both)).member == bielefeld.members[3].id
    stranger = Actor(issuer=signed_in.issuer, subject="stranger", link=link)
    with refused("not-authorised", 403):
        await seen_by(bielefeld, ballot, stranger)
