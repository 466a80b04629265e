"""Adopting and reading charters through membership's requests, on both databases."""

import asyncio

from contracts.membership.networks import ADOPT_CHARTER, GET_CHARTER, AdoptCharter, CharterText, CharterView, GetCharter
from contracts.request import Actor, Refused
from tests.membership.door import CHARTER, OPERATOR, STRANGER, Bielefeld, refused

LONGER = CHARTER.replace("window_days = 14", "window_days = 21")


async def adopt(network: Bielefeld, text: str, by: Actor | None = None) -> CharterView:
    request = AdoptCharter(network=network.id, body=CharterText(charter=text))
    return await network.door.ask(ADOPT_CHARTER, request, by or network.office)


async def read(network: Bielefeld, version: int | None = None, by: Actor | None = None) -> CharterView:
    request = GetCharter(network=network.id, version=version)
    return await network.door.ask(GET_CHARTER, request, by or network.speaker(3))


async def test_a_network_begins_with_version_one_and_its_text_stays_readable(bielefeld: Bielefeld) -> None:
    assert (await read(bielefeld)).version == 1
    assert (await adopt(bielefeld, LONGER)).version == 2
    assert (await read(bielefeld)).text == LONGER
    assert (await read(bielefeld, 1)).text == CHARTER
    assert any("21 Tagen" in sentence for sentence in (await read(bielefeld)).sentences)


async def test_adoption_is_a_fact_with_the_digest_of_the_text(bielefeld: Bielefeld) -> None:
    await adopt(bielefeld, LONGER)
    assert (await bielefeld.door.kinds(bielefeld.id)).count("CharterAdopted") == 2


async def test_a_charter_with_errors_is_refused_with_lines_and_fields_and_changes_nothing(bielefeld: Bielefeld) -> None:
    wrong = CHARTER.replace("window_days = 14", "window_days = 0").replace('"3/4"', '"7/4"')
    try:
        await adopt(bielefeld, wrong)
    except Refused as refusal:
        problem = refusal.problem
    assert (problem.slug, problem.status, problem.field) == ("charter-invalid", 422, "/charter")
    line = 1 + wrong[: wrong.index("window_days")].count("\n")
    assert f"line {line}, admission.window_days: " in problem.detail
    assert ", exclusion.threshold: " in problem.detail
    assert (await read(bielefeld)).version == 1


async def test_the_same_text_again_is_no_new_version(bielefeld: Bielefeld) -> None:
    with refused("charter-unchanged"):
        await adopt(bielefeld, CHARTER)


async def test_a_dry_run_says_what_a_text_would_mean_and_changes_nothing(bielefeld: Bielefeld) -> None:
    request = AdoptCharter(network=bielefeld.id, body=CharterText(charter=LONGER), dry_run=True)
    tried = await bielefeld.door.ask(ADOPT_CHARTER, request, bielefeld.office)
    assert tried.version == 2
    assert any("21 Tagen" in sentence for sentence in tried.sentences)
    assert (await read(bielefeld)).version == 1
    assert (await bielefeld.door.kinds(bielefeld.id)).count("CharterAdopted") == 1
    with refused("not-authorised", 403):
        await bielefeld.door.ask(ADOPT_CHARTER, request, bielefeld.speaker(2))


async def test_only_the_office_and_operators_adopt_and_strangers_do_not_even_read(bielefeld: Bielefeld) -> None:
    with refused("not-authorised", 403):
        await adopt(bielefeld, LONGER, bielefeld.speaker(2))
    with refused("not-authorised", 403):
        await read(bielefeld, None, STRANGER)
    assert (await adopt(bielefeld, LONGER, OPERATOR)).version == 2


async def test_an_unknown_version_is_not_found(bielefeld: Bielefeld) -> None:
    for version in (0, -1, 2, 2**31, 2**70):
        with refused("charter-not-found" if version < 2**63 else "malformed"):
            await read(bielefeld, version)


async def test_two_adoptions_at_once_become_two_versions(bielefeld: Bielefeld) -> None:
    texts = [CHARTER.replace("window_days = 14", f"window_days = {days}") for days in (20, 30)]
    views = await asyncio.gather(*(adopt(bielefeld, text) for text in texts))
    assert sorted(view.version for view in views) == [2, 3]
