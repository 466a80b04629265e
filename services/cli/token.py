"""`fallnetz token`: an access token of a seeded person, for a first call on the API of a development installation."""

from pathlib import Path

import httpx
import rich_click as click

from services.cli.installation.state import State
from services.cli.printing import Unusable
from services.cli.signing_in import SignInFailed
from services.cli.signing_in import token as signed_in


@click.command()
@click.argument("person")
@click.option(
    "--state", type=click.Path(path_type=Path, file_okay=False), default="var", show_default=True,
    envvar="FALLNETZ_STATE", help="State directory of the running `fallnetz up`.",
)  # fmt: skip
def token(person: str, state: Path) -> None:
    """Print an access token of PERSON, one of those whom `fallnetz up` names (stadt, bethel, betrieb …).

    For example: curl -H "Authorization: Bearer $(fallnetz token stadt)" http://127.0.0.1:8400/api/v1/me
    """
    found = State(state)
    if not found.exists:
        raise Unusable(f"there is no installation in {state}: start one with `fallnetz up`, or name its --state.")
    issuer = found.ports.address("identity")
    try:
        click.echo(signed_in(issuer, person, found.secrets.password))
    except httpx.HTTPError:
        raise Unusable(f"nobody answers at {issuer}: start the installation with `fallnetz up`.") from None
    except SignInFailed as failed:
        raise Unusable(f"{failed}. Take one of the names that `fallnetz up` prints.") from None
