"""Keys, invitations and links through the whole house: gateway, membership, notifications, mail (G2, N5, L3)."""

from datetime import timedelta
from typing import Any

import httpx

from services.cli import signing_in
from services.cli.demo.stage import Stage
from services.cli.installation.running import Installation
from tests.world import WORLD

MEMBER = "diakonie"


class Bearer:
    """The API with an API key, or with a person's token."""

    def __init__(self, installation: Installation, secret: str, link: str | None = None) -> None:
        headers = {"authorization": f"Bearer {secret}", "accept-language": "en"}
        headers |= {"fallnetz-link": link} if link else {}
        self.client = httpx.Client(base_url=f"{installation.url}/api/v1", headers=headers, timeout=10)

    def get(self, path: str) -> tuple[int, Any]:
        answer = self.client.get(path)
        return answer.status_code, answer.json()

    def slug(self, method: str, path: str, body: Any = None) -> str:
        answer = self.client.request(method, path, json=body)
        assert answer.is_error, answer.text
        return str(answer.json()["type"]).rpartition("/")[2]


def person(installation: Installation, user: str, link: str | None = None) -> Bearer:
    return Bearer(installation, signing_in.token(installation.issuer, user, installation.secrets.password), link)


def key(stage: Stage, **changes: Any) -> Any:
    expires_at = (stage.now + timedelta(days=30)).isoformat()
    body = {"label": "Fachverfahren", "scopes": ["directory:read"], "expires_at": expires_at} | changes
    return stage.api.of(MEMBER).post(f"{stage.path}/keys", body)


def test_a_partner_reads_with_a_key_until_it_is_revoked(installation: Installation, stage: Stage) -> None:
    issued = key(stage)
    partner = Bearer(installation, issued["secret"])
    with partner.client:
        status, me = partner.get("/me")
        assert (status, me["key"], me["standings"][0]["member"]) == (200, issued["key"]["id"], stage.member(MEMBER))
        assert partner.get(f"{stage.path}/members")[0] == 200
        assert partner.slug("GET", f"{stage.path}/ballots") == "scope-missing"
        assert partner.slug("POST", f"{stage.path}/keys", {}) == "person-needed"
        assert partner.slug("GET", f"/networks/{WORLD.network}/members") == "not-authorised"
        with person(installation, MEMBER).client as speaker:
            assert speaker.delete(f"{stage.path}/keys/{issued['key']['id']}").status_code == 200
        assert partner.slug("GET", f"{stage.path}/members") == "key-unknown"  # though the gateway remembers it


def test_keys_of_a_member_that_leaves_open_nothing_from_that_instant_on(
    installation: Installation, stage: Stage
) -> None:
    partner = Bearer(installation, key(stage)["secret"])
    with partner.client:
        assert partner.get(f"{stage.path}/members")[0] == 200
        stage.api.of(MEMBER).post(f"{stage.path}/resignations", {"member": stage.member(MEMBER)})
        assert partner.slug("GET", f"{stage.path}/members") == "not-authorised"


def test_a_person_named_without_sign_in_accepts_by_the_link_in_the_mail(
    installation: Installation, stage: Stage
) -> None:
    """O3: the applicant's representative of the example signs in, and is known nowhere in this network before."""
    nora, member = WORLD.applicant.representative, stage.member(MEMBER)
    before = len(stage.mails(nora.email))
    body = {"role": "deputy", "person": {"name": nora.name, "email": nora.email}}
    stage.api.of(MEMBER).post(f"{stage.path}/members/{member}/representations", body)
    mail = stage.eventually("the invitation", lambda: next(iter(stage.mails(nora.email)[before:]), None))
    link = stage.token(mail)
    stage.refused("not-signed-in", lambda: stage.api.link(link).post("/invitation"))
    signed_in, with_link = person(installation, nora.user), person(installation, nora.user, link)
    with signed_in.client, with_link.client:
        assert signed_in.slug("GET", f"{stage.path}/members") == "not-authorised"
        me = with_link.client.post("/invitation").json()
        assert [one["member"] for one in me["standings"] if one["network"] == stage.network] == [member]
        assert signed_in.get(f"{stage.path}/members")[0] == 200
