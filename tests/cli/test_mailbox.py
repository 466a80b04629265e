"""The development mailbox through its own doors: SMTP in, HTTP out."""

import asyncio
import smtplib
import threading
from collections.abc import AsyncIterator
from email.message import EmailMessage

import httpx
import pytest
import pytest_asyncio

from services.cli.mailbox import web
from services.cli.mailbox.receiving import Receiver, protocol
from services.cli.mailbox.store import Store
from services.notifications.email import reports


class Mailbox:
    def __init__(self, smtp: int, http: int) -> None:
        self.smtp = smtp
        self._http = f"http://127.0.0.1:{http}"

    async def send(self, to: str, *, sender: str = "return-1@example.net", content: EmailMessage | None = None) -> None:
        await asyncio.to_thread(self._send, to, sender, content or mail())

    def _send(self, to: str, sender: str, content: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=10) as client:
            client.ehlo()
            options = ["RET=HDRS", "ENVID=ntc_1.0"] if client.has_extn("dsn") else []
            client.sendmail(sender, [to], content.as_bytes(), mail_options=options, rcpt_options=["NOTIFY=FAILURE"])

    async def get(self, path: str, **headers: str) -> httpx.Response:
        async with httpx.AsyncClient(base_url=self._http) as client:
            return await client.get(path, headers=headers)


def mail(subject: str = "Übung <b>", html: str = "<p>Hallo</p>") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.net", "b@example.org", subject
    message["Message-ID"] = "<ntc_1.0@example.net>"
    message.set_content("Hallo\nhttps://portal.example.net/links/a.b\n<script>alert(1)</script>\n")
    message.add_alternative(html, subtype="html")
    message.add_attachment("a,b\r\n", subtype="csv", filename="../liste ü.csv")
    return message


@pytest_asyncio.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    store = Store()
    smtp = await asyncio.get_running_loop().create_server(protocol(Receiver(store)), "127.0.0.1", 0)
    http = web.server(store, 0)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield Mailbox(smtp.sockets[0].getsockname()[1], http.server_address[1])
    smtp.close()
    await asyncio.to_thread(http.shutdown)
    thread.join()
    http.server_close()
    store.close()


async def test_mail_is_caught_and_found_by_its_recipient_oldest_first(mailbox: Mailbox) -> None:
    await mailbox.send("Ada@example.org")
    await mailbox.send("bea@example.org")
    await mailbox.send("ada@example.org", content=mail("second"))
    found = (await mailbox.get("/api/messages?to=ADA@example.org")).json()["messages"]
    assert [message["subject"] for message in found] == ["Übung <b>", "second"]
    assert (found[0]["envelope_id"], found[0]["message_id"]) == ("ntc_1.0", "<ntc_1.0@example.net>")
    assert "https://portal.example.net/links/a.b" in found[0]["text"]
    later = (await mailbox.get(f"/api/messages?after={found[0]['id']}")).json()["messages"]
    assert [message["to"] for message in later] == ["bea@example.org", "ada@example.org"]
    assert (await mailbox.get(f"/api/messages/{found[1]['id']}")).json()["subject"] == "second"


async def test_pages_escape_what_strangers_wrote_and_allow_no_script(mailbox: Mailbox) -> None:
    await mailbox.send("ada@example.org", content=mail(html="<script>alert(1)</script><p style='color:red'>x</p>"))
    listed, shown = await mailbox.get("/"), await mailbox.get("/messages/1")
    for page in (listed, shown):
        assert "Übung &lt;b&gt;" in page.text
        assert "<script" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "unsafe" not in page.headers["content-security-policy"]
    assert '<a href="https://portal.example.net/links/a.b"' in shown.text
    frame = await mailbox.get("/messages/1/html")
    assert frame.headers["content-security-policy"].startswith("sandbox ")
    assert "script-src" not in frame.headers["content-security-policy"]
    assert "allow-scripts" not in frame.headers["content-security-policy"] + shown.text


async def test_an_attachment_is_a_download_under_a_harmless_name(mailbox: Mailbox) -> None:
    await mailbox.send("ada@example.org")
    answer = await mailbox.get("/messages/1/attachments/0")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''liste%20%C3%BC.csv"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.content.replace(b"\r\n", b"\n") == b"a,b\n"


@pytest.mark.parametrize(
    "path", ["/messages/99", "/messages/x", "/messages/1/attachments/7", "/api/messages/" + "9" * 400, "/%00"]
)
async def test_what_is_not_there_is_said_to_be_not_there(mailbox: Mailbox, path: str) -> None:
    assert (await mailbox.get(path)).status_code == 404


async def test_a_strange_cursor_is_refused(mailbox: Mailbox) -> None:
    assert (await mailbox.get("/api/messages?after=-1")).status_code == 400


async def test_a_page_of_another_name_cannot_read_the_mail(mailbox: Mailbox) -> None:
    """A foreign site can point its name at this machine (DNS rebinding)."""
    assert (await mailbox.get("/api/messages", Host="evil.example")).status_code == 421


async def test_addresses_can_ask_for_trouble(mailbox: Mailbox) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        await mailbox.send("bounce.ada@example.org")
    assert refused.value.recipients["bounce.ada@example.org"][0] == 550
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        await mailbox.send("greylist@example.org")
    assert refused.value.recipients["greylist@example.org"][0] == 451
    await mailbox.send("greylist@example.org")
    assert len((await mailbox.get("/api/messages")).json()["messages"]) == 1


async def test_a_later_bounce_comes_back_as_a_delivery_report() -> None:
    """To the return path, as a mail server would."""
    returns, store = Store(), Store()
    loop = asyncio.get_running_loop()
    back = await loop.create_server(protocol(Receiver(returns)), "127.0.0.1", 0)
    receiver = Receiver(store, ("127.0.0.1", back.sockets[0].getsockname()[1]))
    server = await loop.create_server(protocol(receiver), "127.0.0.1", 0)
    box = Mailbox(server.sockets[0].getsockname()[1], 0)
    await box.send("later-bounce@example.org")
    async with asyncio.timeout(10):
        while not (found := returns.find()):  # noqa: ASYNC110 - another thread's work
            await asyncio.sleep(0.01)
    assert (found[0].to, found[0].return_path) == ("return-1@example.net", "")
    raw = returns._connection.execute("SELECT content FROM mails").fetchone()[0]
    report = reports.read(raw)
    assert report is not None
    assert (report.action, report.status, report.envelope) == ("failed", "5.2.1", "ntc_1.0")
    for each in (back, server):
        each.close()
    returns.close()
    store.close()
