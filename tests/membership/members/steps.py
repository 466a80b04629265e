"""How tests of members name the people of a member, through membership's requests."""

from typing import Any

from contracts.membership.members import NAME_PERSON, MemberView, NamedPerson, NamePerson
from contracts.membership.words import Role
from contracts.request import Actor
from tests.membership.door import Bielefeld, person


async def name(network: Bielefeld, number: int, by: Actor, role: Role = Role.DEPUTY, **changes: Any) -> MemberView:
    since = changes.pop("since", None)
    body = NamedPerson(role=role, person=person(changes.pop("subject", "somebody"), **changes), since=since)
    request = NamePerson(network=network.id, member=network.members[number].id, body=body)
    return await network.door.ask(NAME_PERSON, request, by)
