"""Mail that people ask for is not sent twice in a row, so that nobody's mailbox is filled."""

from datetime import datetime, timedelta

PAUSE = timedelta(minutes=10)
"""Between two such mails, by real time: mail is sent in it, whatever a sandbox's test clock says."""
_MINUTE = timedelta(minutes=1)


def wait(sent_at: datetime | None, asked_at: datetime) -> timedelta:
    """How long until the next one may be sent, in whole minutes, rounded up; zero: now. Both moments are real time."""
    if sent_at is None:
        return timedelta()
    left = min(sent_at + PAUSE - asked_at, PAUSE)
    return max(-(-left // _MINUTE), 0) * _MINUTE
