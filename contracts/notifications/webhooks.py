"""Webhooks (G5): changes sent to a partner's own address, by the Standard Webhooks specification."""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

from contracts.ids import DeliveryId, MemberId, WebhookId
from contracts.notifications.words import SERVICE
from contracts.request import Body, Done, InNetwork, Method, Page, Paging


class NewWebhook(Body, frozen=True, kw_only=True):
    url: str
    """https, no user or password in it, a public address."""
    types: list[str] = []
    """Types of changes; empty: all."""


class AddWebhook(InNetwork, frozen=True, kw_only=True):
    """By a representative, a deputy or a key with `webhooks:write`, for their member."""

    body: NewWebhook


class WebhookView(Struct, frozen=True, kw_only=True):
    id: WebhookId
    member: MemberId
    url: str
    types: list[str]
    state: Literal["active", "paused", "failing"]
    """`failing`: given up after five days without success; resumes on request."""
    version: int
    created_at: datetime
    last_success_at: datetime | None = None
    old_secret_until: datetime | None = None
    """While it lasts, messages carry two signatures."""


class IssuedWebhook(Struct, frozen=True, kw_only=True):
    webhook: WebhookView
    secret: str
    """`whsec_…` (Standard Webhooks); shown once."""


class ListWebhooks(InNetwork, frozen=True, kw_only=True):
    paging: Paging = Paging()


class GetWebhook(InNetwork, frozen=True, kw_only=True):
    webhook: WebhookId


class WebhookEdit(NewWebhook, frozen=True, kw_only=True):
    active: bool = True


class EditWebhook(InNetwork, frozen=True, kw_only=True):
    webhook: WebhookId
    version: int
    body: WebhookEdit


class RemoveWebhook(InNetwork, frozen=True, kw_only=True):
    webhook: WebhookId
    version: int


class RotateSecret(InNetwork, frozen=True, kw_only=True):
    """The old secret goes on signing beside the new one for 24 hours."""

    webhook: WebhookId


class TestWebhook(InNetwork, frozen=True, kw_only=True):
    """Sends `notifications.webhook.test.v1`."""

    __test__: ClassVar[bool] = False  # pytest would take the name for a test class

    webhook: WebhookId


class Attempt(Struct, frozen=True, kw_only=True):
    at: datetime
    status: int | None
    """The answer's; None: no answer."""
    failure: str | None = None
    """`timeout`, `refused`, `address-not-public`, `redirect`, `tls`, `too-large`, `sandbox`."""
    milliseconds: int = 0


class Delivery(Struct, frozen=True, kw_only=True):
    id: DeliveryId
    """The `webhook-id` header: the same on every attempt."""
    change: int | None
    """None: a test."""
    type: str
    state: Literal["waiting", "delivered", "failed"]
    created_at: datetime
    next_at: datetime | None = None
    attempts: list[Attempt] = []


class ListDeliveries(InNetwork, frozen=True, kw_only=True):
    """Newest first."""

    webhook: WebhookId
    state: Literal["waiting", "delivered", "failed"] | None = None
    paging: Paging = Paging()


class Redeliver(InNetwork, frozen=True, kw_only=True):
    webhook: WebhookId
    delivery: DeliveryId


ADD_WEBHOOK = Method(SERVICE, "add-webhook", AddWebhook, IssuedWebhook, writes=True, shown_once=True)
LIST_WEBHOOKS = Method(SERVICE, "list-webhooks", ListWebhooks, Page[WebhookView], writes=False)
GET_WEBHOOK = Method(SERVICE, "get-webhook", GetWebhook, WebhookView, writes=False)
EDIT_WEBHOOK = Method(SERVICE, "edit-webhook", EditWebhook, WebhookView, writes=True)
REMOVE_WEBHOOK = Method(SERVICE, "remove-webhook", RemoveWebhook, Done, writes=True)
ROTATE_SECRET = Method(SERVICE, "rotate-secret", RotateSecret, IssuedWebhook, writes=True, shown_once=True)
TEST_WEBHOOK = Method(SERVICE, "test-webhook", TestWebhook, Delivery, writes=True)
LIST_DELIVERIES = Method(SERVICE, "list-deliveries", ListDeliveries, Page[Delivery], writes=False)
REDELIVER = Method(SERVICE, "redeliver", Redeliver, Delivery, writes=True)
