"""A new version of the charter: first what it changes, in words, then its adoption."""

from difflib import SequenceMatcher

from litestar import Response
from msgspec import Struct

from contracts.membership.networks import CharterText, CharterView
from contracts.texts import marked as _
from services.portal.api import Missing, Rejected
from services.portal.forms import Form
from services.portal.routing import action, page
from services.portal.visit import Visit

_DESK = "/n/{network:str}/desk/charter"


class Sentence(Struct, frozen=True, kw_only=True):
    """One sentence of the comparison."""

    text: str
    change: str
    """`kept`, `gone`, `new`."""


def compared(before: list[str], after: list[str]) -> list[Sentence]:
    """The new version's sentences in their order, with those that fall away where they stood."""
    found: list[Sentence] = []
    for kind, old, old_end, new, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            found += [Sentence(text=text, change="kept") for text in before[old:old_end]]
            continue
        found += [Sentence(text=text, change="gone") for text in before[old:old_end]]
        found += [Sentence(text=text, change="new") for text in after[new:new_end]]
    return found


@page(_DESK)
async def write(visit: Visit, network: str) -> Response[bytes]:
    draft = await visit.draft()
    return await _form(visit, network, Form(draft.entries) if draft else None)


async def _form(visit: Visit, network: str, form: Form | None = None, status: int = 200) -> Response[bytes]:
    if not (visit.office or visit.operator):
        raise Missing
    before = await visit.api.get(CharterView, f"/networks/{network}/charter")
    return visit.page("desk/charter.html", status=status, before=before, form=form or Form.of(charter=before.text))


@action(_DESK)
async def adopt(visit: Visit, network: str) -> Response[bytes]:
    form = visit.form
    path = f"/networks/{network}/charter"
    text = _text(form)
    if text is None:
        form.errors["charter"] = _("Save the file as text in UTF-8; then choose it again.")
        return await _form(visit, network, form, 422)
    text = text.strip("\n") + "\n"
    form.entries["charter"] = [text]
    sure = form.get("sure") == "yes"
    try:
        body = CharterText(charter=text)
        if not sure:
            after = await visit.api.post(CharterView, path, body, dry_run="true")
            before = await visit.api.get(CharterView, path)
            found = compared(before.sentences, after.sentences)
            return visit.page("desk/charter_check.html", before=before, after=after, sentences=found, form=form)
        adopted = await visit.api.post(CharterView, path, body, key=form.key)
    except Rejected as refused:
        if refused.status not in (409, 422):
            raise
        return await _form(visit, network, form.with_errors(refused), 422)
    await visit.drop_draft()
    await visit.say(_("Version {version} of the charter is in force."), version=adopted.version)
    return visit.go(f"/n/{network}/network")


def _text(form: Form) -> str | None:
    """Of the file, where one was chosen, or as written; None for what is no text."""
    upload = form.uploads.get("file")
    if upload is None or not upload.content:
        return next(iter(form.entries.get("charter", [])), "")
    try:
        return upload.content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None


PAGES = (write, adopt)
