"""Health and metrics over HTTP on the loopback interface: three paths, one thread, no framework."""

import threading
from collections.abc import Callable, Iterable
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

import msgspec
from prometheus_client import make_wsgi_app

Reasons = Callable[[], list[str]]
"""Why the service is not ready; empty: it is."""


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Probes every few seconds would bury everything else."""


class Health:
    """Serves /health/live (the process answers), /health/ready (it can work) and /metrics (Prometheus)."""

    def __init__(self, port: int, reasons: Reasons) -> None:
        """Port 0 takes any free one. Raises OSError when the port is in use."""
        self._reasons = reasons
        self._metrics = make_wsgi_app()
        self._server: WSGIServer = make_server("127.0.0.1", port, self._answer, handler_class=_Silent)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="health", daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_port)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            found: Iterable[bytes] = self._metrics(environ, start)
            return found
        if path == "/health/live":
            return _json(start, "200 OK", {"status": "live"})
        if path == "/health/ready":
            reasons = self._reasons()
            status = "503 Service Unavailable" if reasons else "200 OK"
            return _json(start, status, {"status": "not ready" if reasons else "ready", "reasons": reasons})
        return _json(start, "404 Not Found", {"status": "unknown path"})


def _json(start: StartResponse, status: str, body: dict[str, object]) -> Iterable[bytes]:
    content = msgspec.json.encode(body)
    start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
    return [content]
