"""The register as CSV: first a report of what would happen, then the import and the report of what happened."""

from litestar import Response

from contracts.membership.members import ImportReport
from contracts.texts import marked as _
from services.portal.api import Missing, Rejected
from services.portal.forms import Form
from services.portal.routing import action, page
from services.portal.visit import Visit

_DESK = "/n/{network:str}/desk/register"
_LARGEST = 1_000_000
_LINES_SHOWN = 200


@page(_DESK)
async def choose(visit: Visit, network: str) -> Response[bytes]:  # noqa: ARG001 - of the address
    return _form(visit)


def _form(visit: Visit, sentence: str = "", status: int = 200) -> Response[bytes]:
    if not (visit.office or visit.operator):
        raise Missing
    form = Form()
    if sentence:
        form.errors["register"] = sentence
    return visit.page("desk/register.html", status=status, form=form)


@action(_DESK)
async def bring_in(visit: Visit, network: str) -> Response[bytes]:
    """The file travels through the report in a hidden field, so that what was reported is what is imported."""
    form = visit.form
    upload = form.uploads.get("register")
    content = upload.content if upload is not None else form.get("csv").encode()
    if not content.strip():
        return _form(visit, _("Choose a file."), 422)
    if len(content) > _LARGEST:
        return _form(visit, _("The file may have at most 1 MB."), 422)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _form(visit, _("Save the file as CSV in UTF-8; then choose it again."), 422)
    sure = form.get("sure") == "yes"
    try:
        report = await visit.api.upload(
            ImportReport, f"/networks/{network}/members/import", text.encode(), "text/csv",
            key=form.key if sure else None, dry_run=not sure,
        )  # fmt: skip
    except Rejected as refused:
        if refused.status not in (400, 409, 413, 422):
            raise
        return _form(visit, refused.sentence, 422)
    results = "importresult" if report.imported else "heldresult" if report.refused else "foreseenresult"
    lines = report.lines[:_LINES_SHOWN]
    return visit.page("desk/register_report.html", report=report, csv=text, lines=lines, results=results)


PAGES = (choose, bring_in)
