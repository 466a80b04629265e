"""What is deployed on servers is readable by those who must read it. (No container is started here.)"""

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from services.chassis.nats_server import User, binary, service_user
from services.chassis.settings import load
from services.cli.examples import REGISTER, example, register_names
from services.cli.identity import AUDIENCE, PORTAL_CLIENT
from services.cli.installation import topology
from services.cli.installation.ports import Ports, free_ports
from services.cli.installation.state import State
from services.gateway.settings import GatewaySettings, issuers
from services.membership.app import MembershipSettings, operators
from services.notifications.settings import NotificationsSettings
from services.notifications.settings import check as check_notifications
from services.portal.settings import PortalSettings, keys_of, providers

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
ENV = dict(
    line.split("=", 1)
    for line in (ROOT / "deploy/docker/example.env").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
)
KINDS: dict[str, Any] = {
    "gateway": GatewaySettings,
    "membership": MembershipSettings,
    "notifications": NotificationsSettings,
    "portal": PortalSettings,
}
ON_THE_BUS = ("gateway", "membership", "notifications")


def environment(service: str, secrets: Path) -> dict[str, str]:
    """A service's variables as compose would set them, each secret in a file that exists."""
    found = {}
    for name, value in COMPOSE["services"][service]["environment"].items():
        text = re.sub(r"\$\{(\w+)(?::?[-?]([^}]*))?\}", lambda match: ENV.get(match[1], match[2] or ""), value)
        if name.endswith("_FILE"):
            file = secrets / Path(text).name
            file.write_text("a-secret-of-more-than-thirty-two-character3", "utf-8")
            text = str(file)
        found[name] = text
    return found


def without_secret(settings: PortalSettings) -> PortalSettings:
    """The secret's file is there in the container only."""
    entries = tuple(re.sub(r"file:[^|]*", "", entry) for entry in settings.providers)
    return msgspec.structs.replace(settings, providers=entries)


@pytest.mark.parametrize("service", KINDS)
def test_a_service_understands_every_variable_that_compose_sets(service: str, tmp_path: Path) -> None:
    settings = load(KINDS[service], f"FALLNETZ_{service.upper()}_", environment(service, tmp_path))
    if isinstance(settings, GatewaySettings):
        assert [issuer.audience for issuer in issuers(settings)] == [AUDIENCE]
    if isinstance(settings, PortalSettings):
        assert keys_of(settings)
        (provider,) = providers(without_secret(settings))
        assert provider.client == PORTAL_CLIENT
    if isinstance(settings, MembershipSettings):
        assert operators(settings.operators)
    if isinstance(settings, NotificationsSettings):
        check_notifications(settings)


@pytest.mark.parametrize("service", KINDS)
def test_a_service_understands_every_variable_that_up_sets(service: str, tmp_path: Path) -> None:
    state = State(tmp_path).open(free_ports().base)
    child = next(child for child in topology.children(state) if child.name == service)
    assert load(KINDS[service], f"FALLNETZ_{service.upper()}_", child.environment)


def test_every_secret_and_file_that_compose_names_exists_or_is_made() -> None:
    script = (ROOT / "deploy/docker/secrets.sh").read_text("utf-8")
    made = set(re.findall(r"^put (\w+)", script, re.MULTILINE))
    for names, ending in re.findall(r"for name in ((?:[\w \\]|\n)+?); do\n  put \"\$\{name\}(\w+)\"", script):
        made |= {f"{name}{ending}" for name in names.replace("\\", " ").split()}
    assert set(COMPOSE["secrets"]) <= made
    for service in COMPOSE["services"].values():
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith("./") and "secrets" not in source:
                assert (ROOT / source).exists(), source


def test_only_the_proxy_and_the_door_for_bounces_have_ports_to_the_outside() -> None:
    ports = {name: service["ports"] for name, service in COMPOSE["services"].items() if "ports" in service}
    assert ports == {"proxy": ["80:80", "443:443", "443:443/udp"], "notifications": ["25:2525"]}


@pytest.mark.parametrize("script", sorted(ROOT.glob("deploy/*/*.sh")), ids=lambda path: path.name)
def test_scripts_can_be_read_by_their_shell(script: Path) -> None:
    shell = script.read_text("utf-8").splitlines()[0].removeprefix("#!").split()[-1].rpartition("/")[2]
    assert subprocess.run([shell, "-n", str(script)], check=False).returncode == 0


def test_the_secrets_script_makes_each_secret_once(tmp_path: Path) -> None:
    script = ROOT / "deploy/docker/secrets.sh"
    subprocess.run([str(script)], cwd=tmp_path, check=True)
    folder = tmp_path / "deploy/secrets"
    before = {file.name: file.read_text("utf-8") for file in folder.iterdir()}
    subprocess.run([str(script)], cwd=tmp_path, check=True)
    assert {file.name: file.read_text("utf-8") for file in folder.iterdir()} == before
    assert folder.stat().st_mode & 0o077 == 0
    assert set(COMPOSE["secrets"]) <= before.keys()
    assert "notifications:" in before["notifications_database_url"]


