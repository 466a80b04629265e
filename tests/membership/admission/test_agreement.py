"""The agreement that the office has signed (A3), as notifications gets it for the welcome. On both databases."""

from hashlib import sha256

from contracts.ids import ApplicationId
from contracts.membership.contacts import GET_CONTACTS, Agreement, GetContacts
from contracts.membership.networks import (
    ADOPT_CHARTER,
    APPOINT_OFFICE,
    AdoptCharter,
    AppointOffice,
    CharterText,
    OfficeHolder,
)
from contracts.membership.words import Choice
from tests.membership.admission.steps import announce, apply, welcome
from tests.membership.door import CHARTER, NOTIFICATIONS, OPERATOR, Bielefeld

LATER = CHARTER.replace("Netzwerk Wohnungslosenhilfe", "Neues Netzwerk")


async def agreement(network: Bielefeld, application: ApplicationId) -> Agreement | None:
    request = GetContacts(network=network.id, application=application, agreement=True)
    return (await network.door.ask(GET_CONTACTS, request, NOTIFICATIONS)).agreement


async def test_the_agreement_is_the_charter_of_the_ballot_signed_with_the_welcome(bielefeld: Bielefeld) -> None:
    """B8: whatever charter was adopted, and whoever took the office, meanwhile."""
    receipt = await apply(bielefeld)
    this = receipt.application.id
    ballot = await announce(bielefeld, receipt)
    await bielefeld.door.ask(
        ADOPT_CHARTER, AdoptCharter(network=bielefeld.id, body=CharterText(charter=LATER)), OPERATOR
    )
    await bielefeld.decide(ballot, Choice.OBJECT, 0)
    assert await agreement(bielefeld, this) is None, "before the welcome nobody has signed"
    await welcome(bielefeld, receipt)
    signed = await agreement(bielefeld, this)
    assert signed is not None
    assert (signed.charter_version, signed.text) == (1, CHARTER)
    assert signed.network_name == "Netzwerk Wohnungslosenhilfe Bielefeld"
    assert signed.digest == sha256(CHARTER.encode()).hexdigest()
    assert (signed.signed_at, signed.signed_by) == (bielefeld.now, bielefeld.members[0].name)
    assert {language: sentences[0] for language, sentences in signed.sentences.items()} == dict.fromkeys(
        ("de", "en", "nl", "da"), "Netzwerk Wohnungslosenhilfe Bielefeld."
    )
    holder = OfficeHolder(member=bielefeld.members[3].id)
    await bielefeld.door.ask(APPOINT_OFFICE, AppointOffice(network=bielefeld.id, body=holder), bielefeld.office)
    assert await agreement(bielefeld, this) == signed


async def test_the_agreement_comes_only_when_asked_for(bielefeld: Bielefeld) -> None:
    receipt = await apply(bielefeld)
    await bielefeld.decide(await announce(bielefeld, receipt), Choice.OBJECT, 0)
    await welcome(bielefeld, receipt)
    request = GetContacts(network=bielefeld.id, application=receipt.application.id)
    assert (await bielefeld.door.ask(GET_CONTACTS, request, NOTIFICATIONS)).agreement is None
