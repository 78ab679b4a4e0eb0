"""What a change of the call plan changes, as small as can be told: for permissions and for the operation log. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec


def changed_fields(before: msgspec.Struct, after: msgspec.Struct) -> list[str]:
    """Names of the fields that are not the same."""
    return [name for name in before.__struct_fields__ if getattr(before, name) != getattr(after, name)]


def changed_items(before: Sequence[Any], after: Sequence[Any]) -> Iterator[tuple[Any, str]]:
    """Each item, told by its `id`, with each of its fields that changed; '' for one that is new, gone or moved.

    Of a new or gone one also every field that is not at its default: it came or went with it.
    """
    old, new = ({item.id: item for item in items} for items in (before, after))
    for key in old.keys() ^ new.keys():
        item = old.get(key) or new[key]
        yield item, ""
        for known in msgspec.structs.fields(item):
            if not known.required and getattr(item, known.name) != known.default:
                yield item, known.name
    kept = [[key for key in items if key in old and key in new] for items in (old, new)]
    for was, now in zip(*kept, strict=True):
        if was != now:
            yield new[now], ""
        for field in changed_fields(old[was], new[was]):
            yield old[was], field
            yield new[was], field


def difference(before: Any, after: Any) -> tuple[str, str]:
    """Two JSON texts that hold only what is not the same on both sides."""
    old, new = _differing(msgspec.to_builtins(before), msgspec.to_builtins(after))
    return msgspec.json.encode(old).decode(), msgspec.json.encode(new).decode()


def _differing(before: Any, after: Any) -> tuple[Any, Any]:
    if isinstance(before, dict) and isinstance(after, dict):
        return _differing_members(before, after)
    if isinstance(before, list | tuple) and isinstance(after, list | tuple):
        return _differing_items(before, after)
    return before, after


def _differing_members(before: dict[str, Any], after: dict[str, Any]) -> tuple[Any, Any]:
    old, new = {}, {}
    for key in {**before, **after}:
        if key not in before:
            new[key] = after[key]
        elif key not in after:
            old[key] = before[key]
        elif before[key] != after[key] or key == "id":
            old[key], new[key] = _differing(before[key], after[key])
    return old, new


def _differing_items(before: Sequence[Any], after: Sequence[Any]) -> tuple[Any, Any]:
    if all(isinstance(item, dict) and "id" in item for item in (*before, *after)):
        by_id = [{item["id"]: item for item in items} for items in (before, after)]
        old, new = _differing_members(*by_id)
        if (old or new) or before == after:
            return list(old.values()), list(new.values())
        return [item["id"] for item in before], [item["id"] for item in after]
    known = [{msgspec.json.encode(item) for item in items} for items in (before, after)]
    old_items = [item for item in before if msgspec.json.encode(item) not in known[1]]
    new_items = [item for item in after if msgspec.json.encode(item) not in known[0]]
    return (old_items, new_items) if old_items or new_items else (list(before), list(after))
