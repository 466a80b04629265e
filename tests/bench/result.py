"""What one row of `make bench` gives back."""

from statistics import median

from msgspec import Struct


class Result(Struct, frozen=True, kw_only=True):
    row: int
    """Number in the table of performance.md."""
    name: str
    goal: float
    samples: list[float]
    """One ratio for each round: product divided by the limit that was measured in the same round."""
    detail: dict[str, float | str] = {}
    """Absolute figures with their unit in the name (`commits_per_second`); they mean nothing on another machine."""

    @property
    def ratio(self) -> float:
        return median(self.samples)
