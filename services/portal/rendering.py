"""Templates: one environment for each language, each feature's folder under its name (`inbox/inbox.html`)."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from services.chassis import texts
from services.portal import showing
from services.portal.assets import Assets

_HERE = Path(__file__).parent
TEXTS = texts.of("services.portal")
LOCALES = texts.LOCALES
LANGUAGES = {"de": "Deutsch", "en": "English", "nl": "Nederlands", "da": "Dansk"}


class Templates:
    def __init__(self, assets: Assets) -> None:
        folders = {folder.parent.name: FileSystemLoader(folder) for folder in sorted(_HERE.glob("*/templates"))}
        self._environments: dict[str, Environment] = {
            locale: _environment(PrefixLoader(folders), assets, locale) for locale in LOCALES
        }

    def render(self, name: str, locale: str, context: dict[str, Any]) -> str:
        return self._environments[locale].get_template(name).render(context)


def _environment(loader: PrefixLoader, assets: Assets, locale: str) -> Environment:
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    texts.install(environment, TEXTS, locale)
    environment.globals |= {"locale": locale, "languages": LANGUAGES, "asset": assets.address}
    environment.filters |= showing.filters(locale)
    return environment
