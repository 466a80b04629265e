"""The office asks an applicant back, and the applicant answers: itself, or by a word that the office records (A2)."""

from datetime import datetime

from contracts.ids import NetworkId
from contracts.membership.admission import RecordedAnswer
from services.chassis.database import Transaction
from services.membership import entry
from services.membership.admission import handlers, tables
from services.membership.admission.rules import Ask, Supplement, Told


def ask(tx: Transaction, network: NetworkId, application: str, question: str, now: datetime, actor: str) -> None:
    """The question goes to the applicant."""
    written = entry.text(question, "/question")
    after = handlers.carry_out(tx, network, application, Ask(), now, actor)
    tables.write(tx, after.id, question=written)


def supplement(tx: Transaction, network: NetworkId, application: str, answer: str, now: datetime) -> None:
    """The applicant answers what the office asked."""
    written = entry.text(answer, "/answer")
    after = handlers.carry_out(tx, network, application, Supplement(), now, "applicant")
    tables.write_answer(tx, after.id, written, now, None, None)


def record(
    tx: Transaction, network: NetworkId, application: str, body: RecordedAnswer, now: datetime, actor: str
) -> None:
    """The answer came by telephone, letter, mail or in person: what was said, by whom, when and how is kept.

    Raises Refused `application-<state>` unless a question is open, `receipt-in-future`, `receipt-before-question`, and
    what `entry` refuses.
    """
    written, told_by = entry.text(body.answer, "/answer"), entry.line(body.told_by, "/told_by")
    asked_at = handlers.get(tx, network, application).state_since
    told = Told(way=body.way, at=entry.moment(body.told_at, "/told_at"), asked_at=asked_at)
    after = handlers.carry_out(tx, network, application, Supplement(told), now, actor)
    tables.write_answer(tx, after.id, written, told.at, body.way.value, told_by)
