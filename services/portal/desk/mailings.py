"""Mail runs with their progress (P7): what goes to all members, and how far it is."""

from litestar import Response
from msgspec import Struct

from contracts.notifications.notices import Mailing
from contracts.request import Page
from services.portal.api import Missing
from services.portal.desk import names
from services.portal.routing import page
from services.portal.visit import Visit

_DESK = "/n/{network:str}/desk/mailings"
PER_PAGE = 10
FEW = 3
"""So many on a page that is about something else."""


class Run(Struct, frozen=True, kw_only=True):
    """A mailing in the words of the desk: each figure is one of `of`, and each holds those after it."""

    mailing: Mailing
    prepared: int
    """Not handed over yet."""
    sent: int
    delivered: int
    """Taken by the recipient's server, reported as delivered, or known by a person to have come."""
    received: int
    """Opened in the portal or confirmed by a person."""
    failed: int
    posted: int
    """Not delivered by mail, and posted as a letter."""

    @property
    def of(self) -> int:
        return self.mailing.notices

    @property
    def ready(self) -> bool:
        """Nothing more will change by itself."""
        return self.prepared == 0 and self.mailing.handed_over == 0


def run(mailing: Mailing) -> Run:
    received = mailing.opened + mailing.confirmed
    return Run(
        mailing=mailing,
        prepared=mailing.waiting,
        sent=mailing.notices - mailing.waiting - mailing.failed - mailing.cancelled,
        delivered=mailing.accepted + mailing.delivered + received,
        received=received,
        failed=mailing.bounced + mailing.failed,
        posted=mailing.posted,
    )


class Shown(Struct, frozen=True, kw_only=True):
    """A part of the list with its names."""

    runs: list[Run]
    next: str | None
    subjects: dict[str, names.Subject]

    @property
    def ready(self) -> bool:
        return all(one.ready for one in self.runs)


async def found(
    visit: Visit, network: str, *, about: str | None = None, ballot: str | None = None, cursor: str | None = None,
    limit: int = FEW,
) -> Shown:  # fmt: skip
    """Those of one procedure, with its ballot, or of all."""
    mailings = await visit.api.get(
        Page[Mailing], f"/networks/{network}/mailings", about=about, or_about=ballot, cursor=cursor, limit=limit
    )
    subjects = await names.of_subjects(visit, network, mailings.items)
    return Shown(runs=[run(one) for one in mailings.items], next=mailings.next, subjects=subjects)


@page(_DESK)
async def show(
    visit: Visit,
    network: str,
    cursor: str | None = None,
    about: str | None = None,
    ballot: str | None = None,
    few: bool = False,
) -> Response[bytes]:
    """`few`: as it stands on another page, which fetches that part again and again while something is under way."""
    if not (visit.office or visit.operator):
        raise Missing
    limit = FEW if few else PER_PAGE
    shown = await found(visit, network, about=about or None, ballot=ballot or None, cursor=cursor, limit=limit)
    return visit.page("desk/mailings.html", found=shown, about=about or "", ballot=ballot or "", few=few)


PAGES = (show,)
