"""The words that several of notifications' features share."""

from enum import StrEnum

SERVICE = "notifications"


class Purpose(StrEnum):
    """What a notice is for. It says which text is sent and what its receipt sets going."""

    ADMISSION_BALLOT = "admission-ballot"
    EXCLUSION_BALLOT = "exclusion-ballot"
    BALLOT_REMINDER = "ballot-reminder"
    RECEIPT_REMINDER = "receipt-reminder"
    BALLOT_RESULT = "ballot-result"
    EXCLUSION_MESSAGE = "exclusion-message"
    """L2: its receipt ends the membership."""
    RESIGNATION = "resignation"
    DIRECTORY = "directory"
    APPLICATION_RECEIVED = "application-received"
    APPLICATION_QUESTION = "application-question"
    APPLICATION_WELCOME = "application-welcome"
    APPLICATION_REMINDER = "application-reminder"
    APPLICATION_REJECTED = "application-rejected"
    APPLICATION_DECLINED = "application-declined"
    APPLICATION_EXPIRED = "application-expired"
    APPLICATION_CONFIRMATION = "application-confirmation"
    """A1: whoever applied from outside confirms its address; only then is the application received."""
    INVITATION = "invitation"
    """O3: ties the sign-in of the person named to its function."""
    REDIRECT_CONFIRMATION = "redirect-confirmation"
    """N2: another address for legal notices is used only when it was confirmed."""
    OFFICE_TASK = "office-task"
    """To the office: a new application, a bounce, a member without receipt."""
