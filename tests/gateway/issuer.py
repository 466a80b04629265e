"""An OpenID Connect issuer as a process of its own kind: real keys, real JSON Web Tokens, its key set over HTTP."""

import json
import threading
import time
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from services.chassis import clock

AUDIENCE = "fallnetz"


class Issuer:
    """`url` is what it calls itself in tokens. Stop it to see the gateway without its keys."""

    def __init__(self) -> None:
        self.keys: list[RSAKey | ECKey] = [rsa("first")]
        self.fetches = 0
        self.delay = 0.0
        """Seconds before the key set is given."""
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.fetches += 1
                time.sleep(issuer.delay)
                body = json.dumps(issuer.key_set()).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.jwks_url = f"{self.url}/jwks.json"

    def key_set(self) -> dict[str, Any]:
        return dict(KeySet(list(self.keys)).as_dict(private=False))

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def token(
        self,
        subject: str = "mia",
        *,
        key: RSAKey | ECKey | None = None,
        algorithm: str = "RS256",
        header: dict[str, Any] | None = None,
        lifetime: timedelta = timedelta(hours=1),
        **claims: Any,
    ) -> str:
        """An access token as canaille issues it; claims that are None are left out."""
        signing = key or self.keys[0]
        now: datetime = clock.now()
        content = {
            "iss": self.url,
            "sub": subject,
            "aud": [AUDIENCE],
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
        } | claims
        content = {name: value for name, value in content.items() if value is not None}
        head = {"alg": algorithm, "kid": signing.kid} | (header or {})
        return jwt.encode(head, content, signing, algorithms=["RS256", "ES256"])


def rsa(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


def p256(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})
