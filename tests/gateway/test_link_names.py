"""How the page behind a link names the network: as its charter does, by its id only where the name is not known."""

import httpx
import pytest
from msgspec.structs import replace

from tests.gateway.peers import Peers
from tests.gateway.test_links import BROWSER, LINK, VIEW


@pytest.mark.parametrize(
    ("name", "shown", "not_shown"),
    [
        ("Netzwerk <Hilfe> Bielefeld", "· Netzwerk &lt;Hilfe&gt; Bielefeld</p>", "Netzwerk bielefeld"),
        ("", "· Netzwerk bielefeld</p>", "· </p>"),
    ],
)
async def test_the_page_names_the_network(
    stranger: httpx.AsyncClient, peers: Peers, name: str, shown: str, not_shown: str
) -> None:
    peers.replies["show-link"] = lambda _: replace(VIEW, network_name=name)
    page = (await stranger.get(LINK, headers=BROWSER)).text
    assert shown in page
    assert not_shown not in page
