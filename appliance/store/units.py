"""The organisation tree: organisation, department, team; people hang on any of its nodes."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.errors import ConflictError, InvalidError, NotFoundError


class UnitKind(StrEnum):
    ORGANISATION = "organisation"
    DEPARTMENT = "department"
    TEAM = "team"


_BELOW = {
    UnitKind.ORGANISATION: frozenset(UnitKind),
    UnitKind.DEPARTMENT: frozenset({UnitKind.DEPARTMENT, UnitKind.TEAM}),
    UnitKind.TEAM: frozenset[UnitKind](),
}
"""What may stand directly below a unit."""
_NAMES = {UnitKind.ORGANISATION: "组织", UnitKind.DEPARTMENT: "部门", UnitKind.TEAM: "班组"}


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    parent: int | None
    kind: UnitKind
    label: str
    active: bool = True


class UnitDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A unit as an administrator writes it."""

    label: str
    kind: UnitKind
    parent: int | None = None
    active: bool = True


def list_units(db: Connection) -> list[Unit]:
    """Every unit, in the order of the tree's levels: siblings as they were arranged."""
    return [
        Unit(id=unit_id, parent=parent, kind=UnitKind(kind), label=label, active=bool(active))
        for unit_id, parent, kind, label, active in fetch_all(
            db, "SELECT id, parent_id, kind, label, active FROM units ORDER BY position, id"
        )
    ]


def get_unit(db: Connection, unit_id: int) -> Unit:
    """Raises `NotFoundError`."""
    for unit in list_units(db):
        if unit.id == unit_id:
            return unit
    raise NotFoundError("没有这个单位，可能已被删除。请刷新页面。")


def add_unit(db: Connection, draft: UnitDraft) -> Unit:
    """Below `parent`, after its other units. Raises `InvalidError`, `ConflictError`, `NotFoundError`."""
    _check(db, draft, None)
    unit_id = int(fetch_value(db, "SELECT coalesce(max(id), 0) + 1 FROM units"))
    execute(
        db,
        "INSERT INTO units (id, parent_id, kind, label, position, active) VALUES (?, ?, ?, ?, ?, 1)",
        (unit_id, draft.parent, draft.kind.value, draft.label.strip(), unit_id),
    )
    return get_unit(db, unit_id)


def update_unit(db: Connection, unit_id: int, draft: UnitDraft) -> Unit:
    """Rename, move, retire or take into use again; people stay in their unit. Raises as `add_unit`."""
    before = get_unit(db, unit_id)
    _check(db, draft, before)
    if before.active and not draft.active:
        _check_empty(db, before, "停用")
    execute(
        db,
        "UPDATE units SET parent_id = ?, kind = ?, label = ?, active = ? WHERE id = ?",
        (draft.parent, draft.kind.value, draft.label.strip(), int(draft.active), unit_id),
    )
    return get_unit(db, unit_id)


def arrange_units(db: Connection, parent: int | None, order: tuple[int, ...]) -> None:
    """Put the units directly below `parent` into this order. Raises `ConflictError` when these are not all of them."""
    there = {unit.id for unit in list_units(db) if unit.parent == parent}
    if there != set(order) or len(order) != len(there):
        raise ConflictError("组织结构刚刚被修改，请刷新页面后再排序。")
    for position, unit_id in enumerate(order):
        execute(db, "UPDATE units SET position = ? WHERE id = ?", (position, unit_id))


def delete_unit(db: Connection, unit_id: int) -> Unit:
    """Only one in which nobody ever was. Raises `ConflictError`, `NotFoundError`."""
    unit = get_unit(db, unit_id)
    _check_empty(db, unit, "删除")
    if fetch_value(db, "SELECT count(*) FROM users WHERE unit_id = ?", (unit_id,)):
        raise ConflictError(f"“{unit.label}”下还有停用的职员账号，不能删除，可以停用这个单位。")
    if fetch_value(db, "SELECT count(*) FROM units WHERE parent_id = ?", (unit_id,)):
        raise ConflictError(f"“{unit.label}”下还有停用的单位，请先删除它们。")
    execute(db, "DELETE FROM units WHERE id = ?", (unit_id,))
    return unit


def agents_of_units(db: Connection, unit_ids: tuple[int, ...]) -> tuple[str, ...]:
    """Staff numbers of everyone in these units or below them."""
    if not unit_ids:
        return ()
    marks = ", ".join("?" * len(unit_ids))
    rows = fetch_all(
        db,
        f"WITH RECURSIVE below (id) AS (SELECT id FROM units WHERE id IN ({marks})"  # noqa: S608 marks only
        " UNION SELECT u.id FROM units u JOIN below b ON u.parent_id = b.id)"
        " SELECT agent FROM users WHERE agent IS NOT NULL AND unit_id IN (SELECT id FROM below) ORDER BY agent",
        unit_ids,
    )
    return tuple(agent for (agent,) in rows)


def _check(db: Connection, draft: UnitDraft, before: Unit | None) -> None:
    label = draft.label.strip()
    if not label:
        raise InvalidError("名称不能为空。", "label")
    units = {unit.id: unit for unit in list_units(db)}
    if draft.parent is not None:
        parent = units.get(draft.parent)
        if parent is None or (draft.active and not parent.active):
            raise InvalidError("上级单位不存在或已停用，请另选一个。", "parent")
        if draft.kind not in _BELOW[parent.kind]:
            raise InvalidError(f"{_NAMES[parent.kind]}下面不能设{_NAMES[draft.kind]}。", "kind")
    for unit in units.values():
        if before is not None and unit.id == before.id:
            continue
        if unit.parent == draft.parent and unit.label == label:
            raise ConflictError(f"这里已经有“{label}”，请换一个名称。", "label")
    if before is not None:
        _check_place(units, draft, before)


def _check_place(units: dict[int, Unit], draft: UnitDraft, before: Unit) -> None:
    above = draft.parent
    while above is not None:
        if above == before.id:
            raise InvalidError(f"不能把“{before.label}”移到它自己的下级。", "parent")
        above = units[above].parent
    for unit in units.values():
        if unit.parent == before.id and unit.kind not in _BELOW[draft.kind]:
            raise InvalidError(f"“{unit.label}”是{_NAMES[unit.kind]}，不能在{_NAMES[draft.kind]}下面。", "kind")


def _check_empty(db: Connection, unit: Unit, what: str) -> None:
    people = fetch_value(db, "SELECT count(*) FROM users WHERE active = 1 AND unit_id = ?", (unit.id,))
    if people:
        raise ConflictError(f"“{unit.label}”里还有 {people} 名职员，请先把他们移到别的单位，再{what}。")
    if any(other.parent == unit.id and other.active for other in list_units(db)):
        raise ConflictError(f"“{unit.label}”下面还有单位，请先移走或停用它们，再{what}。")
