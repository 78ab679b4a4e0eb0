"""The tree of call reasons (呼叫事由) that agents file calls under."""

from __future__ import annotations

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
