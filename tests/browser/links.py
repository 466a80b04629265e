"""Mail links of a network in which something of everything goes on: tokens by name, for the addresses in `pages.py`."""

from contextlib import closing
from typing import Any

from services.cli.api import Api
from services.cli.demo.stage import Stage
from services.cli.installation.running import Installation
from services.cli.installation.seeding import details
from tests.browser.cast import Cast
from tests.world import GFS, SENNE


def tokens(
    installation: Installation, api: Api, network: str, members: dict[str, str], ballot: str, cast: Cast
) -> dict[str, str]:
    """What people have in their mailboxes."""
    stage = Stage(api, installation.mailbox, installation.issuer, network, cast.example)
    stage.members = members
    with closing(stage):
        return {
            "link_receipt": stage.token(stage.mail_of_notice(ballot, "admission-ballot", "diakonie")),
            "link_ballot": _confirmed(stage, stage.mail_of_notice(ballot, "admission-ballot", "gfs")),
            **_applicant(stage, cast),
            **_invited(stage, cast),
        }


def _confirmed(stage: Stage, mail: Any) -> str:
    token = stage.token(mail)
    stage.api.link(token).post("/link/confirmation")
    return token


def _applicant(stage: Stage, cast: Cast) -> dict[str, str]:
    """One who has just applied, and one whom the office has asked something."""
    fresh = stage.token(
        stage.mail_of(_applied(stage, cast.line("Tafel Sieker e. V.")), "application-confirmation", EMAIL)
    )
    asked = _applied(stage, cast.line("Straßenküche Gellershagen e. V."))
    _confirmed(stage, stage.mail_of(asked, "application-confirmation", EMAIL))
    path = f"{stage.path}/applications/{asked}"
    stage.eventually(
        "the application", lambda: asked in [one["id"] for one in stage.office.items(f"{stage.path}/applications")]
    )
    stage.office.post(f"{path}/question", {"question": cast.text("Since when has your kitchen been open on Sundays?")})
    question = stage.token(stage.mail_of(asked, "application-question", EMAIL))
    return {"link_application": fresh, "link_question": question, "questioned_application": asked}


EMAIL = SENNE.representative.email


def _applied(stage: Stage, name: str) -> str:
    """From outside."""
    applicant = stage.example.applicant
    person = details(applicant.representative, None)
    body = {
        "name": name, "field_of_work": applicant.field_of_work, "address": applicant.address, "contact": person,
        "representative": person, "deputy": details(applicant.deputy, None), "will_to_cooperate": True,
    }  # fmt: skip
    return str(stage.api.post(f"{stage.path}/applications", body)["application"]["id"])


def _invited(stage: Stage, cast: Cast) -> dict[str, str]:
    """A new deputy whose sign-in nobody knows yet."""
    person = {**details(GFS.deputy, None), "name": cast.line("Robin Beispiel")}
    person["email"] = f"robin@{stage.network}.example"
    path = f"{stage.path}/members/{stage.member('gfs')}/representations"
    stage.office.post(path, {"role": "deputy", "person": person})
    found = stage.eventually("the invitation", lambda: next(iter(stage.mails(person["email"])), None))
    return {"link_invitation": stage.token(found)}
