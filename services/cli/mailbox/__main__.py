"""`python -m services.cli.mailbox --smtp-port 1025 --http-port 8025`, until SIGTERM or SIGINT."""

import argparse
import asyncio
import signal
import threading
from pathlib import Path

from services.cli.mailbox import web
from services.cli.mailbox.receiving import Receiver, protocol
from services.cli.mailbox.store import Store


def main() -> None:
    parser = argparse.ArgumentParser(prog="mailbox", description="Takes all mail and shows it on a page.")
    parser.add_argument("--smtp-port", type=int, default=1025)
    parser.add_argument("--http-port", type=int, default=8025)
    parser.add_argument(
        "--bounce-port", type=int, default=0, help="where delivery reports go on this machine; 0: nowhere"
    )
    parser.add_argument("--store", type=Path, help="a file that keeps the mails; without one they are kept in memory")
    given = parser.parse_args()
    asyncio.run(_run(given.smtp_port, given.http_port, given.bounce_port, given.store))


async def _run(smtp_port: int, http_port: int, bounce_port: int, path: Path | None) -> None:
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    store = Store(path)
    receiver = Receiver(store, ("127.0.0.1", bounce_port) if bounce_port else None)
    smtp = await loop.create_server(protocol(receiver), "127.0.0.1", smtp_port)
    http = web.server(store, http_port)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    await ending.wait()
    smtp.close()
    await asyncio.to_thread(http.shutdown)
    http.server_close()
    store.close()


if __name__ == "__main__":
    main()
