"""The development identity provider: canaille with one person for each role. `python -m services.cli.identity --help`.

For development, demo and tests only, on the loopback interface: everybody has the installation's one password, kept in
memory, and the password grant is on so that tests need no browser. The signing key stays in the state directory, so
that tokens outlive a restart. The provider is imported where it is used: it is slow to load.
"""

import argparse
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from services.cli.examples import Person, example
from services.cli.installation.state import State

if TYPE_CHECKING:
    from flask import Flask

CLIENT = "fallnetz-command-line"
"""Public client: authorization code with PKCE, and the password grant for demo and tests."""
PORTAL_CLIENT = "fallnetz-portal"
"""Confidential client: authorization code with PKCE, refresh tokens, sign-out."""
AUDIENCE = "fallnetz-gateway"
REDIRECTS = ("http://127.0.0.1", "http://localhost")
SCOPES = ["openid", "profile", "email"]


def configuration(state: State, issuer: str) -> dict[str, Any]:
    """Canaille's settings."""
    return {
        "SECRET_KEY": state.secrets.session_key,
        "SERVER_NAME": issuer.removeprefix("http://"),
        "PREFERRED_URL_SCHEME": "http",
        "SESSION_COOKIE_SECURE": False,
        "CANAILLE": {
            "NAME": "Fallnetz – Anmeldung für Entwicklung und Demo",
            "DATABASE": "memory",
            "LANGUAGE": "de",
            "TIMEZONE": "Europe/Berlin",
            "ENABLE_PASSWORD_RECOVERY": False,
            "CAPTCHA_ENABLED": False,
            "ACL": {"DEFAULT": {"PERMISSIONS": ["use_oidc"]}},
        },
        "CANAILLE_OIDC": {"ACTIVE_JWKS": [signing_key(state)], "REQUIRE_NONCE": False},
    }


def signing_key(state: State) -> dict[str, Any]:
    """The RSA key of this installation; made at the first start, readable only by the owner."""
    file = state.directory / "identity-key.json"
    if not file.exists():
        from joserfc.jwk import RSAKey

        key = RSAKey.generate_key(2048, auto_kid=True)
        with os.fdopen(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as out:
            json.dump(key.as_dict(private=True), out)
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def application(
    state: State, issuer: str, redirects: tuple[str, ...] = REDIRECTS, portal: str = REDIRECTS[0]
) -> "Flask":
    """The provider as a WSGI application with its people and clients."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # plain HTTP on the loopback interface
    from canaille import create_app

    app: Flask = create_app(config=configuration(state, issuer), env_file=None, env_prefix="FALLNETZ_CANAILLE_")
    with app.app_context():
        match_every_filter()
        resource = seed_clients(redirects)
        seed_portal(resource, portal, state.secrets.portal_client)
        for person in example().people:
            seed_person(person, state.secrets.password)
    return app


def match_every_filter() -> None:
    """Mends canaille 0.3's store in memory, which gives what matches any filter of a query instead of all of them: a
    code that nobody had redeemed stood in the way of everybody's sign-in."""
    from canaille.backends import Backend

    backend: Any = Backend.instance
    any_of = backend.do_query

    def all_of(model: Any, *rest: Any, **filters: Any) -> list[Any]:
        found = [any_of(model, *rest, **{name: value}) for name, value in filters.items()]
        if len(found) < 2:
            return found[0] if found else list(any_of(model, *rest))
        common = set.intersection(*({one.id for one in matching} for matching in found))
        return [one for one in found[0] if one.id in common]

    backend.do_query = all_of


def seed_clients(redirects: tuple[str, ...]) -> Any:
    """Gives the gateway, the audience of all access tokens."""
    from canaille.app import models
    from canaille.backends import Backend

    resource = models.Client(client_id=AUDIENCE, client_name="Fallnetz API", client_uri=REDIRECTS[0])
    Backend.instance.save(resource)
    command_line = models.Client(
        client_id=CLIENT,
        client_name="Fallnetz command line",
        client_uri=REDIRECTS[0],  # a trusted domain: no consent page
        client_id_issued_at=datetime(2026, 1, 1, tzinfo=UTC),
        redirect_uris=[*redirects],
        post_logout_redirect_uris=[*redirects],
        grant_types=["authorization_code", "refresh_token", "password"],
        response_types=["code"],
        scope=SCOPES,
        token_endpoint_auth_method="none",  # noqa: S106 - a public client has no secret
        id_token_signed_response_alg="RS256",  # noqa: S106 - an algorithm
    )
    command_line.audience = [resource]
    Backend.instance.save(command_line)
    return resource


def seed_portal(resource: Any, portal: str, secret: str) -> None:
    from canaille.app import models
    from canaille.backends import Backend

    client = models.Client(
        client_id=PORTAL_CLIENT,
        client_name="Fallnetz",
        client_uri=REDIRECTS[0],
        client_secret=secret,
        client_id_issued_at=datetime(2026, 1, 1, tzinfo=UTC),
        redirect_uris=[f"{portal}/sign-in/callback"],
        post_logout_redirect_uris=[f"{portal}/signed-out"],
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
        scope=SCOPES,
        token_endpoint_auth_method="client_secret_basic",  # noqa: S106 - a method
        id_token_signed_response_alg="RS256",  # noqa: S106 - an algorithm
    )
    Backend.instance.save(client)
    client.audience = [resource, client]  # canaille says the same audience in ID tokens and access tokens
    Backend.instance.save(client)


def seed_person(person: Person, password: str) -> None:
    from canaille.app import models
    from canaille.backends import Backend

    given, _, family = person.name.rpartition(" ")
    user = models.User(
        user_name=person.user,
        formatted_name=person.name,
        given_name=given,
        family_name=family,
        emails=[person.email],
        preferred_language=person.language,
        password=password,
    )
    Backend.instance.save(user)


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """No access log: query strings carry codes."""

    def address_string(self) -> str:
        return str(self.client_address[0])


def main() -> None:
    parser = argparse.ArgumentParser(description="The development identity provider.")
    parser.add_argument("--state", type=Path, required=True, help="state directory of the installation")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--redirect", action="append", default=[], help="address that a client may send people back to")
    parser.add_argument("--portal", default=REDIRECTS[0], help="address of the portal")
    arguments = parser.parse_args()
    issuer = f"http://127.0.0.1:{arguments.port}"
    app = application(State(arguments.state), issuer, (*REDIRECTS, *arguments.redirect), arguments.portal)
    server = Server(("127.0.0.1", arguments.port), Quiet)
    server.set_app(app)
    server.serve_forever()


if __name__ == "__main__":
    main()
