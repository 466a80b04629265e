"""Row 6: a vote in the portal's form until its tally is visible to another client, at 50 votes a second.

The votes come in by the form's own POST; the other client has the stream of a page open (SSE), is told which ballot
changed, fetches the page's part as its script does, and finds the vote counted there. Each vote is another member's in
another ballot, so that it is known which one is seen. The limit are the parts by themselves, one after the other with
nothing else going on: the POST of a vote, and the GET of the part.
"""

import asyncio
import re
import sys
import tempfile
import time
from collections.abc import Awaitable
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

import httpx

from services.chassis import clock
from services.cli.api import Api
from services.cli.demo.stage import Stage
from services.cli.installation.running import Installation, running
from services.cli.installation.seeding import details, found_example
from tests.bench.result import Result
from tests.portal.visitor import Visitor
from tests.world import SENNE, STADT, WORLD

PER_SECOND = 50
BALLOTS = 42
ALONE = 4
"""Ballots whose votes are cast one after the other, for the parts by themselves."""
MILLISECONDS_ALLOWED = 150.0
VOTED = re.compile(r"<td[^>]*>Objection</td>")
FORM = {"Sec-Fetch-Site": "same-origin"}


class Vote(NamedTuple):
    ballot: str
    user: str


class Board:
    """When each vote was begun and seen."""

    def __init__(self, wanted: int) -> None:
        self.begun: dict[Vote, float] = {}
        self.seen: dict[Vote, float] = {}
        self.complete = asyncio.Event()
        self._wanted = wanted

    def see(self, vote: Vote, at: float) -> None:
        self.seen[vote] = at
        if len(self.seen) == self._wanted:
            self.complete.set()


class Voter(NamedTuple):
    """Somebody's browser, in which a form stands ready."""

    http: httpx.AsyncClient
    token: str


def measure() -> list[Result]:
    with (
        tempfile.TemporaryDirectory(prefix="fallnetz-bench-") as directory,
        running(Path(directory), with_example=False) as installation,
        Api(installation.url, installation.issuer, installation.secrets.password) as api,
    ):
        stage = Stage(api, installation.mailbox, installation.issuer, "bench-live", WORLD)
        stage.members = found_example(api, installation.issuer, WORLD, network=stage.network)
        ballots = _opened(stage)
        found = asyncio.run(_measure(installation, stage, ballots))
        stage.close()
        return found


def _opened(stage: Stage) -> list[str]:
    """Ballots that everybody has received."""
    found = []
    for number in range(BALLOTS + ALONE):
        body = {
            "name": f"Bewerberin {number}", "field_of_work": SENNE.field_of_work, "address": SENNE.address,
            "contact": details(SENNE.representative, None), "representative": details(SENNE.representative, None),
            "deputy": details(SENNE.deputy, None), "will_to_cooperate": True,
        }  # fmt: skip
        application = stage.office.post(f"{stage.path}/applications", body)["application"]["id"]
        found.append(str(stage.office.post(f"{stage.path}/applications/{application}/announcement")["id"]))
    received = clock.now().isoformat()
    for ballot in found:
        for user in _users():
            receipt = {
                "member": stage.member(user),
                "kind": "letter",
                "received_at": received,
                "reason": "x",
            }
            stage.office.post(f"{stage.path}/ballots/{ballot}/receipts", receipt)
    return found


def _users() -> list[str]:
    return [one.representative.user for one in WORLD.members]


async def _measure(installation: Installation, stage: Stage, ballots: list[str]) -> list[Result]:
    home = f"/n/{stage.network}/ballots"
    voters = {user: _voter(installation, user, f"{home}/{ballots[0]}") for user in _users()}
    watcher = _voter(installation, STADT.deputy.user, f"{home}/{ballots[0]}")
    alone = [Vote(ballot, user) for ballot in ballots[BALLOTS:] for user in _users()]
    posts, gets = [], []
    for vote in alone:
        posts.append(await _timed(_cast(voters[vote.user], home, vote)))
        gets.append(await _timed(_seen(watcher, home, vote.ballot)))
    order = [Vote(ballot, user) for user in _users() for ballot in ballots[:BALLOTS]]
    seconds = await _live(voters, watcher, stage.network, order)
    for one in (*voters.values(), watcher):
        await one.http.aclose()
    p50, p99 = median(seconds) * 1000, quantiles(seconds, n=100)[98] * 1000
    parts = (median(posts) + median(gets)) * 1000
    detail: dict[str, float | str] = {
        "milliseconds_p50": p50, "milliseconds_p99": p99, "votes": float(len(seconds)), "votes_per_second": PER_SECOND,
        "milliseconds_post_alone": median(posts) * 1000, "milliseconds_get_alone": median(gets) * 1000,
    }  # fmt: skip
    return [
        Result(row=6, name="vote to visible tally, p99", goal=1.0, samples=[MILLISECONDS_ALLOWED / p99], detail=detail),
        Result(row=6, name="vote to visible tally / the parts alone", goal=0.5, samples=[parts / p50]),
    ]


