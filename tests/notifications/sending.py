"""What tests of sending share."""

from email.message import EmailMessage

from contracts.notifications.notices import NoticeState, NoticeStep
from contracts.notifications.words import Purpose
from services.chassis.database import Database
from services.notifications.email.worker import Sender
from services.notifications.notices import tables
from services.notifications.notices.rules_life import Stored
from tests.notifications.test_handlers import notices


async def send(sender: Sender, database: Database, *, rounds: int = 50) -> None:
    """Rounds until nothing is due any more; retries come at once in these tests."""
    for _ in range(rounds):
        if not await sender.round():
            return
    raise AssertionError("it never came to rest")


async def only(database: Database, purpose: Purpose = Purpose.ADMISSION_BALLOT) -> Stored:
    [notice] = await notices(database, purpose)
    return notice


async def steps(database: Database, notice: Stored) -> list[NoticeStep]:
    return await database.read(tables.steps_of, notice.id)


async def states(database: Database, notice: Stored) -> list[NoticeState]:
    return [step.state for step in await steps(database, notice)]


def text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
