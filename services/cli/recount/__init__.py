"""The independent recount (B6). Shares no code with `services.membership`; a test watches over that."""

from collections.abc import Sequence

from services.cli.recount.calendar import TABLE_VERSION
from services.cli.recount.count import Count, Record, Recount, Uncountable, ballots, result
from services.cli.recount.differences import differences

__all__ = ["TABLE_VERSION", "Recount", "Uncountable", "ballots", "recount"]


def recount(facts: Sequence[Record]) -> Recount:
    """Counts one ballot's facts, in their recorded order, and compares with what was recorded.

    Raises Uncountable where the record does not hold what a count needs.
    """
    try:
        count = Count(facts)
        found = result(count)
        found.differences = list(differences(count, found))
    except Uncountable:
        raise
    except (LookupError, TypeError, AttributeError, ArithmeticError, ValueError) as missing:
        raise Uncountable(f"the record lacks or garbles {missing}") from None
    return found
