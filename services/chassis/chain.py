"""The journal's hash chain: how a row is linked to the one before, and an offline check of an export.

Pure: it needs neither database nor network.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from contracts.journal import JournalEntry

GENESIS = "0" * 64
"""`previous` of a record's first row."""

_encoder = msgspec.json.Encoder()


def link(
    previous: str, network: str, record: str, sequence: int, kind: str, body: str, at: str, actor: str | None
) -> str:
    """A row's digest: hex SHA-256 over the previous digest and the canonical row."""
    row = _encoder.encode((network, record, sequence, kind, body, at, actor))
    return hashlib.sha256(previous.encode() + row).hexdigest()


def link_parts(network: str, record: str, kind: str, body: str, at: str, actor: str | None) -> tuple[str, str]:
    """The canonical row before and after its sequence, for a database that computes the digest itself."""
    before = _encoder.encode((network, record)).decode()[:-1] + ","
    return before, "," + _encoder.encode((kind, body, at, actor)).decode()[1:]


def written(moment: datetime) -> str:
    """A moment as it is hashed and exported: `2026-12-11T09:00:00.000000Z`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


class Head(Struct, frozen=True):
    """The last row of a record at some time: what a later export must still contain."""

    record: str
    sequence: int
    digest: str


class Fault(Struct, frozen=True, kw_only=True):
    slug: str
    """`altered`, `broken-link`, `missing`, `reordered`, `truncated`, `rewritten`, `vanished`."""
    record: str
    sequence: int
    position: int | None
    detail: str


def heads(entries: Iterable[JournalEntry]) -> dict[str, Head]:
    """The last row of each record in an export, to be kept outside the house: the anchor for later checks."""
    return {entry.record: Head(entry.record, entry.sequence, entry.digest) for entry in entries}


def verify(entries: Iterable[JournalEntry], anchor: Mapping[str, Head] | None = None) -> list[Fault]:
    """What is wrong with an export; empty when nothing is.

    Finds altered, dropped, inserted and reordered rows by itself. Rows cut off at a record's end, and records that
    vanished as a whole, show only against an `anchor` (`heads` of an earlier export), because a shorter chain is a
    valid chain; the same goes for a record rewritten from its beginning with new digests.

    An export that starts in the middle of a record is checked from there when the anchor has the row before.
    """
    check = _Check(dict(anchor or {}))
    for entry in entries:
        check.take(entry)
    check.end()
    return check.faults


class _Check:
    def __init__(self, anchor: dict[str, Head]) -> None:
        self.faults: list[Fault] = []
        self._anchor = anchor
        self._met = dict[str, Head]()
        self._confirmed = set[str]()
        self._position = 0

    def take(self, entry: JournalEntry) -> None:
        if entry.position <= self._position:
            self._fault("reordered", entry, "positions do not ascend")
        self._position = max(self._position, entry.position)
        before = self._before(entry)
        if entry.sequence <= before.sequence:
            self._fault("reordered", entry, f"comes after sequence {before.sequence} of its record")
        elif entry.sequence > before.sequence + 1:
            self._fault("missing", entry, f"sequences {before.sequence + 1} to {entry.sequence - 1} are missing")
        elif entry.previous != before.digest:
            self._fault("broken-link", entry, "does not point to the row before")
        if _digest(entry) != entry.digest:
            self._fault("altered", entry, "the content does not match its digest")
        self._met[entry.record] = Head(entry.record, entry.sequence, entry.digest)
        self._against_anchor(entry)

    def _before(self, entry: JournalEntry) -> Head:
        """The row that must stand before: met, or the anchor's where an export begins right after it."""
        met = self._met.get(entry.record)
        if met is not None:
            return met
        anchored = self._anchor.get(entry.record)
        if anchored is not None and entry.sequence == anchored.sequence + 1:
            self._confirmed.add(entry.record)
            return anchored
        return Head(entry.record, 0, GENESIS)

    def _against_anchor(self, entry: JournalEntry) -> None:
        anchored = self._anchor.get(entry.record)
        if anchored is None or anchored.sequence != entry.sequence:
            return
        self._confirmed.add(entry.record)
        if anchored.digest != entry.digest:
            self._fault("rewritten", entry, "an earlier export has another row in this place")

    def end(self) -> None:
        for record, anchored in self._anchor.items():
            if record in self._confirmed:
                continue
            last = self._met.get(record)
            if last is None:
                self._end_fault("vanished", anchored, "the record of an earlier export is not there at all")
            elif last.sequence < anchored.sequence:
                detail = f"ends at sequence {last.sequence}; an earlier export went to {anchored.sequence}"
                self._end_fault("truncated", anchored, detail)

    def _fault(self, slug: str, entry: JournalEntry, detail: str) -> None:
        found = Fault(slug=slug, record=entry.record, sequence=entry.sequence, position=entry.position, detail=detail)
        self.faults.append(found)

    def _end_fault(self, slug: str, head: Head, detail: str) -> None:
        self.faults.append(Fault(slug=slug, record=head.record, sequence=head.sequence, position=None, detail=detail))


def _digest(entry: JournalEntry) -> str:
    return link(
        entry.previous,
        entry.network,
        entry.record,
        entry.sequence,
        entry.kind,
        entry.body,
        entry.recorded_at,
        entry.actor,
    )
