"""The ballot engine (B1 to B8, T2, T3, T5, T7): one for both motions, pure.

`state` has the data and commands, `decide` what a command makes true (with `voting` and `receipts`), `evolve` what a
fact changes, `settle` when a ballot is decided and how.
"""

from services.membership.ballots.decide import decide
from services.membership.ballots.evolve import evolve
from services.membership.ballots.settle import elector_state, is_settled, needed, outcome, settled_at, tally
from services.membership.ballots.state import (
    CHOICES,
    SILENCE,
    Ballot,
    Cancel,
    CastVote,
    Close,
    Command,
    DropElector,
    Elector,
    NoteNonReceipt,
    NoteOutage,
    Notify,
    Open,
    RecordEvidence,
)

__all__ = [
    "CHOICES",
    "SILENCE",
    "Ballot",
    "Cancel",
    "CastVote",
    "Close",
    "Command",
    "DropElector",
    "Elector",
    "NoteNonReceipt",
    "NoteOutage",
    "Notify",
    "Open",
    "RecordEvidence",
    "decide",
    "elector_state",
    "evolve",
    "is_settled",
    "needed",
    "outcome",
    "settled_at",
    "tally",
]
