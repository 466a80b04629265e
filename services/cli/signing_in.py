"""Signs seeded people in at the development identity provider, for seeding, demo and tests."""

import httpx

from services.cli.identity import CLIENT, SCOPES


class SignInFailed(Exception):
    """The provider gave no token."""


def token(issuer: str, user: str, password: str) -> str:
    """An access token for the gateway (RS256). Raises SignInFailed, or httpx.HTTPError where the provider is away."""
    answer = httpx.post(
        f"{issuer}/oauth/token",
        data={
            "grant_type": "password",
            "client_id": CLIENT,
            "username": user,
            "password": password,
            "scope": " ".join(SCOPES),
        },
    )
    if answer.status_code != 200:
        raise SignInFailed(f"{issuer} did not sign {user} in (status {answer.status_code})")
    return str(answer.json()["access_token"])
