"""The tree of call reasons (呼叫事由) that agents file calls under."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec

from appliance.store.connection import Connection, fetch_all
from appliance.store.errors import InvalidError, NotFoundError
from appliance.store.models.customer import ReasonTable


class ReasonNode(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    label: str
    active: bool = True
    """False: stands in old calls, is offered no more."""
    children: tuple[ReasonNode, ...] = ()


def reason_tree(db: Connection) -> tuple[ReasonNode, ...]:
    """All reasons, roots first, each level in its order."""
    below: dict[int | None, list[tuple[int, str, int]]] = {}
    rows = fetch_all(db, "SELECT id, parent_id, label, active FROM reasons ORDER BY position, id")
    for reason_id, parent_id, label, active in rows:
        below.setdefault(parent_id, []).append((reason_id, label, active))

    def nodes(parent: int | None) -> tuple[ReasonNode, ...]:
        return tuple(
            ReasonNode(id=reason_id, label=label, active=bool(active), children=nodes(reason_id))
            for reason_id, label, active in below.get(parent, ())
        )

    return nodes(None)


def reason_labels(db: Connection) -> dict[int, str]:
    """Full label of every reason, `报修/无信号`."""
    labels: dict[int, str] = {}

    def walk(nodes: tuple[ReasonNode, ...], above: str) -> None:
        for node in nodes:
            labels[node.id] = above + node.label
            walk(node.children, f"{labels[node.id]}/")

    walk(reason_tree(db), "")
    return labels


def reasons_below(db: Connection, reason_ids: tuple[int, ...]) -> tuple[int, ...]:
    """The reasons themselves, as far as they exist, with everything below them."""
    found: list[int] = []

    def walk(nodes: tuple[ReasonNode, ...], *, chosen: bool) -> None:
        for node in nodes:
            wanted = chosen or node.id in reason_ids
            if wanted:
                found.append(node.id)
            walk(node.children, chosen=wanted)

    walk(reason_tree(db), chosen=False)
    return tuple(found)


def add_reason(db: Connection, label: str, parent: int | None) -> int:
    """Add a reason at the end of its level; its id. Raises `InvalidError`, `NotFoundError` for the parent."""
    if parent is not None:
        _get(db, parent)
    position = ReasonTable.select().count(db)
    return int(ReasonTable.insert(label=_label(label), parent_id=parent, position=position).execute(db))


def rename_reason(db: Connection, reason_id: int, label: str) -> None:
    """Calls filed under it show the new label. Raises `InvalidError`, `NotFoundError`."""
    _get(db, reason_id)
    ReasonTable.update(label=_label(label)).where(ReasonTable.id == reason_id).execute(db)


def set_reason_active(db: Connection, reason_id: int, *, active: bool) -> None:
    """Offer the reason or no longer. Raises `NotFoundError`."""
    _get(db, reason_id)
    ReasonTable.update(active=active).where(ReasonTable.id == reason_id).execute(db)


def _get(db: Connection, reason_id: int) -> ReasonTable:
    row: ReasonTable | None = ReasonTable.select().where(ReasonTable.id == reason_id).first(db)
    if row is None:
        raise NotFoundError("没有这个呼叫事由，可能已被删除。请刷新页面。")
    return row


def _label(text: str) -> str:
    if not text.strip():
        raise InvalidError("事由名称不能为空。", "label")
    return text.strip()


class ReasonDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reason as a person arranges it."""

    id: int | None = None
    """None: new."""
    label: Annotated[str, msgspec.Meta(max_length=40)]
    active: bool = True
    children: tuple[ReasonDraft, ...] = ()


MOST_LEVELS = 4
MOST_REASONS = 500


def set_reason_tree(db: Connection, tree: tuple[ReasonDraft, ...]) -> None:
    """Make `tree` the whole tree: new, renamed, moved, switched off. Reasons that are left out are deleted.

    Raises `InvalidError` with the path of the field (`[0].children[2].label`), also for one that is left out though
    calls are filed under it; `NotFoundError` for one that is not there.
    """
    rows = [*_checked(tree, "", 1)]
    if len(rows) > MOST_REASONS:
        raise InvalidError(f"事由太多，最多 {MOST_REASONS} 个。", "")
    known: dict[int, str] = dict(fetch_all(db, "SELECT id, label FROM reasons"))
    kept = {draft.id for draft, _, _ in rows if draft.id is not None}
    if kept - known.keys() or len(kept) != sum(draft.id is not None for draft, _, _ in rows):
        raise NotFoundError("有的事由已被删除，请刷新页面后重试。")
    given: dict[int, int] = {}
    for position, (draft, above, _) in enumerate(rows):
        columns = {
            "label": draft.label.strip(),
            "parent_id": None if above is None else given[id(above)],
            "position": position,
            "active": draft.active,
        }
        if draft.id is None:
            given[id(draft)] = int(ReasonTable.insert(**columns).execute(db))
        else:
            given[id(draft)] = draft.id
            ReasonTable.update(**columns).where(ReasonTable.id == draft.id).execute(db)
    for gone in sorted(known.keys() - kept, reverse=True):
        used = fetch_all(db, "SELECT 1 FROM calls WHERE reason_id = ? LIMIT 1", (gone,))
        if used:
            raise InvalidError(f"已有通话归在“{known[gone]}”下，不能删除，请改为停用。", "")
    ReasonTable.update(parent_id=None).where(ReasonTable.id << list(known.keys() - kept)).execute(db)
    ReasonTable.delete().where(ReasonTable.id << list(known.keys() - kept)).execute(db)


def _checked(
    tree: tuple[ReasonDraft, ...], path: str, level: int, above: ReasonDraft | None = None
) -> Iterator[tuple[ReasonDraft, ReasonDraft | None, str]]:
    """Every reason with the one above it, parents first. Raises `InvalidError`."""
    seen: set[str] = set()
    for index, draft in enumerate(tree):
        here = f"{path}[{index}]"
        label = draft.label.strip()
        if not label:
            raise InvalidError("事由名称不能为空。", f"{here}.label")
        if "/" in label:
            raise InvalidError("事由名称里不能有斜线“/”，它用来隔开上下级。", f"{here}.label")
        if label in seen:
            raise InvalidError(f"同一级里已经有“{label}”了，请换一个名称。", f"{here}.label")
        if level > MOST_LEVELS:
            raise InvalidError(f"事由最多 {MOST_LEVELS} 级。", f"{here}.label")
        seen.add(label)
        yield draft, above, here
        yield from _checked(draft.children, f"{here}.children", level + 1, draft)
