"""An OpenID Connect provider as a server of its own: authorization code with PKCE, refresh tokens that count once.

Unlike the development's (canaille) a test can shorten its tokens' life, hold its answers back and let it refuse.
"""

import base64
import hashlib
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from services.chassis import ids
from services.cli.identity import AUDIENCE
from tests.gateway.issuer import Issuer

CLIENT, SECRET = "portal", "a-secret-of-the-tests"


class Provider:
    """Signs in `user`, whoever asks; nobody types a password."""

    def __init__(self, user: str = "nobody") -> None:
        self.user = user
        self.life = timedelta(hours=1)
        """Of the access tokens that it gives."""
        self.refuses = False
        """True: what it granted is worth nothing any more."""
        self.away = False
        """True: it answers 503 to whoever refreshes."""
        self.refreshes = 0
        self.may_answer = threading.Event()
        """Cleared: whoever refreshes waits."""
        self.may_answer.set()
        self._codes: dict[str, dict[str, str]] = {}
        self._refresh: dict[str, str] = {}
        self._issuer = Issuer()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = self._issuer.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.keys = self._issuer.jwks_url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.may_answer.set()
        self._server.shutdown()
        self._server.server_close()
        self._issuer.stop()

    @property
    def for_gateway(self) -> str:
        return f"{self.url}|{AUDIENCE}|{self.keys}"

    def for_portal(self, name: str) -> str:
        return f"{self.url}|{CLIENT}|{SECRET}|{name}"

    def directions(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": self.keys,
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to."""
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        assert asked["code_challenge_method"] == "S256"
        code = ids.secret()
        self._codes[code] = {**asked, "user": self.user}
        back = {"code": code, "state": asked["state"], "iss": self.url}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def grant(self, asked: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """RFC 6749 § 5: status and answer."""
        expected = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if authorization != f"Basic {expected}":
            return 401, {"error": "invalid_client"}
        if asked["grant_type"] == "refresh_token":
            self.refreshes += 1
            self.may_answer.wait(20)
            if self.away:
                return 503, {}
            user = None if self.refuses else self._refresh.pop(asked["refresh_token"], None)
            return (400, {"error": "invalid_grant"}) if user is None else (200, self._tokens(user, None))
        begun = self._codes.pop(asked["code"])
        challenge = base64.urlsafe_b64encode(hashlib.sha256(asked["code_verifier"].encode()).digest()).decode()
        if challenge.rstrip("=") != begun["code_challenge"] or asked["redirect_uri"] != begun["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, self._tokens(begun["user"], begun["nonce"])

    def _tokens(self, user: str, nonce: str | None) -> dict[str, Any]:
        refresh = ids.secret()
        self._refresh[refresh] = user
        identity = self._issuer.token(user, aud=CLIENT, nonce=nonce, name=user.title()) if nonce else None
        access = self._issuer.token(user, aud=[AUDIENCE], lifetime=self.life, jti=ids.secret(8))
        granted = {"access_token": access, "token_type": "Bearer", "expires_in": self.life.total_seconds()}
        return {**granted, "refresh_token": refresh, "id_token": identity}


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            split = urlsplit(self.path)
            if split.path == "/authorize":
                self.send_response(302)
                self.send_header("location", provider.authorize(_flat(split.query)))
                self.send_header("content-length", "0")
                self.end_headers()
                return
            self._say(200, provider.directions())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self._say(*provider.grant(_flat(body), self.headers.get("authorization", "")))

        def _say(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
