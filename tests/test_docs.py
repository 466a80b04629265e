"""What the documentation names exists."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.gateway.routes import ROUTES
from services.gateway.versions import VERSIONS
from services.portal.app import PAGES

ROOT = Path(__file__).parents[1]
DEADLINES = ROOT / "docs" / "deadlines.md"
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_CODE = re.compile(r"`((?:membership|chassis|cli|notifications)/[\w/]+(?:\.py|/))`")


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_test_named_in_the_deadlines_page_exists() -> None:
    named = _TEST.findall(DEADLINES.read_text())
    assert len(named) > 20
    missing = [
        f"{path}::{test}" for path, test in named if not (ROOT / path).is_file() or test not in functions_of(path)
    ]
    assert missing == []


def test_every_module_named_in_the_deadlines_page_exists() -> None:
    named = _CODE.findall(DEADLINES.read_text())
    assert named
    assert [path for path in named if not (ROOT / "services" / path).exists()] == []


def test_every_rule_of_time_ballots_admission_and_leaving_has_a_row() -> None:
    text = DEADLINES.read_text()
    for rule in ("T1 T2 T3 T4 T5 T6 T7", "B1 B2 B3 B4 B5 B6 B7 B8", "A1 A2 A3 A4 A5 A6", "L1 L2 L3 L4"):
        for name in rule.split():
            assert re.search(rf"^\| (?:\w+, )*{name}\b", text, re.MULTILINE), name


_PAGE = re.compile(r"^\| `([^`]+)` \| (\w+) \| \S.* \|$", re.MULTILINE)


def page_map() -> list[tuple[str, str]]:
    """Address and who may open it, as docs/portal.md says it."""
    rows = _PAGE.findall((ROOT / "docs/portal.md").read_text("utf-8"))
    return [(re.sub(r"^N\b", "/n/‹network›", address), who) for address, who in rows]


def pages() -> dict[str, Any]:
    """The portal's pages by address."""
    shown = [handler for handler in PAGES if "GET" in handler.http_methods]
    return {re.sub(r"\{(\w+):str\}", r"‹\1›", path): handler for handler in shown for path in handler.paths}


def test_the_page_map_has_every_page_of_the_portal_once_and_no_other() -> None:
    assert sorted(address for address, _ in page_map()) == sorted(pages())


def test_the_page_map_says_truly_who_may_open_a_page() -> None:
    registry = pages()
    for address, who in page_map():
        assert (who in ("everyone", "mail")) == registry[address].opt["public"], address
        assert (who in ("office", "holder")) == address.startswith("/n/‹network›/desk"), address
        assert (who == "operator") == address.startswith("/operator/"), address
        assert (who in ("network", "member", "office", "holder")) == address.startswith("/n/"), address


def test_every_address_that_the_partners_guide_and_the_first_look_call_exists() -> None:
    known = [re.compile(re.sub(r"\{\w+\}", "[^/]+", route.path) + r"\Z") for route in ROUTES]
    named = [
        f"/api/v1{path}".split("?")[0]
        for page in ("docs/partners.md", "docs/api.md", "docs/api-changelog.md", "README.md")
        for path in re.findall(r"(?:\$API|/api/v1)(/[\w/${}…-]+)", (ROOT / page).read_text("utf-8"))
    ]
    assert len(named) > 12
    assert [path for path in named if not any(one.match(path) for one in known)] == []


def test_the_api_changelog_tells_of_every_version_and_keeps_what_it_promises() -> None:
    text = (ROOT / "docs/api-changelog.md").read_text("utf-8")
    assert re.findall(r"^## (\d{4}-\d\d-\d\d)$", text, re.MULTILINE) == list(VERSIONS)
    for route in ROUTES:
        if route.deprecated is not None:
            assert f"`{route.verb} {route.path}`" in text
            assert route.sunset is None or (route.sunset - route.deprecated).days >= 365


@pytest.mark.parametrize("page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]), ids=lambda page: page.name)
def test_every_link_between_the_pages_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