def _voter(installation: Installation, user: str, page: str) -> Voter:
    with Visitor(installation) as visitor:
        visitor.sign_in(user)
        visitor.get(page)
        token = visitor.hidden()["_token"]
        http = httpx.AsyncClient(
            base_url=installation.portal, cookies=visitor.http.cookies, headers={"Accept-Language": "en"}, timeout=120
        )
        return Voter(http, token)


async def _live(voters: dict[str, Voter], watcher: Voter, network: str, order: list[Vote]) -> list[float]:
    """Seconds from the beginning of each vote's POST until it is seen."""
    home = f"/n/{network}/ballots"
    board = Board(len(order))
    waiting = {ballot: asyncio.Event() for ballot, _ in order}
    follow = asyncio.create_task(_follow(watcher, network, waiting))
    looks = [asyncio.create_task(_look(watcher, home, ballot, bell, board)) for ballot, bell in waiting.items()]
    await asyncio.sleep(1.0)  # the stream is open
    start, casts = time.perf_counter(), []
    for number, vote in enumerate(order):
        await asyncio.sleep(max(0.0, start + number / PER_SECOND - time.perf_counter()))
        board.begun[vote] = time.perf_counter()
        casts.append(asyncio.create_task(_cast(voters[vote.user], home, vote)))
    await asyncio.gather(*casts)
    with suppress(TimeoutError):
        async with asyncio.timeout(120):
            await board.complete.wait()
    for task in (follow, *looks):
        task.cancel()
    await asyncio.gather(follow, *looks, return_exceptions=True)
    if not board.complete.is_set():
        raise RuntimeError(f"{len(order) - len(board.seen)} of {len(order)} votes were never seen")
    return [board.seen[vote] - board.begun[vote] for vote in order]


async def _follow(watcher: Voter, network: str, waiting: dict[str, asyncio.Event]) -> None:
    """Rings where the stream says that a ballot has changed."""
    async with watcher.http.stream("GET", f"/live/{network}") as live:
        async for line in live.aiter_lines():
            _, found, ballot = line.partition("event: ballot.")
            if found and ballot in waiting:
                waiting[ballot].set()


async def _look(watcher: Voter, home: str, ballot: str, bell: asyncio.Event, board: Board) -> None:
    """As an open page: fetches its part at each event, and once more for those that came meanwhile. The votes of one
    ballot come in the order of the members."""
    users = cycle(_users())
    counted = 0
    while True:
        await bell.wait()
        bell.clear()
        count = await _seen(watcher, home, ballot)
        now = time.perf_counter()
        for _ in range(count - counted):
            vote = Vote(ballot, next(users))
            if vote in board.begun:
                board.see(vote, now)
        counted = count


async def _cast(voter: Voter, home: str, vote: Vote) -> None:
    form = {"_token": voter.token, "_key": f"{vote.ballot}{vote.user}"[-24:], "choice": "object"}
    answer = await voter.http.post(f"{home}/{vote.ballot}/vote", data=form, headers=FORM)
    if answer.status_code != 303:
        raise RuntimeError(f"a vote was answered with {answer.status_code}")


async def _seen(watcher: Voter, home: str, ballot: str) -> int:
    """How many votes the page shows."""
    answer = await watcher.http.get(f"{home}/{ballot}", headers={"HX-Request": "true"})
    return len(VOTED.findall(answer.text))


async def _timed(work: Awaitable[object]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


if __name__ == "__main__":
    for result in measure():
        sys.stdout.write(f"{result.name} {result.ratio:.3f} {result.detail}\n")
