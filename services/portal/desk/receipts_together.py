"""Whom open ballots have not reached (T2), in pages; one evidence is recorded for as many of them as were checked.

Each receipt is a command of its own, which starts one member's window: what can't be recorded holds up no other, and
the page that follows says of each whether it was recorded. Sent twice, each counts once.
"""

import hashlib
from itertools import groupby

from litestar import Response
from msgspec import Struct

from contracts.membership.ballots import BallotView
from contracts.membership.desk import MissingReceipt
from contracts.request import Page
from contracts.texts import marked as _
from services.portal.api import Away, Missing, Rejected, SignInNeeded, TooMany
from services.portal.desk.receipts import RECORDABLE, Evidence, evidence
from services.portal.forms import Form, FormRefused
from services.portal.routing import action, page
from services.portal.visit import Visit

_DESK = "/n/{network:str}/desk/receipts"
PER_PAGE = 25
MOST = 100


class Chosen(Struct, frozen=True, kw_only=True):
    """One line of the list that was checked; `sentence` afterwards why it was not recorded."""

    ballot: str
    member: str
    subject_name: str = ""
    member_name: str = ""
    recorded: bool = False
    sentence: str = ""

    @property
    def value(self) -> str:
        return f"{self.ballot}/{self.member}"


@page(_DESK)
async def list_missing(
    visit: Visit,
    network: str,
    cursor: str | None = None,
    ballot: str | None = None,
    all: bool = False,  # noqa: A002 - the address says so
) -> Response[bytes]:
    """`all`: every line of the page is checked, also without script."""
    return await _list(visit, network, cursor, ballot, all_checked=all)


async def _list(
    visit: Visit, network: str, cursor: str | None, ballot: str | None, *, all_checked: bool = False,
    form: Form | None = None, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    if not (visit.office or visit.operator):
        raise Missing
    found = await visit.api.get(
        Page[MissingReceipt], f"/networks/{network}/missing-receipts", cursor=cursor, ballot=ballot, limit=PER_PAGE
    )
    grouped = [(key, list(group)) for key, group in groupby(found.items, key=lambda one: one.ballot)]
    return visit.page(
        "desk/receipts.html", status=status, found=found, grouped=grouped, all_checked=all_checked, kinds=RECORDABLE,
        form=form or Form(), ballot=ballot,
    )  # fmt: skip


@action(_DESK)
async def record(visit: Visit, network: str, cursor: str | None = None, ballot: str | None = None) -> Response[bytes]:
    """First the check, then the records."""
    if not (visit.office or visit.operator):
        raise Missing
    form = visit.form
    chosen = _chosen(form)
    try:
        shown_by = evidence(form, visit.zone, _wrong(chosen))
    except FormRefused as wrong:
        return await _list(visit, network, cursor, ballot, form=form.with_errors(wrong), status=422)
    named = await _named(visit, network, chosen)
    if form.get("sure") != "yes":
        return visit.page("desk/receipts_check.html", chosen=named, body=shown_by, form=form)
    results = await _record(visit, network, named, shown_by)
    status = 200 if any(one.recorded for one in results) else 409
    return visit.page("desk/receipts_result.html", status=status, results=results, body=shown_by, form=form)


def _chosen(form: Form) -> list[Chosen]:
    """Every line that was checked, once."""
    pairs = (value.partition("/") for value in dict.fromkeys(form.all("chosen")))
    return [Chosen(ballot=ballot, member=member) for ballot, slash, member in pairs if ballot and slash and member]


def _wrong(chosen: list[Chosen]) -> dict[str, str]:
    if not chosen:
        return {"chosen": _("Check the members whose receipt you record.")}
    if len(chosen) > MOST:
        return {"chosen": _("Record at most 100 receipts together.")}
    return {}


async def _named(visit: Visit, network: str, chosen: list[Chosen]) -> list[Chosen]:
    """With the names, from each ballot once. Raises Missing for what is no elector of a ballot here."""
    ballots = {
        ballot: await visit.api.get(BallotView, f"/networks/{network}/ballots/{ballot}")
        for ballot in dict.fromkeys(one.ballot for one in chosen)
    }
    names = {
        (ballot.id, elector.member): elector.member_name for ballot in ballots.values() for elector in ballot.electors
    }
    if any((one.ballot, one.member) not in names for one in chosen):
        raise Missing
    return [
        Chosen(
            ballot=one.ballot, member=one.member, subject_name=ballots[one.ballot].subject_name,
            member_name=names[one.ballot, one.member],  # type: ignore[index]
        )
        for one in chosen
    ]  # fmt: skip


async def _record(visit: Visit, network: str, chosen: list[Chosen], shown_by: Evidence) -> list[Chosen]:
    """One after the other. Where the API answers no more, the rest is not tried. Raises SignInNeeded, where nothing was
    recorded yet."""
    results: list[Chosen] = []
    stopped = ""
    for one in chosen:
        sentence = stopped
        if not stopped:
            try:
                path = f"/networks/{network}/ballots/{one.ballot}/receipts"
                await visit.api.post(BallotView, path, shown_by.of(one.member), key=_key(visit.form, one))
            except (Away, SignInNeeded, TooMany) as refused:
                if isinstance(refused, SignInNeeded) and not results:
                    raise
                stopped = visit.house.say(visit.locale, _("Not tried: the step before got no answer. Try it again."))
                sentence = refused.sentence or stopped
            except Rejected as refused:
                sentence = refused.sentence
        results.append(_with(one, sentence))
    return results


def _with(one: Chosen, sentence: str) -> Chosen:
    return Chosen(
        ballot=one.ballot, member=one.member, subject_name=one.subject_name, member_name=one.member_name,
        recorded=not sentence, sentence=sentence,
    )  # fmt: skip


def _key(form: Form, one: Chosen) -> str | None:
    """A double click records each once; other evidence from the same page is another command."""
    if form.key is None:
        return None
    entries = sorted((name, values) for name, values in form.entries.items() if name not in ("chosen", "sure"))
    return hashlib.sha256(f"{form.key} {one.value} {entries}".encode()).hexdigest()[:32]


PAGES = (list_missing, record)
