"""Addresses that notifications answers: notices, the changes feed, webhooks, a person's own settings."""

from contracts.membership.access import Scope
from contracts.notifications import changes, letters, settings, webhooks
from contracts.notifications import notices as n
from services.gateway.route import NETWORK, Created, Route, by_issued_webhook

WEBHOOK = f"{NETWORK}/webhooks/{{webhook}}"

ROUTES: tuple[Route, ...] = (
    Route("GET", f"{NETWORK}/notices", n.LIST_NOTICES, "Notices", "List notices", scope=Scope.NOTICES),
    Route(
        "GET", f"{NETWORK}/notices/{{notice}}", n.GET_NOTICE, "Notices",
        "Show a notice and its steps", scope=Scope.NOTICES,
    ),
    Route(
        "GET", f"{NETWORK}/mailings", n.LIST_MAILINGS, "Notices",
        "List what went to all members, with its progress (P7)", scope=Scope.NOTICES,
    ),
    Route("POST", f"{NETWORK}/notices/{{notice}}/resend", n.RESEND_NOTICE, "Notices", "Send it again (N9)"),
    Route(
        "GET", f"{NETWORK}/notices/{{notice}}/letter", letters.GET_LETTER, "Notices",
        "Show it as a letter to print (N2)",
    ),
    Route(
        "POST", f"{NETWORK}/notices/{{notice}}/posting", letters.RECORD_POSTING, "Notices",
        "Record that its letter was posted; no receipt (T2)",
    ),
    Route(
        "POST", f"{NETWORK}/notices/{{notice}}/opening", n.OPEN_NOTICE, "Notices",
        "Open a notice as its recipient: evidence of receipt (T3)",
    ),
    Route(
        "GET", f"{NETWORK}/changes", changes.LIST_CHANGES, "Changes", "What became true, in order (G4)",
        scope=Scope.CHANGES,
    ),
    Route(
        "GET", f"{NETWORK}/changes/stream", changes.LIST_CHANGES, "Changes",
        "The same as a stream of server-sent events, with Last-Event-ID", scope=Scope.CHANGES, stream=True,
    ),
    Route("GET", f"{NETWORK}/webhooks", webhooks.LIST_WEBHOOKS, "Webhooks", "List webhooks", scope=Scope.WEBHOOKS),
    Route(
        "POST", f"{NETWORK}/webhooks", webhooks.ADD_WEBHOOK, "Webhooks", "Add a webhook; its secret is shown once",
        created=Created(f"{NETWORK}/webhooks/{{id}}", by_issued_webhook), scope=Scope.WEBHOOKS,
    ),
    Route("GET", WEBHOOK, webhooks.GET_WEBHOOK, "Webhooks", "Show a webhook", scope=Scope.WEBHOOKS),
    Route("PUT", WEBHOOK, webhooks.EDIT_WEBHOOK, "Webhooks", "Change, pause or resume", scope=Scope.WEBHOOKS),
    Route("DELETE", WEBHOOK, webhooks.REMOVE_WEBHOOK, "Webhooks", "Remove a webhook", scope=Scope.WEBHOOKS),
    Route(
        "POST", f"{WEBHOOK}/secret", webhooks.ROTATE_SECRET, "Webhooks",
        "Make a new secret; the old one signs beside it for 24 hours", scope=Scope.WEBHOOKS,
    ),
    Route("POST", f"{WEBHOOK}/test", webhooks.TEST_WEBHOOK, "Webhooks", "Send a test event", scope=Scope.WEBHOOKS),
    Route(
        "GET", f"{WEBHOOK}/deliveries", webhooks.LIST_DELIVERIES, "Webhooks", "List deliveries with their attempts",
        scope=Scope.WEBHOOKS,
    ),
    Route(
        "POST", f"{WEBHOOK}/deliveries/{{delivery}}/redelivery", webhooks.REDELIVER, "Webhooks", "Deliver again",
        scope=Scope.WEBHOOKS,
    ),
    Route("GET", f"{NETWORK}/preferences", settings.GET_PREFERENCES, "Settings", "Show one's own settings (N2)"),
    Route("PUT", f"{NETWORK}/preferences", settings.SET_PREFERENCES, "Settings", "Change one's own settings"),
    Route(
        "GET", f"{NETWORK}/previews", settings.PREVIEW_NOTICES, "Notices",
        "Show what would be sent to whom; nothing is sent (P7)",
    ),
)  # fmt: skip
