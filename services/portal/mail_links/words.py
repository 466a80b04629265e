"""What each purpose of a notice means to whoever opens its link."""

from contracts.notifications.words import Purpose
from contracts.texts import marked as _
from services.portal.showing import WORDS

BALLOT = frozenset({
    Purpose.ADMISSION_BALLOT, Purpose.EXCLUSION_BALLOT, Purpose.BALLOT_REMINDER, Purpose.RECEIPT_REMINDER,
})  # fmt: skip
"""Answered by whoever holds the link, after receipt was confirmed."""

APPLICATION = frozenset({
    Purpose.APPLICATION_RECEIVED, Purpose.APPLICATION_QUESTION, Purpose.APPLICATION_WELCOME,
    Purpose.APPLICATION_REMINDER, Purpose.APPLICATION_REJECTED, Purpose.APPLICATION_DECLINED,
    Purpose.APPLICATION_EXPIRED, Purpose.APPLICATION_CONFIRMATION,
})  # fmt: skip
NEEDS_NO_RECEIPT = APPLICATION - {Purpose.APPLICATION_CONFIRMATION}
"""Where a confirmation would set nothing going: the page is shown at once."""

ELSEWHERE = {
    Purpose.BALLOT_RESULT: "/ballots/{about}",
    Purpose.RESIGNATION: "/members",
    Purpose.DIRECTORY: "/members",
    Purpose.OFFICE_TASK: "/desk",
}
"""For information; the rest is read signed in, at this page of the network."""

WORDS["purpose"] = {
    Purpose.ADMISSION_BALLOT: _("Application for admission"),
    Purpose.EXCLUSION_BALLOT: _("Request for exclusion"),
    Purpose.BALLOT_REMINDER: _("Reminder of an answer"),
    Purpose.RECEIPT_REMINDER: _("Reminder of a notice"),
    Purpose.BALLOT_RESULT: _("Result", context="ballot"),
    Purpose.EXCLUSION_MESSAGE: _("Exclusion"),
    Purpose.RESIGNATION: _("Resignation"),
    Purpose.DIRECTORY: _("Directory of members"),
    Purpose.APPLICATION_RECEIVED: _("Application received"),
    Purpose.APPLICATION_QUESTION: _("Question about the application"),
    Purpose.APPLICATION_WELCOME: _("Welcome to the applicant"),
    Purpose.APPLICATION_REMINDER: _("Reminder of the signed copy"),
    Purpose.APPLICATION_REJECTED: _("Application rejected"),
    Purpose.APPLICATION_DECLINED: _("Application declined"),
    Purpose.APPLICATION_EXPIRED: _("Application expired"),
    Purpose.APPLICATION_CONFIRMATION: _("Confirmation of an application"),
    Purpose.INVITATION: _("Invitation"),
    Purpose.REDIRECT_CONFIRMATION: _("Confirmation of an address"),
    Purpose.OFFICE_TASK: _("Task of the office"),
}

WORDS["applicationstate"] = {
    "unconfirmed": _("Address not confirmed"),
    "received": _("Received", context="application"),
    "questioned": _("Question asked"),
    "announced": _("Put to the members"),
    "passed": _("Accepted by the members"),
    "welcomed": _("Waits for the signed copy"),
    "member": _("Member"),
    "rejected": _("Rejected by the members"),
    "declined": _("Declined by the office"),
    "withdrawn": _("Withdrawn"),
    "expired": _("Expired"),
}
