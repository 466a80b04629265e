"""Accept-Language (RFC 9110 § 12.5.4): every refusal, its title and its page in the reader's language (P2)."""

import httpx
import pytest

from services.chassis.negotiation import accepted_language

_SAID = {
    "de": (
        "Nicht angemeldet",
        "Bitte melden Sie sich an und senden Sie das Zugangstoken als `Authorization: Bearer …`.",
    ),
    "en": ("Not signed in", "Sign in and send the access token as `Authorization: Bearer …`."),
    "nl": ("Niet aangemeld", "Meld u aan en stuur het toegangstoken als `Authorization: Bearer …`."),
    "da": ("Ikke logget på", "Log på, og send adgangstokenet som `Authorization: Bearer …`."),
}


@pytest.mark.parametrize("locale", _SAID)
async def test_a_refusal_is_said_in_the_language_asked_for_and_names_it(
    stranger: httpx.AsyncClient, locale: str
) -> None:
    answer = await stranger.get("/api/v1/me", headers={"accept-language": f"fr, {locale}-XX;q=0.8, en;q=0.1"})
    assert answer.status_code == 401
    assert answer.headers["content-language"] == locale
    assert (answer.json()["title"], answer.json()["detail"]) == _SAID[locale]


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("nl", "De parameter limit moet zijn: een heel getal van 1 tot 200."),
        ("da", "Parameteren limit skal være et helt tal fra 1 til 200."),
    ],
)
async def test_the_words_of_a_refusal_are_translated_with_it(client: httpx.AsyncClient, locale: str, said: str) -> None:
    answer = await client.get("/api/v1/networks", params={"limit": "many"}, headers={"accept-language": locale})
    assert answer.status_code == 400
    assert answer.json()["detail"] == said


@pytest.mark.parametrize(("locale", "said"), [("nl", "Hier is niets"), ("da", "Her er intet")])
async def test_a_browser_gets_a_dutch_or_danish_page(stranger: httpx.AsyncClient, locale: str, said: str) -> None:
    page = await stranger.get("/nowhere", headers={"accept": "text/html", "accept-language": locale})
    assert page.headers["content-language"] == locale
    assert f'<html lang="{locale}">' in page.text
    assert said in page.text


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        (b"", "de"),
        (b"fr", "de"),
        (b"*", "de"),
        (b"nl", "nl"),
        (b"NL-be", "nl"),
        (b"da;q=0.5, nl;q=0.6", "nl"),
        (b"da, nl", "da"),
        (b"nl;q=0, da;q=0.1", "da"),
        (b"nl;q=9", "nl"),
        (b"\xff,,;q", "de"),
    ],
)
def test_the_best_liked_of_our_languages_is_taken(header: bytes, locale: str) -> None:
    assert accepted_language(header) == locale
