"""Sessions: begun at sign-in under a new secret, ended after a while, on request, or when the provider says so."""

import asyncio
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from services.chassis import clock, ids
from services.chassis.database import Database
from services.portal.sealing import Sealer, Unreadable, hashed
from services.portal.signing_in import tables
from services.portal.signing_in.oidc import Attempt, Client, SignInRefused, Tokens
from services.portal.signing_in.sessions import Person, Session

SEEN_EVERY = timedelta(minutes=1)
SIGN_IN_WITHIN = timedelta(minutes=15)
DRAFTS_KEPT = timedelta(days=14)
KNOWN_AFTERWARDS = timedelta(days=1)
"""After a session has ended by itself it is known whose it was, so that a draft goes to nobody else."""
REFRESH_BEFORE = timedelta(seconds=30)


class Saved(Struct, frozen=True):
    """A form's entries as they were sent."""

    entries: dict[str, list[str]]
    saved_at: datetime


class Sessions:
    """All sessions of this portal."""

    def __init__(self, database: Database, sealer: Sealer, *, idle: timedelta, life: timedelta) -> None:
        self._database = database
        self._sealer = sealer
        self._idle = idle
        self._life = life
        self._refreshing: dict[str, asyncio.Task[Tokens]] = {}

    # One's own

    async def find(self, secret: str, *, active: bool = True) -> Session | None:
        """The session behind a cookie, if it still lives. Being `active` prolongs it."""
        row = await self._database.read(tables.find, hashed(secret))
        now = clock.now()
        if row is None or row.ends_at <= now or row.seen_at + self._idle <= now:
            return None
        if active and now - row.seen_at > SEEN_EVERY:
            await self._database.write(tables.change, row.id, seen_at=now)
        try:
            return self._opened(row)
        except Unreadable:
            return None

    async def owner_behind(self, secret: str) -> str | None:
        """Whose session it was, also for a day after it has ended by itself."""
        row = await self._database.read(tables.find, hashed(secret))
        return None if row is None else row.person

    async def start(self, person: Person, tokens: Tokens, agent: str) -> tuple[str, Session]:
        """A new session under a new secret, which goes into the cookie and nowhere else."""
        now, secret = clock.now(), ids.secret(32)
        owner, *former = self._sealer.digests(person.issuer, person.subject)
        for before in former:  # a key was put in front since the person signed in last
            await self.hand_over_drafts(before, owner)
            await self._database.write(tables.hand_over_sessions, before, owner)
        found = Session(
            id=ids.new("ses"),
            digest_of_person=owner,
            agent=agent,
            started_at=now,
            seen_at=now,
            ends_at=now + self._life,
            tokens=tokens,
            person=person,
        )
        await self._database.write(tables.add, self._sealed(found), hashed(secret))
        return secret, found

    async def alive(self, session: str) -> bool:
        """Whether it still lives, for what stays open longer than a request."""
        row = await self._database.read(tables.by_id, session)
        now = clock.now()
        return row is not None and row.ends_at > now and row.seen_at + self._idle > now

    async def end(self, session: Session) -> None:
        await self._database.write(tables.end, session.id)

    async def know(self, session: Session, person: Person) -> Session:
        """Keeps what was learnt about the person."""
        sealed = self._sealer.seal(msgspec.json.encode(person), f"{session.id} person")
        await self._database.write(tables.change, session.id, standing=sealed)
        return msgspec.structs.replace(session, person=person)

    async def say(self, session: Session, note: str | None) -> None:
        """What the next page says once."""
        await self._database.write(tables.change, session.id, note=note)

    async def all_of(self, session: Session) -> list[Session]:
        """The person's sessions, the one seen last first."""
        rows = await self._database.read(tables.of_person, session.digest_of_person)
        now = clock.now()
        return [self._opened(row) for row in rows if row.ends_at > now and row.seen_at + self._idle > now]

    async def end_other(self, session: Session, other: str) -> bool:
        return await self._database.write(tables.end_of_person, session.digest_of_person, other)

    # Tokens

    async def fresh(self, session: Session, client: Client) -> Session:
        """With an access token that is good for a while. Several requests at once ask the provider once.

        Raises SignInRefused where the provider has ended the sign-in (the session then ends too), ProviderFailed.
        """
        if session.tokens.expires_at - REFRESH_BEFORE > clock.now():
            return session
        task = self._refreshing.get(session.id)
        if task is None:
            task = self._refreshing[session.id] = asyncio.create_task(self._refresh(session, client))
            task.add_done_callback(lambda _: self._refreshing.pop(session.id, None))
        return msgspec.structs.replace(session, tokens=await asyncio.shield(task))

    async def _refresh(self, session: Session, client: Client) -> Tokens:
        """Another request may have been faster since this one read the session, and a refresh token counts once."""
        row = await self._database.read(tables.by_id, session.id)
        if row is None:
            raise SignInRefused
        kept = self._opened(row).tokens
        if kept.expires_at - REFRESH_BEFORE > clock.now():
            return kept
        try:
            tokens = await client.refresh(kept, clock.now())
        except SignInRefused:
            await self.end(session)
            raise
        sealed = self._sealer.seal(msgspec.json.encode(tokens), f"{session.id} tokens")
        await self._database.write(tables.change, session.id, tokens=sealed)
        return tokens

    # Sign-ins under way

    async def begin(self, attempt: Attempt, visitor: str) -> str:
        """Gives the state that the provider hands back."""
        state = ids.secret()
        key = hashed(state)
        sealed = self._sealer.seal(msgspec.json.encode(attempt), key)
        await self._database.write(tables.begin, key, hashed(visitor), sealed, clock.now())
        return state

    async def take(self, state: str, visitor: str) -> Attempt | None:
        """Once, and only in the browser that began."""
        key = hashed(state)
        sealed = await self._database.write(tables.take, key, hashed(visitor), clock.now() - SIGN_IN_WITHIN)
        return None if sealed is None else msgspec.json.decode(self._sealer.open(sealed, key), type=Attempt)

    # Drafts

    async def keep_draft(self, owner: str, path: str, entries: dict[str, list[str]]) -> None:
        sealed = self._sealer.seal(msgspec.json.encode(entries), f"{owner} {path}")
        await self._database.write(tables.keep_draft, owner, path, sealed, clock.now())

    async def draft(self, owner: str, path: str) -> Saved | None:
        found = await self._database.read(tables.draft, owner, path)
        if found is None:
            return None
        try:
            entries = msgspec.json.decode(self._sealer.open(found[0], f"{owner} {path}"), type=dict[str, list[str]])
        except Unreadable:
            return None
        return Saved(entries, found[1])

    async def drop_draft(self, owner: str, path: str) -> None:
        await self._database.write(tables.drop_draft, owner, path)

    async def hand_over_drafts(self, before: str, owner: str) -> None:
        """What was written before sign-in belongs to whoever then signed in, in the same browser."""
        for path, sealed, saved_at in await self._database.read(tables.drafts_of, before):
            try:
                entries = self._sealer.open(sealed, f"{before} {path}")
            except Unreadable:
                continue
            again = self._sealer.seal(entries, f"{owner} {path}")
            await self._database.write(tables.keep_draft, owner, path, again, saved_at)
            await self._database.write(tables.drop_draft, before, path)

    async def sweep(self) -> None:
        """Erases what has ended."""
        now = clock.now()
        await self._database.write(
            tables.sweep,
            now=now,
            idle_since=now - self._idle,
            forget_before=now - KNOWN_AFTERWARDS,
            begun_before=now - SIGN_IN_WITHIN,
            saved_before=now - DRAFTS_KEPT,
        )

    def _sealed(self, session: Session) -> tables.SessionRow:
        return tables.SessionRow(
            id=session.id,
            person=session.digest_of_person,
            agent=session.agent,
            started_at=session.started_at,
            seen_at=session.seen_at,
            ends_at=session.ends_at,
            tokens=self._sealer.seal(msgspec.json.encode(session.tokens), f"{session.id} tokens"),
            standing=self._sealer.seal(msgspec.json.encode(session.person), f"{session.id} person"),
        )

    def _opened(self, row: tables.SessionRow) -> Session:
        tokens = self._sealer.open(row.tokens, f"{row.id} tokens")
        person = self._sealer.open(row.standing, f"{row.id} person")
        return Session(
            id=row.id,
            digest_of_person=row.person,
            agent=row.agent,
            started_at=row.started_at,
            seen_at=row.seen_at,
            ends_at=row.ends_at,
            tokens=msgspec.json.decode(tokens, type=Tokens),
            person=msgspec.json.decode(person, type=Person),
            note=row.note,
        )
