"""The agreement that goes to an applicant as a text file: what it joins, in words and as adopted, and who has signed.

The office's signature is its recorded act (the welcome); the file says so and claims no electronic signature. Pure.
"""

from contracts.ids import NetworkId
from contracts.membership.contacts import Agreement
from services.notifications.email.message import Attachment
from services.notifications.email.texts import TEXTS, Language, plain_template, spoken_moment

_LINE = "_" * 40


def attached(agreement: Agreement, network: NetworkId, applicant: str, zone: str, language: Language) -> Attachment:
    """The file in the reader's language. The charter's text stands at its end, unchanged to the last byte."""
    written = plain_template("agreement", language).render(
        network=agreement.network_name, version=agreement.charter_version, digest=agreement.digest,
        sentences=agreement.sentences.get(language, []), office=agreement.signed_by, line=_LINE,
        signed_at=spoken_moment(agreement.signed_at, language, zone), applicant=" ".join(applicant.split()),
    )  # fmt: skip
    title = TEXTS.translate(language, "Cooperation-agreement")
    name = f"{title}-{network}-v{agreement.charter_version}.txt"
    return Attachment(name=name, subtype="plain", content=f"{written.strip()}\n\n{agreement.text}".encode())
