"""What did not arrive is at the desk with its reason, and is sent again (N9, P7)."""

from collections.abc import Callable

from services.cli.demo import admission
from services.cli.demo.stage import Stage
from services.cli.installation.seeding import details
from tests.portal.visitor import Visitor
from tests.world import GFS

SignIn = Callable[..., Visitor]


def test_a_notice_that_came_back_stands_there_with_its_reason_and_is_sent_again(
    stage: Stage, signed_in: SignIn
) -> None:
    person = {**details(GFS.representative, stage.issuer), "email": f"bounce.{stage.network}@gfs.example"}
    member = stage.member("gfs")
    body = {"role": "representative", "person": person}
    stage.operator.post(f"{stage.path}/members/{member}/representations", body)
    played = admission.announce(stage, admission.apply(stage)[0])
    undelivered = stage.eventually(
        "the bounce", lambda: stage.office.items(f"{stage.path}/notices", undelivered=True) or None
    )[0]
    office = signed_in("stadt")
    here = f"/n/{stage.network}/desk/notices"
    page = office.get(f"{here}?about={played.id}").text
    assert GFS.name in page
    assert page.count("/resend") == 1
    assert "This notice did not arrive" in office.get(f"{here}/{undelivered['id']}").text
    before = steps(stage, undelivered["id"])
    office.post(f"{here}/{undelivered['id']}/resend")
    assert office.page.status_code == 200
    stage.eventually("the second attempt", lambda: steps(stage, undelivered["id"]) > before or None)


def steps(stage: Stage, notice: str) -> int:
    """How much has happened to it."""
    return len(stage.office.get(f"{stage.path}/notices/{notice}")["steps"])
