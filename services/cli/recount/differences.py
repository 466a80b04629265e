"""Where a ballot's record contradicts the recount: one sentence for each place."""

from collections.abc import Iterator

from services.cli.recount.count import OFFERED, Count, Record, Recount, moment


def differences(count: Count, result: Recount) -> Iterator[str]:
    """Everything that the record says otherwise than the count."""
    yield from _receipts(count)
    yield from _votes(count)
    yield from _ending(count, result)


def _receipts(count: Count) -> Iterator[str]:
    """T1, T3: kinds, moments and windows of the receipts."""
    standing = set[str]()
    for fact in count.facts:
        if fact["fact"] == "ReceiptRefuted":
            standing.discard(fact["member"])
        if fact["fact"] == "ReceiptEstablished":
            if fact["member"] in standing:
                yield f"{fact['member']}: a second receipt is recorded; the first one counts"
            standing.add(fact["member"])
            yield from _receipt(count, fact)


def _receipt(count: Count, fact: Record) -> Iterator[str]:
    window = count.window_of(fact)
    if window.member not in count.opened["electors"]:
        yield f"{window.member}: a receipt is recorded, but it is no elector"
    if window.kind not in count.opened["counts_as_receipt"]:
        yield f"{window.member}: {window.kind} does not count as receipt"
    if window.received_at < moment(count.opened["opened_at"]):
        yield f"{window.member}: received before the announcement"
    if fact["last_day"] != window.last_day.isoformat():
        yield f"{window.member}: last day recorded {fact['last_day']}, recounted {window.last_day}"
    if moment(fact["window_ends_at"]) != window.ends_at:
        yield f"{window.member}: window recorded until {fact['window_ends_at']}, recounted {window.ends_at}"


def _votes(count: Count) -> Iterator[str]:
    """T5, B4: each vote on the right side of its window, by an elector, with an answer that was offered."""
    standing: dict[str, Record] = {}
    for vote, timely in count.verdicts:
        member = vote["member"]
        if timely != (vote["fact"] == "VoteCast"):
            yield f"{member}: the vote of {vote['at']} was {'timely' if timely else 'late'}, recorded otherwise"
        if member not in count.opened["electors"]:
            yield f"{member}: a vote is recorded, but it is no elector"
        if vote["choice"] not in OFFERED[count.opened["motion"]]:
            yield f"{member}: {vote['choice']} is no answer to this motion"
        if timely:
            yield from _change(count, standing.get(member), vote)
            standing[member] = vote


def _change(count: Count, before: Record | None, vote: Record) -> Iterator[str]:
    if before is None:
        return
    if not count.opened["change_allowed"]:
        yield f"{vote['member']}: the vote was changed, which the charter does not allow"
    overrides = before["role"] == "representative" and vote["role"] == "deputy"
    if overrides and not count.opened.get("deputy_may_override", False):
        yield f"{vote['member']}: the deputy's vote replaced the representative's"


def _ending(count: Count, result: Recount) -> Iterator[str]:
    """B5: the recorded end against the counted one."""
    endings = [fact for fact in count.facts if fact["fact"] in ("BallotClosed", "BallotCancelled")]
    if len(endings) > 1:
        yield f"the ballot ended {len(endings)} times"
    for closed in (fact for fact in endings if fact["fact"] == "BallotClosed"):
        if result.outcome == "open":
            yield f"recorded as {closed['outcome']}, recounted as still open"
            continue
        yield from _compared(closed, result)


def _compared(closed: Record, result: Recount) -> Iterator[str]:
    for name in ("outcome", "needed", "early", "subject"):
        if closed[name] != getattr(result, name):
            yield f"{name} recorded {closed[name]}, recounted {getattr(result, name)}"
    if moment(closed["effective_at"]) != result.effective_at:
        yield f"effective_at recorded {closed['effective_at']}, recounted {result.effective_at}"
    for name, counted in result.tally.items():
        recorded = closed["tally"].get(name, 0)
        if recorded != counted:
            yield f"tally.{name} recorded {recorded}, recounted {counted}"
