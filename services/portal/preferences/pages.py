"""A person's own settings in a network (N2): language, what comes by e-mail and when, another address for notices."""

import asyncio
from datetime import time

from litestar import Response

from contracts.membership.access import PersonEdit
from contracts.membership.members import Me
from contracts.notifications.settings import Kind, Preference, Preferences, PreferencesView
from contracts.texts import marked as _
from services.portal import days
from services.portal.api import EditedMeanwhile, Invalid, TooMany
from services.portal.forms import Form, FormRefused
from services.portal.rendering import LANGUAGES
from services.portal.routing import action, page
from services.portal.showing import WORDS
from services.portal.visit import Visit

_SETTINGS = "/n/{network:str}/settings"
OPTIONAL = (Kind.REMINDERS, Kind.RESULTS, Kind.DIRECTORY, Kind.OFFICE)
"""Legal notices are always sent: they set periods going."""

WORDS["kind"] = {
    Kind.LEGAL: _("Ballots and legal notices"),
    Kind.REMINDERS: _("Reminders of open answers"),
    Kind.RESULTS: _("Results of ballots, resignations"),
    Kind.DIRECTORY: _("The new directory after each change"),
    Kind.OFFICE: _("What waits for the coordinating office"),
}


@page(_SETTINGS)
async def show(visit: Visit, network: str) -> Response[bytes]:
    """An operator who speaks for no member has no settings here."""
    if visit.standing is None:
        return visit.page("preferences/none.html")
    me, found = await asyncio.gather(visit.api.get(Me, "/me"), _found(visit, network))
    return _page(visit, found, _filled(found), language=me.language)


@action(f"{_SETTINGS}/language")
async def choose_language(visit: Visit, network: str) -> Response[bytes]:  # noqa: ARG001 - of the address
    """Of the e-mails, and from now on of the pages in this browser."""
    body = visit.form.read(PersonEdit)
    await visit.api.put(Me, "/me", body, version=None, key=visit.form.key)
    visit.cookies.append(visit.house.cookies.kept("language", body.language))
    visit.locale = body.language
    await visit.say(_("Your language was saved."))
    return visit.go(f"{visit.home}/settings")


@action(_SETTINGS)
async def save(visit: Visit, network: str) -> Response[bytes]:
    form = visit.form
    try:
        path = f"/networks/{network}/preferences"
        before = await _found(visit, network)
        body = _read(form)
        after = await visit.api.put(PreferencesView, path, body, version=form.version, key=form.key)
    except EditedMeanwhile:
        form.errors[""] = _("Your settings were changed in another window meanwhile. Check them and save again.")
        return await _again(visit, network, form, 412)
    except (FormRefused, Invalid) as wrong:
        return await _again(visit, network, form.with_errors(wrong), 422)
    except TooMany as refused:
        if refused.slug != "sent-a-moment-ago":
            raise
        return await _again(visit, network, form.with_errors(refused), refused.status)
    asked = after.preferences.redirect_to
    if asked and not after.redirect_confirmed and asked != before.preferences.redirect_to:
        await visit.say(_("Saved. Confirm the other address by the link that was sent to it."))
    else:
        await visit.say(_("Your settings were saved."))
    return visit.go(f"{visit.home}/settings")


async def _again(visit: Visit, network: str, form: Form, status: int) -> Response[bytes]:
    """With what was entered; a second attempt replaces what stands there now."""
    me, found = await asyncio.gather(visit.api.get(Me, "/me"), _found(visit, network))
    return _page(visit, found, form, language=me.language, status=status)


async def _found(visit: Visit, network: str) -> PreferencesView:
    return await visit.api.get(PreferencesView, f"/networks/{network}/preferences")


def _page(
    visit: Visit, found: PreferencesView, form: Form, *, language: str | None, status: int = 200
) -> Response[bytes]:
    kinds = [kind for kind in OPTIONAL if kind is not Kind.OFFICE or visit.office]
    return visit.page(
        "preferences/settings.html", status=status, found=found, form=form, kinds=kinds,
        language_form=Form.of(language=language or visit.locale), languages_of=list(LANGUAGES.items()),
    )  # fmt: skip


def _filled(found: PreferencesView) -> Form:
    wishes = found.preferences
    off = {wish.kind for wish in wishes.kinds if not wish.email}
    return Form.of(
        email=[kind.value for kind in OPTIONAL if kind not in off],
        quiet_from=_written(wishes.quiet_from),
        quiet_until=_written(wishes.quiet_until),
        redirect_to=wishes.redirect_to,
    )


def _written(at: time | None) -> str | None:
    return None if at is None else at.strftime("%H:%M")


def _read(form: Form) -> Preferences:
    """Raises FormRefused."""
    chosen = set(form.all("email"))
    begin, end = days.clock_in(form, "quiet_from"), days.clock_in(form, "quiet_until")
    if (begin is None) != (end is None):
        missing = "quiet_until" if end is None else "quiet_from"
        raise FormRefused({missing: _("Enter both times of the quiet hours, or neither.")})
    return Preferences(
        kinds=[Preference(kind=kind, email=kind.value in chosen) for kind in OPTIONAL],
        quiet_from=begin,
        quiet_until=end,
        redirect_to=form.get("redirect_to") or None,
    )


PAGES = (show, choose_language, save)