@pytest.fixture
def broker_config(tmp_path: Path) -> Path:
    config = tmp_path / "nats.conf"
    config.write_text((ROOT / "deploy/nats/nats.conf").read_text("utf-8"), "utf-8")
    users = "\n".join(f'{name}_PASSWORD: "x"' for name in ("OPERATOR", "MEMBERSHIP", "NOTIFICATIONS", "GATEWAY"))
    (tmp_path / "nats_users.conf").write_text(users, "utf-8")
    return config


def test_the_broker_accepts_its_configuration(broker_config: Path) -> None:
    done = subprocess.run([binary(), "-t", "-c", str(broker_config)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("service", ON_THE_BUS)
def test_the_rights_on_the_bus_are_those_of_the_code(service: str) -> None:
    text = (ROOT / "deploy/nats/nats.conf").read_text("utf-8")
    block = text.split(f"user: {service},")[1].split("user:")[0]
    user: User = service_user(service, "x", topology.ORGANISATION, topology.DURABLES.get(service, ()))
    found = {
        name: set(re.findall(r'"(.+)"', block.split(f"{name}: [")[1].split("]")[0]))
        for name in ("publish", "subscribe")
    }
    assert found == {"publish": set(user.publish or ()), "subscribe": set(user.subscribe or ())}


REALM = json.loads((ROOT / "deploy/identity/fallnetz-realm.json").read_text("utf-8"))


def test_the_realm_gives_the_portal_short_tokens_for_the_gateway_by_code_with_pkce() -> None:
    client = next(client for client in REALM["clients"] if client["clientId"] == PORTAL_CLIENT)
    assert client["attributes"]["pkce.code.challenge.method"] == "S256"
    assert client["redirectUris"] == ["https://${FALLNETZ_HOST}/sign-in/callback"]
    assert not client["publicClient"]
    assert REALM["accessTokenLifespan"] <= 300
    portal = PortalSettings(key="", database_url="")
    assert REALM["ssoSessionIdleTimeout"] >= portal.idle_minutes * 60, "else the provider forgets whom the portal knows"
    assert REALM["ssoSessionMaxLifespan"] >= portal.session_hours * 3600


@pytest.mark.parametrize("client", REALM["clients"], ids=lambda client: client["clientId"])
def test_a_client_of_the_realm_has_one_flow_and_one_audience(client: dict[str, Any]) -> None:
    assert [client["standardFlowEnabled"], client["serviceAccountsEnabled"]].count(True) == 1
    assert not client["directAccessGrantsEnabled"]
    assert not client["implicitFlowEnabled"]
    assert not client["fullScopeAllowed"]
    (audience,) = client["protocolMappers"]
    assert audience["config"] == {
        "included.custom.audience": AUDIENCE, "access.token.claim": "true", "id.token.claim": "false",
    }  # fmt: skip


def doubled(node: Any) -> list[str]:
    """Keys that stand twice in one mapping: YAML forbids it, and most readers silently take the last."""
    if isinstance(node, yaml.MappingNode):
        names = [key.value for key, _ in node.value]
        inside = [found for _, value in node.value for found in doubled(value)]
        return [*(name for name in set(names) if names.count(name) > 1), *inside]
    return [found for one in node.value for found in doubled(one)] if isinstance(node, yaml.SequenceNode) else []


def test_no_setting_stands_twice_in_the_topology() -> None:
    assert doubled(yaml.compose((ROOT / "compose.yaml").read_text("utf-8"))) == []
    assert doubled(yaml.compose("a: {b: 1, c: [{b: 1, b: 2}]}")) == ["b"]


def test_members_own_identity_providers_are_added_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = "https://login.city.example"
    monkeypatch.setitem(ENV, "FALLNETZ_MORE_ISSUERS", f",{theirs}|{AUDIENCE}|{theirs}/keys")
    monkeypatch.setitem(ENV, "FALLNETZ_MORE_PROVIDERS", f",{theirs}|fallnetz||City")
    gateway = load(GatewaySettings, "FALLNETZ_GATEWAY_", environment("gateway", tmp_path))
    portal = without_secret(load(PortalSettings, "FALLNETZ_PORTAL_", environment("portal", tmp_path)))
    assert [one.url for one in issuers(gateway)] == [one.url for one in providers(portal)]
    assert issuers(gateway)[1].url == theirs


def test_the_example_has_the_members_of_the_register() -> None:
    assert sorted(member.name for member in example().members) == sorted(register_names())
    assert len({person.user for person in example().people}) == 15
    assert REGISTER.read_bytes().startswith(b"name,kind\n")


def test_the_distribution_names_its_parts() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {"membership", "notifications", "gateway", "cli"} <= project["optional-dependencies"].keys()
    assert Ports(8400).address("gateway") == "http://127.0.0.1:8400"
