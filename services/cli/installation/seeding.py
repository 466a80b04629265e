"""The example network, founded through the public API as an operator would do it. Harmless when repeated."""

from typing import Any

from services.cli.api import Api, Rejected
from services.cli.examples import REGISTER, Example, Organisation, Person


def found_example(
    api: Api, issuer: str, example: Example, *, network: str | None = None, register: bytes | None = None,
    charter: str | None = None, **settings: Any,
) -> dict[str, str]:  # fmt: skip
    """Network, register (CSV), people and office. Gives the member id of each name. Register and charter: None for the
    example's own. `settings`: sandbox and clock."""
    name = network or example.network
    operator = api.of(example.operator.user)
    _found(operator, {"id": name, "charter": charter or example.charter_text, **settings})
    operator.post(f"/networks/{name}/members/import", register or REGISTER.read_bytes(), key=f"example-{name}-register")
    members = {member["name"]: str(member["id"]) for member in operator.items(f"/networks/{name}/members")}
    for organisation in example.members:
        _name_people(operator, f"/networks/{name}/members/{members[organisation.name]}", organisation, issuer)
    if operator.get(f"/networks/{name}")["office"] is None:
        operator.post(f"/networks/{name}/office", {"member": members[example.office]}, key=f"example-{name}-office")
    return members


def _found(operator: Api, body: dict[str, Any]) -> None:
    try:
        operator.get(f"/networks/{body['id']}")
    except Rejected as rejected:
        if rejected.status != 404:
            raise
        operator.post("/networks", body, key=f"example-{body['id']}")


def _name_people(operator: Api, member: str, organisation: Organisation, issuer: str) -> None:
    named = {part["role"] for part in operator.get(member)["representations"]}
    for role, person in (("representative", organisation.representative), ("deputy", organisation.deputy)):
        if role not in named:
            body = {"role": role, "person": details(person, issuer)}
            operator.post(f"{member}/representations", body, key=f"example-{person.user}-{member}")


def details(person: Person, issuer: str | None) -> dict[str, Any]:
    """A person as the API wants it; with `issuer` the person can sign in."""
    sign_in = {"issuer": issuer, "subject": person.user} if issuer else {}
    return {"name": person.name, "email": person.email, "language": person.language, **sign_in}
