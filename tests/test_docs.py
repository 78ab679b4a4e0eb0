"""The reference pages are true: what the code has stands in its page, and what a page names is in the code."""

from __future__ import annotations

import argparse
import ast
import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from tornado.websocket import WebSocketHandler

import appliance.cli
from appliance import callplan, phoneplan, queueplan, smsplan, storageplan, talkplan
from appliance.callplan import CallPlan
from appliance.ivr import callerlist, hours
from appliance.ivr.graph import FlowGraph, Node
from appliance.ivr.registry import KINDS, exits_of
from appliance.settings import CardSettings, Settings
from appliance.telephony import call as call_words
from appliance.wire.facts import AnyFact
from appliance.wire.messages import AnyCommand, AnyEvent, AnyReply
from webui.app import ROUTES
from webui.auth.access import methods_of
from webui.auth.permissions import P, Role

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
NAMED = re.compile(r"`((?:drivers|appliance|webui|tests|bench|docs)/[\w./-]*)(?:::([\w.]+))?`")


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def missing(words: Iterable[str], text: str) -> list[str]:
    """Words that do not stand in `text` as code: whole, or one of several in a row of backticks."""
    spans = set(re.findall(r"`([^`\n]+)`", text))
    return [word for word in words if word not in spans]


def section(text: str, *headings: str) -> str:
    """Everything below the first heading that holds one of `headings`, up to the next heading."""
    for part in re.split(r"^#+ ", text, flags=re.MULTILINE):
        if any(heading in part.splitlines()[0] for heading in headings if part.strip()):
            return part
    raise AssertionError(f"no section {' or '.join(headings)}")


def keys_of(kind: type[msgspec.Struct]) -> list[msgspec.structs.FieldInfo]:
    return list(msgspec.structs.fields(kind))


def setting_names() -> Iterator[tuple[str, object]]:
    """Each settings key as the page writes it, with its default."""
    for field in keys_of(Settings):
        if field.name == "cards":
            yield "cards", None
            yield from ((f"cards.{part.name}", part.default) for part in keys_of(CardSettings))
        elif isinstance(field.default, msgspec.Struct):
            yield from ((f"{field.name}.{part.name}", part.default) for part in keys_of(type(field.default)))
        else:
            yield field.name, field.default


def row_of(key: str, text: str) -> str:
    return next((line for line in text.splitlines() if line.startswith("|") and f"`{key}`" in line.split("|")[1]), "")


@pytest.mark.parametrize(("key", "default"), list(setting_names()))
def test_every_setting_is_explained_with_its_default(key: str, default: object) -> None:
    row = row_of(key, section(page("CONFIG.md"), "settings.toml"))
    assert row, f"docs/CONFIG.md does not explain {key}"
    if default is not None:
        assert f"`{msgspec.json.encode(default).decode()}`" in row, f"docs/CONFIG.md: default of {key} is {default!r}"


PLAN_PARTS = [
    CallPlan,
    FlowGraph,
    *(
        kind
        for name, kind in vars(callplan).items()
        if isinstance(kind, type)
        and issubclass(kind, msgspec.Struct)
        and kind.__module__
        in {
            callplan.__name__,
            queueplan.__name__,
            phoneplan.__name__,
            storageplan.__name__,
            smsplan.__name__,
            talkplan.__name__,
            hours.__name__,
            callerlist.__name__,
        }
        and kind is not CallPlan
        and not name.startswith("_")
    ),
]


def default_text(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    if isinstance(value, msgspec.Struct):
        return "see below"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"`{msgspec.json.encode(value).decode()}`"


@pytest.mark.parametrize("part", PLAN_PARTS, ids=lambda part: part.__name__)
def test_every_field_of_the_call_plan_is_explained_with_its_default(part: type[msgspec.Struct]) -> None:
    heading = "The plan" if part is CallPlan else f"({part.__name__})"
    text = section(page("CONFIG.md"), heading)
    prefix = "spans[]." if part.__name__ == "Span" else ""
    for field in keys_of(part):
        row = row_of(prefix + field.encode_name, text)
        assert row, f"docs/CONFIG.md does not explain {part.__name__}.{field.encode_name}"
        assert default_text(field) in row.split("|")[2], f"{part.__name__}.{field.encode_name}: {default_text(field)}"


def test_every_field_of_a_node_is_explained() -> None:
    text = section(page("CONFIG.md"), "(Node)")
    assert not missing([f"nodes[].{field.encode_name}" for field in keys_of(Node)], text)


def nested_fields(kind: type[msgspec.Struct], prefix: str = "") -> Iterator[tuple[str, msgspec.structs.FieldInfo]]:
    """Every parameter of a node as the page writes it: `rules[].exit`."""
    for field in keys_of(kind):
        name = prefix + field.encode_name
        yield name, field
        for part in structs_in(field.type):
            yield from nested_fields(part, f"{name}[].")


def structs_in(kind: Any) -> list[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [kind]
    return [part for argument in get_args(kind) for part in structs_in(argument)]


@pytest.mark.parametrize("name", KINDS)
def test_every_node_kind_is_explained_with_its_parameters_and_exits(name: str) -> None:
    kind = KINDS[name]
    text = next((part for part in page("NODES.md").split("\n## ") if part.startswith(f"`{name}` {kind.label}\n")), "")
    assert text, f"docs/NODES.md has no node kind {name} {kind.label}"
    for key, field in nested_fields(kind.params):
        row = row_of(key, text)
        assert row, f"docs/NODES.md: {name} has a parameter {key}"
        if field.default_factory is msgspec.NODEFAULT and not isinstance(field.default, tuple):
            assert default_text(field) in row.split("|")[2], f"{name}.{key}: {default_text(field)}"
    for exit_ in exits_of(kind.sample, kind):
        row = row_of(exit_.name, text)
        if exit_.name != "failed" and exit_.name not in {each.exit for each in getattr(kind.sample, "rules", ())}:
            assert exit_.label in row, f"docs/NODES.md: {name} has an exit {exit_.name} {exit_.label}"
            assert exit_.required != ("optional" in row), f"{name}: exit {exit_.name}"
    stray = set(re.findall(r"^\| `([a-z_]+)` \|", text, flags=re.MULTILINE))
    assert stray <= {field.encode_name for field in keys_of(kind.params)} | {
        exit_.name for exit_ in exits_of(kind.sample, kind)
    }


def test_no_node_is_explained_that_does_not_exist() -> None:
    assert re.findall(r"^## `(\w+)`", page("NODES.md"), flags=re.MULTILINE) == list(KINDS)


def members(union: Any) -> list[str]:
    return [kind.__name__ for kind in get_args(union)]


MESSAGES = {"commands": AnyCommand, "replies": AnyReply, "events": AnyEvent, "facts": AnyFact}


@pytest.mark.parametrize("union", MESSAGES.values(), ids=MESSAGES.keys())
def test_every_message_and_fact_is_in_the_page_of_the_wire(union: Any) -> None:
    assert not missing(members(union), page("WIRE.md"))


def test_every_permission_is_explained() -> None:
    text = page("PERMISSIONS.md")
    for permission in P:
        row = next((line for line in text.splitlines() if line.startswith(f"| `{permission.value}` |")), "")
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        letters = "".join(role.letter for role in Role if role in permission.roles)
        scope = "yes" if permission.scoped else "–"
        assert cells[1:] == [permission.label, letters or "–", str(permission.risk), scope, permission.description]


def test_no_permission_is_explained_that_does_not_exist() -> None:
    listed = re.findall(r"^\| `([a-z_]+\.[a-z_0-9]+)` \|", page("PERMISSIONS.md"), flags=re.MULTILINE)
    assert sorted(listed) == sorted(permission.value for permission in P)


@pytest.mark.parametrize("route", [route for route in ROUTES if route.path != "/{path}"], ids=lambda route: route.path)
def test_every_address_is_in_the_page_of_the_api(route: Any) -> None:
    text = page("API.md")
    if issubclass(route.handler, WebSocketHandler):
        assert f"| WS {route.path} |" in text
        return
    for method in methods_of(route.handler):
        assert re.search(rf"^\| {method.upper()} {re.escape(route.path)}[ ?|]", text, flags=re.MULTILINE), (
            f"docs/API.md has no {method.upper()} {route.path}"
        )


def subcommands() -> dict[str, argparse.ArgumentParser]:
    parser = argparse.ArgumentParser()
    subparsers = parser.add_subparsers()
    for found in pkgutil.iter_modules(appliance.cli.__path__):
        module = importlib.import_module(f"appliance.cli.{found.name}")
        if hasattr(module, "add_parser"):
            module.add_parser(subparsers)
    choices: dict[str, argparse.ArgumentParser] = subparsers.choices
    return choices


def test_every_subcommand_and_option_is_in_the_page_of_the_command_line() -> None:
    text = page("CLI.md")
    commands = subcommands()
    assert {"serve", "simulate", "analyse", "doctor"} <= set(commands)
    for name, parser in commands.items():
        assert f"`hotlinebox {name}" in text, f"docs/CLI.md has no subcommand {name}"
        for option in parser._option_string_actions:
            assert option in {"-h", "--help"} or option in text, f"docs/CLI.md: {name} {option}"


def test_the_readme_shows_every_command_a_newcomer_needs() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not [name for name in ("serve", "simulate", "analyse", "doctor") if f"hotlinebox {name}" not in text]
    assert not [name for name in ("run", "test", "check", "bench") if f"./dev {name}" not in text]


def test_every_word_about_calls_has_its_chinese() -> None:
    text = page("GLOSSARY.md")
    for name, words in vars(call_words).items():
        if isinstance(words, type) and issubclass(words, StrEnum) and words is not StrEnum:
            explained = re.search(rf"^\*\*{name}\*\*.*?\n\n", text + "\n\n", flags=re.MULTILINE | re.DOTALL)
            assert explained, f"docs/GLOSSARY.md has no {name}"
            listed = dict(re.findall(r"`(\w+)` ([^·\n]+)", explained[0]))
            assert set(listed) == {word.value for word in words}, name


def definitions(path: Path) -> set[str]:
    """Every class, function, method (`Class.method`) and module constant of a Python file."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            inner = [each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
            found |= {f"{node.name}.{each.name}" for each in inner}
        if isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_page_names_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for file, name in NAMED.findall(text):
        assert (ROOT / file).exists(), f"{path.name} names {file}"
        assert not name or name in definitions(ROOT / file), f"{path.name} names {file}::{name}"
    for target in LINK.findall(text):
        assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_the_architecture_names_the_code() -> None:
    assert len(NAMED.findall(page("ARCHITECTURE.md"))) > 50
