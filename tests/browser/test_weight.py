"""How much a page makes the browser load; counted from the build, so that it never depends on a machine's mood."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.browser.desk import STATIC
from tests.browser.pages import SOURCE, component_of, each_page

pytestmark = [pytest.mark.browser]

BUILT = STATIC.parent
FIRST_ROUTE_BYTES = 225_000
"""Frame and page together: what a person waits for after signing in."""
FIRST_ROUTE_FILES = 20
"""Every file is a request, and costs its headers."""
ANY_PAGE_BYTES = 380_000
HEAVY = {"flow"}
"""The editor brings its drawing board along."""


def weight(path: Path) -> int:
    """Bytes that go out: gzip, which browsers take over plain HTTP too (Brotli they take only over HTTPS)."""
    packed = path.with_name(path.name + ".gz")
    return (packed if packed.exists() else path).stat().st_size


def loaded(manifest: dict[str, Any], *wanted: str) -> set[str]:
    """Files that come with these sources, without what is loaded only on demand."""
    files, open_ends, seen = set(), list(wanted), set()
    while open_ends:
        source = open_ends.pop()
        if source in seen:
            continue
        seen.add(source)
        chunk = manifest[source]
        files |= {chunk["file"], *chunk.get("css", ())}
        open_ends += chunk.get("imports", ())
    return files


def page_files(manifest: dict[str, Any], name: str) -> set[str]:
    """What the document brings, the frame and the page."""
    return loaded(manifest, "index.html", "src/shell/Shell.vue", component_of(name))


def page_bytes(manifest: dict[str, Any], name: str) -> int:
    return weight(STATIC) + sum(weight(BUILT / file) for file in page_files(manifest, name))


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    if not STATIC.exists():
        pytest.skip("needs the built front end: ./dev setup")
    found: dict[str, Any] = json.loads((BUILT / "manifest.json").read_text("utf-8"))
    return found


def test_the_first_page_is_light(manifest: dict[str, Any]) -> None:
    assert page_bytes(manifest, each_page()[0].name) <= FIRST_ROUTE_BYTES


def test_the_first_page_is_few_files(manifest: dict[str, Any]) -> None:
    assert len(page_files(manifest, each_page()[0].name)) <= FIRST_ROUTE_FILES


@pytest.mark.parametrize("name", sorted({page.name.partition("-")[0] for page in each_page()} - HEAVY))
def test_no_page_is_heavy(manifest: dict[str, Any], name: str) -> None:
    assert page_bytes(manifest, name) <= ANY_PAGE_BYTES, name


def test_the_front_end_needs_nothing_but_its_own_files() -> None:
    assert "http" not in (SOURCE.parent / "index.html").read_text("utf-8")
