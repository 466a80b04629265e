"""The application form's steps: what each asks, when it is filled in, and how the entries become an application (A1).

Entries have flat names (`contact_email`); the API has them nested (`/contact/email`).
"""

from collections.abc import Mapping
from typing import Literal, cast

from msgspec import Struct

from contracts.membership.admission import NewApplication
from contracts.membership.members import PersonDetails
from contracts.texts import Marked
from contracts.texts import marked as _
from services.portal.forms import Form

Language = Literal["de", "en", "nl", "da"]
LONGEST_LINE, LONGEST_ADDRESS = 200, 500
YES = "yes"


class Asked(Struct, frozen=True, kw_only=True):
    """One entry."""

    name: str
    label: Marked
    missing: Marked
    """What to say where it is empty."""
    email: bool = False
    longest: int = LONGEST_LINE


class Step(Struct, frozen=True, kw_only=True):
    path: str
    """Last part of the page's address."""
    title: Marked
    asks: tuple[Asked, ...]


SAME = "representative_is_contact"
_NO_NAME, _NO_ADDRESS = _("Enter first name and surname."), _("Enter an e-mail address.")

ORGANISATION = Step(
    path="organisation",
    title=_("Your organisation"),
    asks=(
        Asked(name="name", label=_("Name of the organisation"), missing=_("Enter the organisation's name.")),
        Asked(name="field_of_work", label=_("Field of work"), missing=_("Choose the field in which you work.")),
        Asked(name="address", label=_("Address"), missing=_("Enter the address."), longest=LONGEST_ADDRESS),
    ),
)
CONTACT = Step(
    path="contact",
    title=_("Contact"),
    asks=(
        Asked(name="contact_name", label=_("First name and surname"), missing=_NO_NAME),
        Asked(name="contact_email", label=_("E-mail address"), missing=_NO_ADDRESS, email=True),
        Asked(name="contact_language", label=_("Language of our e-mails"), missing=_("Choose a language.")),
    ),
)
PEOPLE = Step(
    path="people",
    title=_("Representative and deputy"),
    asks=(
        Asked(name="representative_name", label=_("Representative"), missing=_NO_NAME),
        Asked(name="representative_email", label=_("Representative's e-mail address"), missing=_NO_ADDRESS, email=True),
        Asked(name="deputy_name", label=_("Deputy"), missing=_NO_NAME),
        Asked(name="deputy_email", label=_("Deputy's e-mail address"), missing=_NO_ADDRESS, email=True),
    ),
)
STEPS = (ORGANISATION, CONTACT, PEOPLE)
WILL = "will_to_cooperate"
_WITHOUT_ADDRESS_SIGN = _("Enter the whole address, for example name@example.org.")
_LONGEST = {asked.name: asked.longest for step in STEPS for asked in step.asks} | {SAME: 10, WILL: 10}


def kept(form: Form) -> dict[str, list[str]]:
    """The entries that belong here, cut to what they can be: nobody stores anything else with us."""
    return {name: [form.get(name)[: _LONGEST[name]]] for name in form.entries if name in _LONGEST and form.get(name)}


def merged(before: Mapping[str, list[str]], step: Step, form: Form) -> dict[str, list[str]]:
    """What is known after this step; what was emptied is empty."""
    asked = {one.name for one in step.asks} | ({SAME} if step is PEOPLE else set())
    given = kept(form)
    return {name: values for name, values in before.items() if name not in asked} | {
        name: values for name, values in given.items() if name in asked
    }


def with_representative(entries: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The contact's details also as the representative's, where the applicant says that they are one person."""
    found = dict(entries)
    if found.get(SAME) == [YES]:
        for part in ("name", "email"):
            if value := found.get(f"contact_{part}"):
                found[f"representative_{part}"] = value
    return found


def wrong(step: Step, form: Form) -> dict[str, str]:
    """Sentence by field."""
    found: dict[str, str] = {}
    for asked in step.asks:
        value = form.get(asked.name)
        if not value:
            found[asked.name] = asked.missing
        elif asked.email and not _like_an_address(value):
            found[asked.name] = _WITHOUT_ADDRESS_SIGN
    return found


def first_incomplete(form: Form) -> Step | None:
    return next((step for step in STEPS if wrong(step, form)), None)


def step_of(field: str) -> Step | None:
    """The step that asks for this entry."""
    return next((step for step in STEPS if any(asked.name == field for asked in step.asks)), None)


def entry_of(pointer: str | None) -> str:
    """`/contact/email` → `contact_email`; the whole person (`/contact`) is its name. Empty: the form as a whole."""
    name = (pointer or "").strip("/").replace("/", "_")
    return f"{name}_name" if f"{name}_name" in _LONGEST else name


def application(form: Form, will: bool) -> NewApplication:
    """Of complete entries. Raises nothing: what is not allowed the API refuses, by field."""
    language = cast(Language, form.get("contact_language", "de"))

    def person(part: str) -> PersonDetails:
        return PersonDetails(name=form.get(f"{part}_name"), email=form.get(f"{part}_email"), language=language)

    return NewApplication(
        name=form.get("name"),
        field_of_work=form.get("field_of_work"),
        address=form.get("address"),
        contact=person("contact"),
        representative=person("representative"),
        deputy=person("deputy"),
        will_to_cooperate=will,
    )


def _like_an_address(value: str) -> bool:
    before, sign, behind = value.partition("@")
    return bool(before and sign) and "." in behind.strip(".")
