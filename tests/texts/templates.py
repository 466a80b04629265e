"""Texts in Jinja templates: `{{ _("…", name=value) }}` and `{{ ngettext("{n} day", "{n} days", n) }}`."""

from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError, nodes

from tests.texts.found import Found, Text, unmet

ENDINGS = {".html", ".txt", ".mjml", ".jinja", ".xml"}
_parser = Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"], autoescape=True)


def extract(path: Path, name: str, found: Found) -> None:
    """Adds the texts of one template."""
    try:
        tree = _parser.parse(path.read_text("utf-8"))
    except TemplateSyntaxError as error:
        found.faults.append(f"{name}:{error.lineno}: {error.message}")
        return
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in {"_", "gettext", "ngettext"}:
            _add(call, f"{name}:{call.lineno}", path.name, found)


def _add(call: nodes.Call, place: str, page: str, found: Found) -> None:
    several = isinstance(call.node, nodes.Name) and call.node.name == "ngettext"
    literal = [part.value for part in call.args[: 1 + several] if isinstance(part, nodes.Const)]
    if len(literal) < 1 + several:
        if several or not call.args:
            found.faults.append(f"{place}: ngettext takes two literal texts")
        return  # `_(name)`: a text that is marked in Python
    context = next((part.value for part in call.kwargs if part.key == "context"), nodes.Const(""))
    if not isinstance(context, nodes.Const) or (several and context.value):
        found.faults.append(f"{place}: a context is a literal text, and a plural has none")
        return
    found.add(Text(literal[0], literal[1] if several else "", page, context.value), place)
    given = {part.key for part in call.kwargs} | ({"n"} if several else set())
    for text in literal:
        if call.dyn_kwargs is None and (missing := unmet(text, given)):
            found.faults.append(f"{place}: no word is given for {{{min(missing)}}}")
