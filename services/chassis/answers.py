"""Idempotency: the answer to a command is kept in the command's transaction and given again for the same key."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from contracts.request import Call
from services.chassis.problems import Refused
from services.chassis.schema import answers
from services.chassis.transaction import Prepared, Transaction

LONGEST_KEY = 255
KEPT = timedelta(hours=24)
"""How long an answer can be asked for again. Answers hold what people wrote, so not longer than needed."""
_SHOWN = b""
"""Kept in place of an answer that holds a secret; no envelope is empty."""

_FIND = Prepared(
    select(answers.c.content, answers.c.answer).where(
        answers.c.key == bindparam("given_key"),
        answers.c.actor == bindparam("by"),
        answers.c.method == bindparam("asked"),
    )
)
_KEEP = Prepared(answers.insert(), ["key", "actor", "method", "content", "answer", "answered_at"])


def once(tx: Transaction, call: Call, method: str, run: Callable[[], bytes], *, shown_once: bool = False) -> bytes:
    """The stored answer for the same key, actor, method and content; otherwise what `run` gives, which is then stored.

    A call without a key is simply run. A refusal rolls everything back, so that a repetition is judged anew. With
    `shown_once` only that the key was used is stored. Raises Refused: `idempotency-key-reused` (422) for other content,
    `answer-shown-once` (409), `idempotency-key-invalid` (400).
    """
    if call.key is None:
        return run()
    if not 0 < len(call.key) <= LONGEST_KEY:
        detail = "The idempotency key must have 1 to {most} characters."
        raise Refused("idempotency-key-invalid", detail, status=400, words={"most": LONGEST_KEY})
    actor, content = _actor(call), _content(call)
    found = tx.rows(_FIND, given_key=call.key, by=actor, asked=method)
    if found:
        if found[0][0] != content:
            detail = "This idempotency key was used with other content; take a new key for a new request."
            raise Refused("idempotency-key-reused", detail, status=422)
        if bytes(found[0][1]) == _SHOWN:
            detail = "This was done already, and what the answer showed is shown only once; nothing was changed now."
            raise Refused("answer-shown-once", detail)
        return bytes(found[0][1])
    answer = run()
    # On PostgreSQL a second copy of the same call may get here as well: one of them fails on the primary key, is rolled
    # back and run again by the database, and then finds the other's answer.
    kept = _SHOWN if shown_once else answer
    tx.run(_KEEP, key=call.key, actor=actor, method=method, content=content, answer=kept, answered_at=call.at)
    return answer


def forget(tx: Transaction, before: datetime) -> int:
    """Drops answers that nobody will ask for again; gives their number."""
    return tx.execute(answers.delete().where(answers.c.answered_at < before)).rowcount


def _actor(call: Call) -> str:
    return "" if call.actor is None else f"{call.actor.issuer}|{call.actor.subject}"


def _content(call: Call) -> str:
    """The member that a person acts for is part of what they ask."""
    member = "" if call.actor is None or call.actor.member is None else call.actor.member
    return hashlib.sha256(member.encode() + b"\0" + bytes(call.body)).hexdigest()
