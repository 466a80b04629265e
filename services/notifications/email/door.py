"""Where delivery reports arrive: a small SMTP server for the return path's domain.

Only addresses with our own signature are taken; everything else is refused at RCPT, so that nothing bounces further.
A report is acknowledged after its evidence is stored. Somebody who has seen a message's return path can send a report
about this one message, and about no other.
"""

import asyncio

from aiosmtpd.smtp import SMTP, Envelope, Session

from contracts.ids import NoticeId
from contracts.notifications.notices import NoticeState
from contracts.request import Refused
from services.chassis import clock, telemetry
from services.chassis.database import Database, Transaction
from services.notifications.email import reports
from services.notifications.links import rules as links
from services.notifications.notices import handlers
from services.notifications.notices.rules_life import Step
from services.notifications.settings import NotificationsSettings

_LONGEST = 1_000_000
_STATES = {"failed": NoticeState.BOUNCED, "delivered": NoticeState.DELIVERED}
"""Other reports (delayed, relayed, expanded) say that the message is under way: that is `accepted` at most."""


class ReturnDoor:
    def __init__(self, database: Database, settings: NotificationsSettings) -> None:
        self._database = database
        self._settings = settings
        self._keys = links.keys(settings.link_key)

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._protocol, self._settings.bounce_host, self._settings.bounce_port)
        async with server:
            await server.serve_forever()

    def _protocol(self) -> SMTP:
        return SMTP(
            self,
            data_size_limit=_LONGEST,
            hostname=self._settings.envelope_domain,
            ident="Fallnetz",
            loop=asyncio.get_running_loop(),
        )

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        local, _, domain = address.rpartition("@")
        ours = domain.lower() == self._settings.envelope_domain.lower()
        if not ours or links.read_return_path(local, self._keys) is None:
            return "550 5.1.1 no such address here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        report = reports.read(content) if isinstance(content, bytes) else None
        if report is None:
            return "250 2.0.0 nothing to note"  # an answer of a person or of a machine: no evidence of anything
        for address in envelope.rcpt_tos:
            named = links.read_return_path(address.rpartition("@")[0], self._keys)
            if named is None or report.envelope not in (None, f"{named[0]}.{named[1]}"):
                continue  # speaks of another message than the one that it was sent back for
            try:
                await self._database.write(note, named[0], named[1], report)
            except Refused as refusal:
                telemetry.log("report-not-stored", "warning", slug=refusal.slug)
                return "451 4.3.0 try again later"
        return "250 2.0.0 noted"


def note(tx: Transaction, notice_id: NoticeId, sending: int, report: reports.Report) -> None:
    """Stores what a report says. Repeatable; late reports on an earlier sending change no state."""
    notice = handlers.find(tx, notice_id, lock=True)
    if notice is None:
        return
    state = _STATES.get(report.action, NoticeState.ACCEPTED)
    at = clock.moment(tx, notice.network, clock.now())
    handlers.take_step(tx, notice, Step(state=state, sending=sending, at=at, evidence=report.evidence))
