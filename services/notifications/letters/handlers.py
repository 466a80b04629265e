"""A letter in the words of its notice, and the record that it was posted."""

from datetime import datetime

from contracts.membership.contacts import Contacts
from contracts.notifications.letters import Letter
from contracts.notifications.notices import NoticeState
from contracts.notifications.words import Purpose
from contracts.request import Refused
from services.chassis.database import Transaction
from services.notifications.email.composing import Composer, NobodyError
from services.notifications.notices import handlers as notices
from services.notifications.notices.rules import BALLOT_NOTICES
from services.notifications.notices.rules_life import UNDELIVERED, Step, Stored

PRINTED = BALLOT_NOTICES | {Purpose.EXCLUSION_MESSAGE}
"""Their receipt sets something going, so they must arrive; of the rest a second mail is enough."""
_POSTABLE = (*UNDELIVERED, NoticeState.POSTED)


def check(notice: Stored) -> None:
    """Raises Refused `notice-not-undelivered`, `no-letter`."""
    if notice.purpose not in PRINTED:
        detail = "Only announcements of ballots and the message of an exclusion are printed as letters."
        raise Refused("no-letter", detail)
    if notice.standing.state not in _POSTABLE:
        detail = "Only what did not arrive by mail is posted as a letter."
        raise Refused("notice-not-undelivered", detail)


def letter(tx: Transaction, composer: Composer, notice: Stored, contacts: Contacts, now: datetime) -> Letter:
    """Raises Refused `nobody-to-tell` while the function is vacant."""
    try:
        made = composer.letter(notice, contacts, now, attach=False, paper=True)
    except NobodyError:
        raise Refused("nobody-to-tell", "Nobody is named who could be told.") from None
    return Letter(
        notice=notices.view(tx, notice, with_steps=False), organisation=made.person.organisation,
        name=made.person.name, language=made.language, subject=made.text.subject, text=made.text.plain,
        network_name=contacts.network_name, office_name=contacts.office_name,
    )  # fmt: skip


def record_posting(tx: Transaction, notice: Stored, posted_at: datetime, person: str, now: datetime) -> Stored:
    """Again it changes nothing. Raises Refused `time-out-of-range` (422) and what `check` refuses."""
    check(notice)
    if posted_at.tzinfo is None or posted_at > now or posted_at < notice.created_at.replace(second=0, microsecond=0):
        detail = "A letter is posted after its notice was made, and not in the future."
        raise Refused("time-out-of-range", detail, status=422, field="/posted_at")
    evidence = f"posted as a letter, recorded by {person}"
    step = Step(state=NoticeState.POSTED, sending=notice.standing.sending, at=posted_at, evidence=evidence)
    return notices.take_step(tx, notice, step)
