"""Every page of the front end, read from its own lists, so that a new page cannot be forgotten."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "webui" / "frontend" / "src"
_ROUTE = re.compile(r"\{ (?:name: '(?P<first>\w+)', .*?)?path: '(?P<path>[^']*)'(?:, name: '(?P<second>\w+)')?")
EXAMPLES = {"flow": "main"}
"""What stands for a parameter in an address."""
WITHOUT_SESSION = frozenset({"setup", "login"})
NO_PAGES = frozenset({"home"})
"""Leads somebody who may do anything to the first page."""


@dataclass(frozen=True)
class PageAddress:
    """A page and where it is."""

    name: str
    path: str


def each_page() -> list[PageAddress]:
    """All pages for somebody who is signed in and may do everything; each settings page is one."""
    found = []
    for name, path in _routes():
        if name in WITHOUT_SESSION | NO_PAGES:
            continue
        if "/:section?" in path:
            base = path.replace("/:section?", "")
            found += [PageAddress(f"{name}-{section}", f"{base}/{section}") for section in _sections()]
        else:
            found.append(PageAddress(name, _example(path)))
    return found


def _routes() -> list[tuple[str, str]]:
    text = (SOURCE / "router.ts").read_text("utf-8")
    routes = [(match["first"] or match["second"] or "", match["path"]) for match in _ROUTE.finditer(text)]
    named = [(name, path) for name, path in routes if name]
    frames = text.count("import('./shell/")
    assert len(named) == text.count("component: () => import(") - frames, "router.ts has a route that is not read"
    return named


def _sections() -> list[str]:
    return re.findall(r"\{ id: '(\w+)'", (SOURCE / "setup" / "sections.ts").read_text("utf-8"))


def _example(path: str) -> str:
    """The address with something in the place of its parameters."""
    path = re.sub(r":rest\(.*?\)\*", "no-such-page", path)
    path = re.sub(r":(\w+)\??", lambda match: EXAMPLES[match[1]], path)
    return path if path.startswith("/") else f"/{path}"


def component_of(name: str) -> str:
    """The source of a page, as the build calls it."""
    text = (SOURCE / "router.ts").read_text("utf-8")
    found = re.search(rf"name: '{name}'.*import\('\./(pages/\w+\.vue)'\)", text)
    assert found is not None, f"{name} has no page"
    return f"src/{found[1]}"
