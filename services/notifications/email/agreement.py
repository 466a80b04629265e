"""The agreement that goes to an applicant as a text file: what it joins, in words and as adopted, and who has signed.

The office's signature is its recorded act (the welcome); the file says so and claims no electronic signature. Pure.
"""

from contracts.ids import NetworkId
from contracts.membership.contacts import Agreement
from services.notifications.email.message import Attachment
from services.notifications.email.texts import Language, spoken_moment

_NAMES: dict[Language, str] = {"de": "Kooperationsvereinbarung", "en": "Cooperation-agreement"}
_LINE = "_" * 40

_TEXTS: dict[Language, str] = {
    "de": """\
Kooperationsvereinbarung

Netzwerk: {network}
Fassung: {version}
SHA-256 des Wortlauts (UTF-8): {digest}

Was gilt

{rules}

Unterzeichnet

Für das Netzwerk: {office}
Am: {signed_at}
Die Unterzeichnung ist als Handlung der koordinierenden Stelle festgehalten; sie ist keine elektronische Signatur.

Für {applicant}:

Ort, Datum:   {line}

Name:         {line}

Unterschrift: {line}

Bitte senden Sie ein unterzeichnetes Exemplar an die koordinierende Stelle.

Wortlaut (TOML)

""",
    "en": """\
Cooperation agreement

Network: {network}
Version: {version}
SHA-256 of the text (UTF-8): {digest}

What it rules

{rules}

Signed

For the network: {office}
On: {signed_at}
The signing is recorded as an act of the coordinating office; it is not an electronic signature.

For {applicant}:

Place, date: {line}

Name:        {line}

Signature:   {line}

Please return a signed copy to the coordinating office.

Text (TOML)

""",
}
_OFFICE: dict[Language, str] = {"de": "die koordinierende Stelle", "en": "the coordinating office"}


def attached(agreement: Agreement, network: NetworkId, applicant: str, zone: str, language: Language) -> Attachment:
    """The file in the reader's language. The charter's text stands at its end, unchanged to the last byte."""
    sentences = agreement.sentences.get(language, [])
    written = _TEXTS[language].format(
        network=agreement.network_name, version=agreement.charter_version, digest=agreement.digest,
        rules="\n".join(f"{number}. {sentence}" for number, sentence in enumerate(sentences, start=1)),
        office=agreement.signed_by or _OFFICE[language], line=_LINE,
        signed_at=spoken_moment(agreement.signed_at, language, zone), applicant=" ".join(applicant.split()),
    )  # fmt: skip
    name = f"{_NAMES[language]}-{network}-v{agreement.charter_version}.txt"
    return Attachment(name=name, subtype="plain", content=(written + agreement.text).encode())
