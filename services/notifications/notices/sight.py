"""Who may see which notices. One answer for list, get, open and resend. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from contracts.ids import MemberId, NetworkId, PersonId
from contracts.membership.members import Me, Standing
from contracts.request import Actor, Refused


class Sight(Struct, frozen=True, kw_only=True):
    """What a signed-in person may see in one network."""

    person: PersonId | None
    members: list[MemberId]
    """For whom the person acts."""
    office: bool
    operator: bool
    machine: bool = False
    """A key asks."""

    @property
    def everything(self) -> bool:
        return self.office or self.operator

    def sees(self, member: MemberId | None) -> bool:
        return self.everything or member in self.members

    def receives(self, member: MemberId | None) -> bool:
        """Whether what goes to this member goes to the person."""
        return member is not None and member in self.members


def sight(me: Me, network: NetworkId, actor: Actor | None) -> Sight:
    """Raises Refused `not-authorised` (403) for strangers, whether or not the network exists."""
    held = standings(me, network, actor)
    if not held and not me.operator:
        raise Refused("not-authorised", "You have no right to do this.", status=403)
    return Sight(
        person=next((standing.person for standing in held if standing.person is not None), me.person),
        members=list(dict.fromkeys(standing.member for standing in held)),
        office=any(standing.office for standing in held),
        operator=me.operator,
        machine=me.key is not None,
    )


def standings(me: Me, network: NetworkId, actor: Actor | None) -> list[Standing]:
    """The actor's functions in a network; of the member only, where one was chosen."""
    held = [standing for standing in me.standings if standing.network == network]
    if actor is not None and actor.member is not None:
        held = [standing for standing in held if standing.member == actor.member]
    return held


def one_member(held: Sequence[Standing]) -> MemberId:
    """The one member for whom the actor speaks.

    Raises Refused `not-authorised` (403) for strangers and for operators, `member-not-chosen` for several members.
    """
    if not held:
        raise Refused("not-authorised", "You have no right to do this.", status=403)
    if len({standing.member for standing in held}) > 1:
        detail = "You speak for several members; say in the header Fallnetz-Member for which one you act."
        raise Refused("member-not-chosen", detail)
    return held[0].member


def person_needed() -> Refused:
    """For what no API key does."""
    return Refused("person-needed", "This takes a person who has signed in; no API key does it.", status=403)
