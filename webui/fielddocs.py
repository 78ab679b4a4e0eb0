"""What our source says about the fields of a struct: the string that stands below each. Read once, at start."""

from __future__ import annotations

import ast
import functools
import sys
from pathlib import Path

import msgspec


def field_docs(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Sentence by field, as the field is encoded; of the class and of those it is made from."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if issubclass(base, msgspec.Struct) and base is not msgspec.Struct:
            found |= _of_module(base.__module__).get(base.__name__, {})
    return {each.encode_name: found[each.name] for each in msgspec.structs.fields(kind) if each.name in found}


@functools.cache
def _of_module(name: str) -> dict[str, dict[str, str]]:
    """Sentence by field, by class; nothing where there is no source."""
    file = getattr(sys.modules.get(name), "__file__", None)
    try:
        tree = ast.parse(Path(file or "").read_text(encoding="utf-8"))
    except (OSError, SyntaxError):
        return {}
    return {node.name: _of_class(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _of_class(node: ast.ClassDef) -> dict[str, str]:
    found: dict[str, str] = {}
    for first, then in zip(node.body, node.body[1:], strict=False):
        if (
            isinstance(first, ast.AnnAssign)
            and isinstance(first.target, ast.Name)
            and isinstance(then, ast.Expr)
            and isinstance(then.value, ast.Constant)
            and isinstance(then.value.value, str)
        ):
            found[first.target.id] = " ".join(then.value.value.split())
    return found
