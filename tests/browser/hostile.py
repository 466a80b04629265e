"""A scene in which every text that somebody may write tries to become part of the page: in an element, an attribute, a
title, a text field, a formula, a line of its own."""

import csv
import io
import json
from typing import Any

from msgspec.structs import replace

from services.cli.examples import Organisation, Person
from tests.browser.cast import Cast
from tests.world import WORLD

LINE = "\"'\\nX:1;,</title></textarea><img src=x onerror=ran() class=planted hx-get=/planted>{{7*7}}"
"""Ends whatever it stands in and plants an element; the backslash is one."""
BLOCK = f"""{LINE}
</script><script class=planted>ran()</script>
X-PLANTED:1
<svg class=planted onload=ran()>javascript:ran()"""
HOOK = 'https://hooks.example.org/"><img/src=x/onerror=ran()/class=planted>{{7*7}}'
FORMULA = "=1+1 "
COLLECT = "window.ran = () => { window.executed = (window.executed || 0) + 1 }"
"""Runs before a page's own scripts."""
LOOK = """() => {
  const bad = [...document.querySelectorAll('.planted, [hx-get^="/planted"], [onerror], [onload], img[src="x"]')]
    .map(found => 'planted: ' + found.outerHTML.slice(0, 200));
  for (const found of document.querySelectorAll('*')) for (const {name, value} of found.attributes) {
    if (name.startsWith('on')) bad.push('handler: ' + found.outerHTML.slice(0, 200));
    if (['href', 'src', 'action', 'formaction'].includes(name) && !/^(https?:|mailto:|tel:|\\/|#|\\?|$)/.test(value))
      bad.push(name + ': ' + value.slice(0, 200));
  }
  if (window.executed) bad.push('executed ' + window.executed + ' times');
  return bad;
}"""
"""What a payload has made of a page, a line for each."""
READ = """() => [document.title, document.body.innerText,
  ...[...document.querySelectorAll('input, textarea, select')].map(field => field.value)].join('\\n')"""
"""Everything that people can read on a page."""


def line(written: str) -> str:
    return f"{FORMULA}{written} {LINE}"


def text(written: str) -> str:
    return f"{FORMULA}{written}\n{BLOCK}"


def _person(person: Person) -> Person:
    return replace(person, name=line(person.name))


def _organisation(one: Any) -> Any:
    """The register takes no formula, so its names have none; the applicant's name is made one where it applies."""
    name = f"{one.name} {LINE}" if type(one) is Organisation else one.name
    return replace(one, name=name, representative=_person(one.representative), deputy=_person(one.deputy))


def _register(members: list[Organisation]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([["name", "kind"], *([one.name, f"k {LINE}"] for one in members)])
    return written.getvalue().encode()


def cast() -> Cast:
    members = [_organisation(one) for one in WORLD.members]
    applicant = replace(_organisation(WORLD.applicant), field_of_work=f"field {LINE}", address=text("Heideweg 7"))
    office = next(one.name for one in members if one.name.startswith(WORLD.office))
    example = replace(WORLD, members=members, applicant=applicant, office=office)
    return Cast(
        example=example, register=_register(members), charter=_charter(), line=line, text=text,
        hook=HOOK,
    )  # fmt: skip


def _charter() -> str:
    """The example's, with a name and a field of work of this kind."""
    lines = WORLD.charter_text.splitlines()
    place = next(number for number, one in enumerate(lines) if one.startswith("name = "))
    lines[place] = f"name = {json.dumps(f'Netz {LINE}')}"
    fields = next(number for number, one in enumerate(lines) if one.startswith("fields = ["))
    lines.insert(fields + 1, f"  {json.dumps(f'field {LINE}')},")
    return "\n".join([*lines, f"# {LINE}", ""])
