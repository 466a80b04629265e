"""The parts of a tally as pages show them. No installation is asked."""

import pytest

from contracts.membership.words import Motion, Tally
from services.portal import deadlines


@pytest.mark.parametrize(("over", "label"), [(False, "No answer yet"), (True, "No answer")])
@pytest.mark.parametrize("motion", list(Motion))
def test_the_silent_have_no_answer_yet_until_the_ballot_is_over(motion: Motion, over: bool, label: str) -> None:
    tally = Tally(electorate=6, no_objection=1, object=1, approve=1, reject=1, abstain=1, silent=3)
    parts = deadlines.parts(tally, motion, over=over)
    assert [(part.label, part.count) for part in parts if part.kind == "open"] == [(label, 3)]
    assert sum(part.width for part in parts) == 1000
