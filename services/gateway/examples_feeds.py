"""Examples for the changes feed, webhooks and a person's own settings."""

from datetime import UTC, datetime, time

import msgspec

from contracts.ids import DeliveryId, MemberId, NetworkId, WebhookId
from contracts.notifications import changes, settings, webhooks

WEBHOOK = WebhookId("whk_01kc6rm2a0d3f5g7h9j1k2m4pn")
DELIVERY = DeliveryId("dlv_01kc6rm7c0f4h6k8m1n3p5q7rs")
_CITY = MemberId("mem_01k9z0000000a1b2c3d4e5f6ge")
_AT = datetime(2026, 12, 11, 9, 0, tzinfo=UTC)

_preferences = settings.Preferences(
    kinds=[settings.Preference(kind=settings.Kind.RESULTS, email=False)], quiet_from=time(20), quiet_until=time(7)
)
_webhook = webhooks.WebhookView(
    id=WEBHOOK, member=_CITY, url="https://portal.example.org/fallnetz", types=["membership.ballot.opened.v1"],
    state="active", version=1, created_at=_AT,
)  # fmt: skip

REQUESTS: tuple[msgspec.Struct, ...] = (
    webhooks.NewWebhook(url="https://portal.example.org/fallnetz", types=["membership.ballot.opened.v1"]),
    webhooks.WebhookEdit(url="https://portal.example.org/fallnetz", active=False),
    _preferences,
)
ANSWERS: tuple[msgspec.Struct, ...] = (
    changes.Changes(
        changes=[
            changes.Change(
                id=41, type="membership.ballot.vote-cast.v1", at=_AT, about={"ballot": "bal_01kc6rj1m0f4q2v8w3x9y7z5ta"}
            )
        ],
        next=None,
        last=41,
    ),
    _webhook,
    webhooks.IssuedWebhook(webhook=_webhook, secret="whsec_c2hvd24tb25jZQ=="),  # noqa: S106 - an example
    webhooks.Delivery(
        id=DELIVERY, change=41, type="membership.ballot.vote-cast.v1", state="delivered", created_at=_AT,
        attempts=[webhooks.Attempt(at=_AT, status=204, milliseconds=38)],
    ),
    settings.PreferencesView(network=NetworkId("bielefeld"), version=2, preferences=_preferences),
    settings.Preview(
        recipients=[
            settings.PreviewRecipient(
                organisation="Stadt Bielefeld", member=_CITY, name="Mia Beispiel", role="representative", language="de",
                channels=["email"],
            )
        ],
        texts=[settings.PreviewText(language="en", subject="Application of Beispielverein e. V.", text="Dear …")],
        outside=True,
    ),
)  # fmt: skip
