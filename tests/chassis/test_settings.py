"""Settings: what a misspelt, missing or wrong variable says, and that no value is ever shown."""

from pathlib import Path

import pytest

from services.chassis.settings import ServiceSettings, SettingsError, load

PREFIX = "FALLNETZ_MEMBERSHIP_"
URL = {"FALLNETZ_MEMBERSHIP_DATABASE_URL": "sqlite:////x.sqlite"}


class Example(ServiceSettings, frozen=True, kw_only=True):
    window: int = 14
    secure: bool = True
    link_key: str = ""
    issuers: tuple[str, ...] = ()
    folder: Path | None = None


def refused(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        load(Example, PREFIX, environ)
    return str(caught.value)


def test_values_have_the_types_of_their_fields() -> None:
    found = load(
        Example,
        PREFIX,
        URL
        | {
            f"{PREFIX}WINDOW": "21",
            f"{PREFIX}SECURE": "false",
            f"{PREFIX}ISSUERS": "a, b",
            f"{PREFIX}FOLDER": "/srv",
        },
    )
    assert (found.window, found.secure, found.issuers, found.folder) == (21, False, ("a", "b"), Path("/srv"))


def test_a_text_that_looks_like_a_number_or_null_stays_a_text() -> None:
    assert load(Example, PREFIX, URL | {f"{PREFIX}LINK_KEY": "12"}).link_key == "12"
    assert load(Example, PREFIX, URL | {f"{PREFIX}NATS_PASSWORD": "null"}).nats_password == "null"


def test_a_misspelt_variable_stops_the_start_and_names_the_nearest() -> None:
    said = refused(URL | {f"{PREFIX}WINDWO": "21"})
    assert said == f"{PREFIX}WINDWO is no setting. Did you mean {PREFIX}WINDOW?"


def test_a_misspelt_common_variable_stops_the_start_too() -> None:
    assert "Did you mean FALLNETZ_NATS_URL?" in refused(URL | {"FALLNETZ_NAST_URL": "nats://x"})


def test_variables_of_other_services_are_left_alone() -> None:
    load(Example, PREFIX, URL | {"FALLNETZ_NOTIFICATIONS_SMTP_HOST": "x", "FALLNETZ_GATEWAY_PORT": "1", "PATH": "/"})


def test_a_missing_value_is_named_with_what_it_must_be() -> None:
    assert refused({}) == f"{PREFIX}DATABASE_URL is missing; it must be a text."


def test_a_wrong_value_is_named_but_not_shown() -> None:
    said = refused(URL | {f"{PREFIX}WINDOW": "s3cret", f"{PREFIX}SECURE": "s3cret"})
    assert said == f"{PREFIX}WINDOW must be a whole number.\n{PREFIX}SECURE must be true or false."


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load(Example, PREFIX, {f"{PREFIX}WINDOW": "x", f"{PREFIX}WINDWO": "1"})
    assert len(caught.value.problems) == 3


def test_the_service_s_own_variable_wins_over_the_common_one() -> None:
    both = URL | {"FALLNETZ_NATS_URL": "nats://all", f"{PREFIX}NATS_URL": "nats://own"}
    assert load(Example, PREFIX, both).nats_url == "nats://own"
    assert load(Example, PREFIX, URL | {"FALLNETZ_NATS_URL": "nats://all"}).nats_url == "nats://all"


def test_a_secret_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    found = load(Example, PREFIX, URL | {f"{PREFIX}LINK_KEY_FILE": str(tmp_path / "key")})
    assert found.link_key == "s3cret"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    said = refused(URL | {f"{PREFIX}LINK_KEY_FILE": str(tmp_path / "none")})
    assert said == f"{PREFIX}LINK_KEY_FILE names a file that cannot be read."


def test_a_value_and_a_file_together_are_refused(tmp_path: Path) -> None:
    said = refused(URL | {f"{PREFIX}LINK_KEY": "a", f"{PREFIX}LINK_KEY_FILE": "b"})
    assert "are both set; give one" in said


def test_settings_do_not_show_their_secrets() -> None:
    found = load(Example, PREFIX, URL | {f"{PREFIX}LINK_KEY": "s3cret"})
    assert "s3cret" not in f"{found!r} {found}"
