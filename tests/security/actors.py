"""Whoever may come to the API: the credentials of everybody who has to do with the first network, or pretends to."""

from typing import Any

from tests.gateway.issuer import rsa
from tests.security import networks
from tests.security.conftest import Scene
from tests.security.networks import subject_token


def actors(scene: Scene) -> dict[str, dict[str, str]]:
    """Headers of everybody who comes to the first network."""
    one, other = scene.nets["a"], scene.nets["b"]

    def bearer(token: str) -> dict[str, str]:
        return {"authorization": f"Bearer {token}"}

    def user(name: str) -> dict[str, str]:
        return bearer(scene.api.token_of(name))

    def person(subject: str, **claims: Any) -> dict[str, str]:
        return bearer(subject_token(scene.home, subject, **claims))

    return {
        "stranger": {},
        "applicant": {"fallnetz-applicant-key": one.secrets["applicant"]},
        "elsewhere's applicant": {"fallnetz-applicant-key": other.secrets["applicant"]},
        "applicant's link": {"fallnetz-link": one.secrets["applicant-link"]},
        "ballot's link": {"fallnetz-link": one.secrets["ballot-link"]},
        "elsewhere's link": {"fallnetz-link": other.secrets["ballot-link"]},
        "representative": user(networks.USERS["a"][1]),
        "deputy": person("a-member-deputy"),
        "office": user(networks.USERS["a"][0]),
        "elsewhere's office": user(networks.USERS["b"][0]),
        "elsewhere's member": user(networks.USERS["b"][1]),
        "left": user(networks.USERS["a"][2]),
        "operator": user("betrieb"),
        "key": bearer(one.secrets["all"]),
        "key without scope": bearer(one.secrets["narrow"]),
        "elsewhere's key": bearer(other.secrets["all"]),
        "revoked key": bearer(one.secrets["revoked"]),
        "expired key": bearer(one.secrets["expired"]),
        "personal key": bearer(one.secrets["personal"]),
        "machine": person("a-machine"),
        "other audience": person("a-member-deputy", aud=["another-service"]),
        "ID token": person("a-member-deputy", at_hash="abc"),
        "foreign issuer": bearer(subject_token(scene.foreign, "a-member-deputy")),
        "forged signature": person("a-member-deputy", key=rsa("first")),
        "wrong issuer for its member": bearer(subject_token(scene.owns["a"], "a-member-deputy")),
    }
