"""A gateway and a portal of a test's own beside those of an installation: other settings, the same services behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from services.chassis.database import migrate
from services.cli.demo.stage import Stage
from services.cli.installation import topology
from services.cli.installation.processes import Child, die_with_parent, inherited
from services.cli.installation.running import Installation
from tests.portal.provider import Provider
from tests.portal.visitor import Visitor
from tests.ports import free_port


class Server:
    """A child of the installation's kind, with its own port and other settings; may be stopped and started again."""

    def __init__(self, child: Child, folder: Path, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._child = child
        self._log = folder / f"{child.name}.log"
        prefix = f"FALLNETZ_{child.name.upper()}_"
        own = {"PORT": str(self.port), "PUBLIC_URL": self.url, "HEALTH_PORT": "0", **settings}
        self.settings = child.environment | {prefix + name: value for name, value in own.items()}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **settings: str) -> None:
        """`settings` for this start only."""
        prefix = f"FALLNETZ_{self._child.name.upper()}_"
        environment = inherited() | self.settings | {prefix + name: value for name, value in settings.items()}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._child.command, env=environment, stderr=log, stdout=log, preexec_fn=die_with_parent
            )
        until = time.monotonic() + 60
        while not self._answers():
            assert self._process.poll() is None, self._log.read_text("utf-8")
            assert time.monotonic() < until, self._log.read_text("utf-8")
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(20)
            self._process = None

    def _answers(self) -> bool:
        path = "/health/ready" if self._child.name == "gateway" else "/accessibility"
        try:
            return httpx.get(f"{self.url}{path}").status_code == 200
        except httpx.TransportError:
            return False


class Beside:
    """Everything that a test of the portal's edges turns."""

    def __init__(self, installation: Installation, folder: Path, providers: Sequence[Provider]) -> None:
        self.installation = installation
        self.folder = folder
        self.providers = providers
        trusted = [one.for_gateway for one in providers]
        own = topology.gateway(installation.state)
        self.gateway = Server(own, folder, ISSUERS=",".join([own.environment["FALLNETZ_GATEWAY_ISSUERS"], *trusted]))
        self.portal = self.another_portal()

    def another_portal(self, name: str = "portal", **settings: str) -> Server:
        """With a database of its own."""
        database = f"sqlite:///{self.folder / f'{name}.sqlite'}"
        migrate(database, "portal")
        names = ("Red provider", "Blue provider")
        offered = [one.for_portal(name) for one, name in zip(self.providers, names, strict=False)]
        own = {"DATABASE_URL": database, "GATEWAY_URL": self.gateway.url, "PROVIDERS": ",".join(offered)}
        return Server(topology.portal(self.installation.state), self.folder, **(own | settings))

    def visitor(self) -> Visitor:
        return Visitor(self.installation, portal=self.portal.url)

    def signed_in(self, provider: Provider, user: str, go_on: str = "/") -> Visitor:
        """A new browser in which this person has signed in at this provider."""
        visitor = self.visitor()
        self.sign_in(visitor, provider, user, go_on)
        assert visitor.page.status_code == 200, visitor.page.text
        return visitor

    def name(self, stage: Stage, member: str, provider: Provider, user: str, role: str = "deputy") -> None:
        """Gives somebody who signs in at this provider a function, as the office does."""
        person = {
            "name": user.title(), "email": f"{user}@member.example", "language": "en",
            "issuer": provider.url, "subject": user,
        }  # fmt: skip
        path = f"{stage.path}/members/{stage.member(member)}/representations"
        stage.office.post(path, {"role": role, "person": person})

    def sign_in(self, visitor: Visitor, provider: Provider, user: str, go_on: str = "/") -> httpx.Response:
        provider.user = user
        visitor.get(f"/sign-in/start?provider={provider.url}&next={go_on}", follow=False)
        back = httpx.get(visitor.page.headers["location"]).headers["location"]
        return visitor.get(back)


@contextmanager
def running_beside(installation: Installation, folder: Path) -> Iterator[Beside]:
    with Provider() as red, Provider() as blue:
        found = Beside(installation, folder, (red, blue))
        try:
            found.gateway.start()
            found.portal.start()
            yield found
        finally:
            found.portal.stop()
            found.gateway.stop()


def refused_start(installation: Installation, folder: Path, **settings: str) -> str:
    """What a portal with bad settings says before it ends with exit code 2."""
    child = topology.portal(installation.state)
    own = {f"FALLNETZ_PORTAL_{name}": value for name, value in settings.items()}
    own |= {"FALLNETZ_PORTAL_PORT": str(free_port()), "FALLNETZ_PORTAL_DATABASE_URL": f"sqlite:///{folder}/none.sqlite"}
    done = subprocess.run(
        [sys.executable, "-m", "services.portal"], env=os.environ | child.environment | own,
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr
