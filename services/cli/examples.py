"""The example network: organisations of the register, invented people. Shared by seeds, demo, tests and screenshots."""

import csv
import tomllib
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

DEPLOY = Path(__file__).parents[2] / "deploy"
REGISTER = DEPLOY / "examples" / "bielefeld-members.csv"
PEOPLE = DEPLOY / "examples" / "bielefeld-people.toml"


class Person(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who can sign in. `user` is the subject at the identity provider."""

    user: str
    name: str
    email: str
    language: str = "de"


class Organisation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    representative: Person
    deputy: Person


class Applicant(Organisation, frozen=True, kw_only=True, forbid_unknown_fields=True):
    field_of_work: str
    address: str


class Example(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One network with all its people."""

    network: str
    charter: str
    """File name in deploy/charters, without `.toml`."""
    office: str
    operator: Person
    members: list[Organisation]
    applicant: Applicant

    @property
    def people(self) -> list[Person]:
        """Everybody who can sign in: the operator, then representative and deputy of each organisation."""
        organisations = [*self.members, self.applicant]
        return [self.operator, *(person for one in organisations for person in (one.representative, one.deputy))]

    @property
    def office_holder(self) -> Organisation:
        return next(member for member in self.members if member.name == self.office)

    @property
    def charter_text(self) -> str:
        return (DEPLOY / "charters" / f"{self.charter}.toml").read_text("utf-8")


@cache
def example() -> Example:
    """The Bielefeld network."""
    return msgspec.convert(tomllib.loads(PEOPLE.read_text("utf-8")), Example)


def register_names() -> list[str]:
    """The members' names as the register has them."""
    with REGISTER.open(encoding="utf-8", newline="") as file:
        return [row["name"] for row in csv.DictReader(file)]
