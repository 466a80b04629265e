"""The office enters an application that came on paper (A1)."""

import re
from collections.abc import Callable

from services.cli.demo.stage import Stage, moment
from tests.portal.applying.test_application import CONTACT, ORGANISATION, PEOPLE
from tests.portal.visitor import Visitor
from tests.world import SENNE

PAPER = {**ORGANISATION, **CONTACT, **PEOPLE, "received_day": "2026-11-20", "received_time": "08:15"}


def test_what_came_on_paper_is_received_at_its_stamp_and_waits_for_the_check(
    stage: Stage, signed_in: Callable[..., Visitor]
) -> None:
    office = signed_in("stadt")
    here = f"/n/{stage.network}/desk/admissions/new"
    assert here in office.get(f"/n/{stage.network}/desk").text
    office.get(here)
    wrong = office.post(here, name=SENNE.name)
    assert wrong.status_code == 422
    assert {"#field_of_work", "#contact_email", "#deputy_name", "#received_day", "#will_to_cooperate"} <= set(
        re.findall(r'href="(#\w+)"', wrong.text)
    )
    assert f'value="{SENNE.name}"' in wrong.text
    late = office.post(here, PAPER | {"will_to_cooperate": "yes", "received_day": "2036-11-20"})
    assert late.status_code == 422
    assert 'href="#received_time"' in late.text
    assert stage.office.items(f"{stage.path}/applications") == []
    office.post(here, PAPER | {"will_to_cooperate": "yes"})
    (application,) = stage.office.items(f"{stage.path}/applications")
    assert application["state"] == "received"
    assert moment(application["received_at"]).isoformat() == "2026-11-20T07:15:00+00:00"
    assert office.page.url.path == f"/n/{stage.network}/desk/admissions/{application['id']}"
    assert SENNE.deputy.email in office.page.text
