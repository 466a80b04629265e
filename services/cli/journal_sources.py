"""Where journals come from: the gateway, a service's database, a service's settings."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias, TypeVar

import httpx
import msgspec
from sqlalchemy.exc import SQLAlchemyError

from contracts.journal import JournalEntry
from contracts.membership.ballots import RecordExport
from contracts.membership.networks import JournalPart
from services.chassis import journal
from services.chassis.bus import Bus
from services.chassis.database import Database
from services.chassis.provisioning import provision_stream
from services.chassis.publishing import PublishError
from services.chassis.relay import replay
from services.chassis.settings import ServiceSettings, SettingsError, load
from services.cli.installation import topology
from services.cli.installation.state import State
from services.cli.printing import Unusable

Form = TypeVar("Form", JournalPart, RecordExport)
Parts: TypeAlias = Iterator[list[JournalEntry]]

LIMIT = 1_000
"""Entries asked for at once."""
BROKER_TIMEOUT = 10.0
"""Seconds."""


def from_gateway(url: str, token: str, network: str, ballot: str | None) -> Parts:
    """A network's journal, or one ballot's record, page by page. Raises Unusable naming the gateway's refusal."""
    address = f"{url.rstrip('/')}/api/v1/networks/{network}"
    with httpx.Client(timeout=30, headers={"Authorization": f"Bearer {token}"} if token else {}) as client:
        if ballot is not None:
            answer = _get(client, f"{address}/ballots/{ballot}/record", {})
            yield _decoded(answer, RecordExport).entries
            return
        after: int | None = 0
        while after is not None:
            part = _decoded(_get(client, f"{address}/journal", {"after": after, "limit": LIMIT}), JournalPart)
            yield part.entries
            after = part.next


def _get(client: httpx.Client, address: str, query: dict[str, int]) -> httpx.Response:
    try:
        answer = client.get(address, params=query)
    except httpx.HTTPError as problem:
        raise Unusable(f"The gateway does not answer ({type(problem).__name__}). Check --url.") from None
    if answer.status_code == 401:
        raise Unusable("The gateway wants a valid token: set FALLNETZ_CLI_TOKEN or --token-file.")
    if answer.status_code != 200:
        raise Unusable(f"The gateway answers {answer.status_code}: {_detail(answer)}")
    return answer


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, LookupError, TypeError):
        return "no reason given"


def _decoded(answer: httpx.Response, form: type[Form]) -> Form:
    try:
        return msgspec.json.decode(answer.content, type=form)
    except msgspec.DecodeError:
        raise Unusable("The answer is no journal. Is --url the address of a Fallnetz gateway?") from None


def from_database(url: str, network: str | None, record: str | None) -> Parts:
    """A database's journal, of one network or record where named. Raises Unusable where it cannot be read."""
    _refuse_missing_file(url)
    return _read(url, network, record)


def _read(url: str, network: str | None, record: str | None) -> Parts:
    with asyncio.Runner() as runner:
        database = _opened(url)
        try:
            after = 0
            while found := runner.run(database.read(journal.entries, record, network, after, LIMIT)):
                yield found
                after = found[-1].position
        except SQLAlchemyError as problem:
            raise Unusable(f"The database cannot be read ({type(problem).__name__}).") from None
        finally:
            runner.run(database.close())


def _opened(url: str) -> Database:
    try:
        return Database(url)
    except (SQLAlchemyError, ValueError) as problem:
        raise Unusable(f"This is no database url ({type(problem).__name__}). Write sqlite:////path/x.sqlite.") from None


def _refuse_missing_file(url: str) -> None:
    path = url.removeprefix("sqlite:///")
    if path != url and not Path(path).is_file():
        raise Unusable(f"There is no database {path}.")


def settings_of(service: str, directory: Path) -> ServiceSettings:
    """A service's settings from the environment or, where its database is not named there, from a state directory."""
    prefix = f"FALLNETZ_{service.upper()}_"
    environment = dict(os.environ)
    if not {f"{prefix}DATABASE_URL", f"{prefix}DATABASE_URL_FILE"} & environment.keys():
        state = State(directory)
        if not state.exists:
            raise Unusable(
                f"{prefix}DATABASE_URL is not set and {directory} is no state directory; name one with --state."
            )
        environment |= getattr(topology, service)(state).environment
    known = {f"{place}{field}{end}" for place in (prefix, "FALLNETZ_") for field in _FIELDS for end in ("", "_FILE")}
    try:
        return load(ServiceSettings, prefix, {key: value for key, value in environment.items() if key in known})
    except SettingsError as wrong:
        raise Unusable(str(wrong)) from None


_FIELDS = [field.name.upper() for field in msgspec.structs.fields(ServiceSettings)]


async def refill(service: str, settings: ServiceSettings) -> int:
    """Publishes a service's public facts from the beginning; gives their number."""
    database = Database(settings.database_url)
    bus = Bus(
        settings.nats_url,
        name=service,
        organisation=settings.organisation,
        user=settings.nats_user,
        password=settings.nats_password,
    )
    try:
        await asyncio.wait_for(bus.connect(), BROKER_TIMEOUT)
        await provision_stream(bus.nats)
        return await replay(database, bus, service, settings.organisation)
    except TimeoutError:
        raise Unusable(f"The broker {settings.nats_url} does not answer.") from None
    except PublishError as problem:
        raise Unusable(f"The broker did not take the facts: {problem}") from None
    finally:
        await bus.close()
        await database.close()
