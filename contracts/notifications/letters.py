"""Letters (N2): what did not arrive by mail, as the office prints and posts it."""

from datetime import datetime

from msgspec import Struct

from contracts.ids import NoticeId
from contracts.notifications.notices import Notice
from contracts.notifications.words import SERVICE
from contracts.request import Body, InNetwork, Method


class Letter(Struct, frozen=True, kw_only=True):
    """The notice's text for paper. The postal address stands in the directory."""

    notice: Notice
    organisation: str
    name: str
    """Of the person to whom it goes."""
    language: str
    subject: str
    text: str
    """Plain, with line breaks; without a link."""
    network_name: str
    office_name: str | None
    """Who sends it; None while the office is vacant."""


class GetLetter(InNetwork, frozen=True, kw_only=True):
    """For the office, of a notice that bounced, was given up, or was posted, and whose receipt sets something going."""

    notice: NoticeId


class Posting(Body, frozen=True, kw_only=True):
    posted_at: datetime


class RecordPosting(InNetwork, frozen=True, kw_only=True):
    """The office has posted the letter. That is no receipt: it is recorded when it is known (T2)."""

    notice: NoticeId
    body: Posting


GET_LETTER = Method(SERVICE, "get-letter", GetLetter, Letter, writes=False)
RECORD_POSTING = Method(SERVICE, "record-posting", RecordPosting, Notice, writes=True)
