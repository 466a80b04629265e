"""What tests of admission do again and again, through membership's requests."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.ids import NoticeId
from contracts.membership.admission import (
    ANNOUNCE_APPLICATION,
    APPLY,
    ASK_APPLICANT,
    GET_APPLICATION,
    RECORD_COUNTERSIGNATURE,
    WELCOME_APPLICANT,
    WITHDRAW_APPLICATION,
    AnnounceApplication,
    ApplicationReceipt,
    ApplicationView,
    Apply,
    AskApplicant,
    GetApplication,
    Question,
    ReceivedCopy,
    RecordCountersignature,
    RecordedAnswer,
    WelcomeApplicant,
    WithdrawApplication,
)
from contracts.membership.ballots import BallotView
from contracts.membership.words import AnswerWay, Choice
from contracts.notifications.notices import NoticeConfirmed
from contracts.notifications.words import Purpose
from contracts.request import Actor
from services.membership.admission import handlers
from services.membership.admission.listeners import listeners
from tests.membership.door import ISSUER, Bielefeld, application

STRANGER_REP = Actor(issuer=ISSUER, subject="new-rep")


async def apply_from_outside(network: Bielefeld, name: str = "Wohnwerk e.V.") -> ApplicationReceipt:
    """By a stranger, whose address is still to be confirmed."""
    return await network.door.ask(APPLY, Apply(network=network.id, body=application(name)))


async def confirm(
    network: Bielefeld, receipt: ApplicationReceipt, /, at: datetime | None = None, **changes: Any
) -> None:
    """The contact has confirmed its address by the link in the mail."""
    fields: dict[str, Any] = {
        "network": network.id, "notice": NoticeId(f"not_{receipt.application.id}"), "member": None,
        "purpose": Purpose.APPLICATION_CONFIRMATION, "about": receipt.application.id, "at": at or network.now,
    }  # fmt: skip
    fact = NoticeConfirmed(**(fields | changes))
    message = f"{fact.purpose}-{fact.notice}-{fact.at}"
    await network.door.hear(listeners, "notifications", fact, message=message)


async def apply(network: Bielefeld, name: str = "Wohnwerk e.V.") -> ApplicationReceipt:
    """An application from outside that is confirmed."""
    receipt = await apply_from_outside(network, name)
    await confirm(network, receipt)
    return receipt


async def announce(network: Bielefeld, receipt: ApplicationReceipt) -> BallotView:
    request = AnnounceApplication(network=network.id, application=receipt.application.id)
    return await network.door.ask(ANNOUNCE_APPLICATION, request, network.office)


async def shown(network: Bielefeld, receipt: ApplicationReceipt) -> ApplicationView:
    request = GetApplication(network=network.id, application=receipt.application.id)
    return await network.door.ask(GET_APPLICATION, request, network.office)


async def welcome(network: Bielefeld, receipt: ApplicationReceipt) -> ApplicationView:
    request = WelcomeApplicant(network=network.id, application=receipt.application.id)
    return await network.door.ask(WELCOME_APPLICANT, request, network.office)


async def countersign(network: Bielefeld, receipt: ApplicationReceipt, hours: float = 0) -> ApplicationView:
    """The copy came `hours` before the network's moment."""
    body = ReceivedCopy(received_at=network.now - timedelta(hours=hours))
    request = RecordCountersignature(network=network.id, application=receipt.application.id, body=body)
    return await network.door.ask(RECORD_COUNTERSIGNATURE, request, network.office)


async def withdraw(network: Bielefeld, receipt: ApplicationReceipt) -> ApplicationView:
    request = WithdrawApplication(
        network=network.id, application=receipt.application.id, applicant_key=receipt.applicant_key
    )
    return await network.door.ask(WITHDRAW_APPLICATION, request)


def told(network: Bielefeld, **changes: Any) -> RecordedAnswer:
    """What the contact has said on the telephone, at the network's moment."""
    fields: dict[str, Any] = {
        "answer": "Since 2019, with twelve places.", "told_by": "Mia Beispiel, chair", "way": AnswerWay.TELEPHONE,
        "told_at": network.now,
    }  # fmt: skip
    return RecordedAnswer(**(fields | changes))


async def asked(network: Bielefeld) -> ApplicationReceipt:
    """An application whose applicant the office has asked back."""
    receipt = await apply(network)
    body = Question(question="Since when do you offer overnight stays?")
    request = AskApplicant(network=network.id, application=receipt.application.id, body=body)
    await network.door.ask(ASK_APPLICANT, request, network.office)
    return receipt


async def passed(network: Bielefeld) -> ApplicationReceipt:
    """An application that nobody has objected to."""
    receipt = await apply(network)
    await network.decide(await announce(network, receipt), Choice.OBJECT, 0)
    return receipt


@contextmanager
def slow(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[None]:
    """A handler of admission has done its work and takes its time before the commit."""
    quick = getattr(handlers, name)

    def dawdle(*given: Any) -> Any:
        done = quick(*given)
        time.sleep(0.5)
        return done

    with monkeypatch.context() as patch:
        patch.setattr(handlers, name, dawdle)
        yield
