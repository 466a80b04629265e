"""What the service can be told, and what it refuses to start with."""

import pytest
from msgspec import structs

from services.chassis.settings import SettingsError, load
from services.notifications.settings import NotificationsSettings, check
from tests.notifications.peers import KEY, settings

PREFIX = "FALLNETZ_NOTIFICATIONS_"
NEEDED = {f"{PREFIX}DATABASE_URL": "sqlite:////tmp/none.sqlite", f"{PREFIX}LINK_KEY": KEY}


def test_a_database_and_a_key_are_enough_to_start() -> None:
    found = load(NotificationsSettings, PREFIX, NEEDED)
    check(found)
    assert found.relay is None
    assert found.sandbox_relay is None


def test_a_misspelt_variable_stops_the_start_and_names_the_nearest() -> None:
    with pytest.raises(SettingsError, match="SMTP_HOST"):
        load(NotificationsSettings, PREFIX, NEEDED | {f"{PREFIX}SMTP_HOTS": "mail.example.org"})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"link_key": "short"}, "LINK_KEY"),
        ({"sender": "a@example.org\nBcc: b@example.org"}, "SENDER"),
        ({"envelope_domain": "exa mple"}, "ENVELOPE_DOMAIN"),
        ({"public_url": "https://portal.example.net/"}, "PUBLIC_URL"),
        ({"lease_seconds": 1.0}, "LEASE_SECONDS"),
        ({"smtp_username": "fallnetz"}, "SMTP_USERNAME"),
        ({"webhook_ca_file": "/nowhere/ca.pem"}, "WEBHOOK_CA_FILE"),
        ({"webhook_allowed_hosts": ("https://portal.example.org/",)}, "WEBHOOK_ALLOWED_HOSTS"),
    ],
)
def test_settings_that_cannot_work_are_refused_without_showing_them(change: dict[str, object], named: str) -> None:
    with pytest.raises(SettingsError, match=named) as caught:
        check(structs.replace(settings("sqlite://", "", 25), **change))
    assert KEY not in str(caught.value)
    assert "short" not in str(caught.value)


def test_secrets_do_not_show_where_settings_are_printed() -> None:
    given = settings("sqlite://", "", 25, smtp_security="tls", smtp_username="u", smtp_password="geheim")
    assert "geheim" not in f"{given!r} {given.relay!r}"
    assert KEY not in repr(given)
