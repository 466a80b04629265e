"""What procedures, tasks and states are called at the desk, and where each is worked on."""

from contracts.membership.leaving import ExclusionState
from contracts.membership.networks import Task
from contracts.notifications.notices import NoticeState
from contracts.texts import marked as _
from services.portal.showing import WORDS

WORDS.setdefault("channel", {}).update({"portal": _("Portal"), "email": _("E-mail")})
WORDS["importresult"] = {"added": _("Added"), "unchanged": _("Unchanged"), "refused": _("Refused")}
WORDS["foreseenresult"] = {"added": _("Will be added"), "unchanged": _("Stays as it is"), "refused": _("Refused")}
WORDS["heldresult"] = {"added": _("In order"), "unchanged": _("Stays as it is"), "refused": _("Refused")}
"""Of a register's line: after the import, before it, and before one that other lines hold up."""
WORDS["kindofprocedure"] = {
    "admission": _("Admission"),
    "exclusion": _("Exclusion"),
    "resignation": _("Resignation"),
}
WORDS["exclusionatdesk"] = {
    ExclusionState.REQUESTED: _("Asked for"),
    ExclusionState.ANNOUNCED: _("Put to the members"),
    ExclusionState.PASSED: _("Decided, message not received"),
    ExclusionState.IN_EFFECT: _("In effect"),
    ExclusionState.FAILED: _("Rejected by the members"),
    ExclusionState.MOOT: _("Fell away"),
    ExclusionState.WITHDRAWN: _("Withdrawn"),
}
WORDS["nextstep"] = {
    "confirm-address": _("Confirm the address"),
    "check": _("Check the application"),
    "answer-question": _("Answer the question"),
    "announce": _("Announce to the members"),
    "await-answers": _("Wait for the answers"),
    "welcome": _("Welcome the applicant"),
    "await-copy": _("Wait for the signed copy"),
    "await-receipt": _("Wait for the receipt of the message"),
    "none": _("Nothing"),
}
WORDS["waitsfor"] = {
    "office": _("Office"),
    "members": _("Members"),
    "applicant": _("Applicant"),
    "member-concerned": _("Member concerned"),
    "nobody": _("Nobody"),
}
WORDS["task"] = {
    "check-application": _("Check the application"),
    "announce-application": _("Announce the application"),
    "welcome-applicant": _("Welcome the applicant"),
    "record-countersignature": _("Record the signed copy when it comes"),
    "announce-exclusion": _("Announce the request for exclusion"),
    "receipt-missing": _("Receipt is missing"),
    "undeliverable": _("Could not be delivered"),
    "choose-office": _("The office is vacant: appoint a member"),
}
WORDS["noticestate"] = {
    NoticeState.CREATED: _("Waits to be sent"),
    NoticeState.HANDED_OVER: _("Handed over to the mail server"),
    NoticeState.ACCEPTED: _("Accepted by the recipient's server"),
    NoticeState.DELIVERED: _("Delivered"),
    NoticeState.OPENED: _("Opened in the portal"),
    NoticeState.CONFIRMED: _("Receipt confirmed"),
    NoticeState.BOUNCED: _("Came back"),
    NoticeState.FAILED: _("Given up"),
    NoticeState.POSTED: _("Posted as a letter"),
    NoticeState.CANCELLED: _("Cancelled", context="notice"),
}


def place_of(task: Task) -> str:
    """Where a task is done, behind `/desk`."""
    match task.kind:
        case "check-application" | "announce-application" | "welcome-applicant" | "record-countersignature":
            return f"/admissions/{task.about}"
        case "announce-exclusion":
            return f"/exclusions/{task.about}"
        case "receipt-missing" | "undeliverable" if task.about.startswith("exc_"):
            return f"/exclusions/{task.about}"
        case "receipt-missing" | "undeliverable":
            return f"/receipts/{task.about}/{task.member}"
        case "choose-office":
            return "/office"


def kind_of(task: Task) -> str:
    """The badge: what is stuck is worse than what waits."""
    if task.kind in ("undeliverable", "choose-office"):
        return "danger"
    return "warning" if task.kind == "receipt-missing" else "info"
