"""What the sending of a notice writes: the lease, the attempt before the message goes over the wire, and how it ended.

One transaction for each call. Every call compares the fence of the lease, with one exception: that a server took the
message is true whoever holds the lease now, and stops whoever else was about to send it.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from msgspec import Struct

from contracts.notifications.notices import NoticeState
from services.chassis import clock
from services.chassis.database import Transaction
from services.notifications.networks import handlers as networks
from services.notifications.notices import handlers, tables
from services.notifications.notices.rules_life import Step, Stored

PORTAL = "portal"
"""The channel of what only stands in the portal."""
_LONGEST_PAUSE = timedelta(hours=1)


class Patience(Struct, frozen=True, kw_only=True):
    """How long a notice is tried."""

    first_pause: timedelta
    give_up: timedelta
    lease: timedelta

    def pause(self, notice: Stored) -> timedelta:
        """Doubles with every attempt up to an hour; the upper half is spread over the notices, so that they do not all
        come back at once."""
        full = min(_LONGEST_PAUSE, self.first_pause * 2.0 ** min(notice.attempts, 20))
        spread = sha256(f"{notice.id}{notice.attempts}".encode()).digest()[0] / 255
        return full * (0.5 + spread / 2)


def any_due(tx: Transaction, real_now: datetime) -> bool:
    """Whether there is anything to claim."""
    return tables.any_due(tx, real_now)


def claim(tx: Transaction, real_now: datetime, lease: timedelta, limit: int) -> list[Stored]:
    """Takes what is due; see tables."""
    return tables.claim(tx, real_now, real_now + lease, limit)


def begin(
    tx: Transaction, notice: Stored, language: str, role: str, real_now: datetime, lease: timedelta
) -> int | None:
    """Just before the content goes over the wire: stores the attempt. None: it must not be sent (any more)."""
    present = _mine(tx, notice)
    if present is None or present.due_at is None or present.standing.state is NoticeState.CANCELLED:
        return None
    doubtful = tables.in_doubt(tx, notice.id)
    number = tables.begin_attempt(tx, present, real_now)
    evidence = f"attempt {number}"
    if doubtful:
        evidence += f"; of attempt {doubtful[-1]} no answer is known, sent again with the same Message-ID"
    handlers.take_step(tx, present, _step(tx, present, NoticeState.HANDED_OVER, real_now, evidence))
    changes = {"language": language, "role": role, "leased_until": real_now + lease}
    tables.save(tx, notice.id, first_tried_at=present.first_tried_at or real_now, **changes)
    return number


def accepted(tx: Transaction, notice: Stored, number: int, evidence: str, real_now: datetime) -> None:
    """The server answered 250."""
    present = tables.find(tx, notice.id, lock=True)
    if present is None:
        return
    tables.end_attempt(tx, notice.id, number, real_now, evidence)
    handlers.take_step(
        tx, present, _step(tx, notice, NoticeState.ACCEPTED, real_now, f"{evidence} to attempt {number}")
    )
    if present.standing.sending == notice.standing.sending:
        tables.save(tx, notice.id, due_at=None, leased_until=None, attempts=present.attempts + 1)


def refused(tx: Transaction, notice: Stored, number: int | None, evidence: str, real_now: datetime) -> None:
    """The server refused for good."""
    _end(tx, notice, NoticeState.BOUNCED, number, evidence, real_now)


def failed(tx: Transaction, notice: Stored, why: str, real_now: datetime) -> None:
    """It cannot be sent, and waiting would not help."""
    _end(tx, notice, NoticeState.FAILED, None, why, real_now)


def needless(tx: Transaction, notice: Stored, why: str, real_now: datetime) -> None:
    """There is nobody to whom it would have to go."""
    _end(tx, notice, NoticeState.CANCELLED, None, why, real_now)


def only_listed(tx: Transaction, notice: Stored, language: str, role: str, why: str, real_now: datetime) -> None:
    """A sandbox without a mailbox: the list of notices is all that there is."""
    _end(tx, notice, NoticeState.HANDED_OVER, None, why, real_now)
    tables.save(tx, notice.id, language=language, role=role)


def only_in_portal(tx: Transaction, notice: Stored, language: str, role: str, real_now: datetime) -> None:
    """N2: the recipient wants no e-mail of this kind."""
    _end(tx, notice, NoticeState.HANDED_OVER, None, "portal only, as the recipient wishes", real_now)
    tables.save(tx, notice.id, language=language, role=role, channel=PORTAL)


def postpone(tx: Transaction, notice: Stored, until: datetime) -> None:
    """N2: quiet hours hold it back; that is no failure and costs no attempt. `until`: real time."""
    tables.save_fenced(tx, notice.id, notice.fence, due_at=until, leased_until=None)


def later(
    tx: Transaction, notice: Stored, number: int | None, why: str, real_now: datetime, patience: Patience,
    *, tried: bool, doubt: bool = False,
) -> None:  # fmt: skip
    """Not now. `tried`: it was this notice's own attempt that failed; `doubt`: nobody knows how it ended."""
    present = _mine(tx, notice)
    if present is None:
        return
    if number is not None and not doubt:
        tables.end_attempt(tx, notice.id, number, real_now, why)
    first = present.first_tried_at or real_now
    if real_now - first >= patience.give_up:
        _end(tx, notice, NoticeState.FAILED, None, f"given up; last: {why}", real_now)
        return
    pause = patience.pause(present) if tried else min(patience.first_pause, timedelta(minutes=1))
    tables.save(
        tx, notice.id, due_at=real_now + pause, leased_until=None, first_tried_at=first, failure=why,
        attempts=present.attempts + tried,
    )  # fmt: skip


def give_back(tx: Transaction, notice: Stored) -> None:
    """Another copy, or the next start, may take it at once."""
    tables.save_fenced(tx, notice.id, notice.fence, leased_until=None)


def follow_clock(tx: Transaction, notice: Stored, moment: datetime) -> None:
    """A sandbox's moment, as membership just said it."""
    networks.show_clock(tx, notice.network, moment)


def _end(
    tx: Transaction, notice: Stored, state: NoticeState, number: int | None, evidence: str, real_now: datetime
) -> None:
    present = _mine(tx, notice)
    if present is None:
        return
    if number is not None:
        tables.end_attempt(tx, notice.id, number, real_now, evidence)
    handlers.take_step(tx, present, _step(tx, present, state, real_now, evidence))
    tables.save(tx, notice.id, due_at=None, leased_until=None, attempts=present.attempts + 1)


def _mine(tx: Transaction, notice: Stored) -> Stored | None:
    """The row, locked, if our lease is still the last one."""
    present = tables.find(tx, notice.id, lock=True)
    return present if present is not None and present.fence == notice.fence else None


def _step(tx: Transaction, notice: Stored, state: NoticeState, real_now: datetime, evidence: str) -> Step:
    at = clock.moment(tx, notice.network, real_now)
    return Step(state=state, sending=notice.standing.sending, at=at, evidence=evidence)
