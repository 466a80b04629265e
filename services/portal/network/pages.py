"""The network (P5): its charter in words and versions, what it means in numbers, who holds the office."""

import asyncio

from litestar import Response

from contracts.membership.members import MemberView
from contracts.membership.networks import CharterView, NetworkView
from services.portal.network.figures import figures
from services.portal.routing import page
from services.portal.visit import Visit

_NEWEST = 12
"""So many versions are listed with their dates."""


@page("/n/{network:str}/network")
async def show(visit: Visit, network: str, version: int | None = None) -> Response[bytes]:
    path = f"/networks/{network}"
    found, charter = await asyncio.gather(
        visit.api.get(NetworkView, path), visit.api.get(CharterView, f"{path}/charter", version=version)
    )
    numbers = range(found.charter_version, max(found.charter_version - _NEWEST, 0), -1)
    versions = await asyncio.gather(
        *(visit.api.get(CharterView, f"{path}/charter", version=number) for number in numbers)
    )
    office = None if found.office is None else await visit.api.get(MemberView, f"{path}/members/{found.office}")
    in_force = charter.version == found.charter_version
    return visit.page(
        "network/network.html", found=found, charter=charter, versions=versions, office=office, in_force=in_force,
        figures=figures(charter.text, found.members) if in_force else [],
    )  # fmt: skip


@page("/n/{network:str}/network/charter.toml")
async def text(visit: Visit, network: str, version: int | None = None) -> Response[bytes]:
    """The charter's own text, whose digest is on record."""
    charter = await visit.api.get(CharterView, f"/networks/{network}/charter", version=version)
    return visit.file(charter.text.encode(), f"{network}-{charter.version}.toml", "application/toml; charset=utf-8")


PAGES = (show, text)
