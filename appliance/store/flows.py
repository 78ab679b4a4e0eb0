"""Drafts of call flows and the history of what was published. What is in force stands in `callplan.json`, not here."""

from __future__ import annotations

from datetime import datetime

import msgspec

from appliance.ivr.graph import FlowGraph
from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.errors import ConflictError, NotFoundError
from appliance.telephony.ids import FlowId


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody works on; `graph` None: nothing that is not published."""

    flow: FlowId
    graph: FlowGraph | None
    revision: int
    """Grows with every change of the draft, never returns to an earlier number."""
    saved_at: str
    user_name: str


class FlowVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A published version; its graph is read by `get_flow_version`."""

    flow: FlowId
    version: int
    reason: str
    published_at: str
    user_name: str


class Author(msgspec.Struct, frozen=True):
    """Who changes something."""

    user_id: int | None
    name: str


_DRAFT = "SELECT flow, graph, revision, saved_at, user_name FROM flow_drafts"
_VERSION = "SELECT flow, version, reason, published_at, user_name FROM flow_versions"


def list_drafts(db: Connection) -> dict[FlowId, Draft]:
    """Every draft, also the emptied ones, by flow."""
    return {draft.flow: draft for draft in map(_draft, fetch_all(db, f"{_DRAFT} ORDER BY flow"))}


def get_draft(db: Connection, flow: FlowId) -> Draft | None:
    """None when the flow never had one."""
    rows = fetch_all(db, f"{_DRAFT} WHERE flow = ?", (flow,))
    return _draft(rows[0]) if rows else None


def save_draft(
    db: Connection, flow: FlowId, graph: FlowGraph | None, *, revision: int, author: Author, at: datetime
) -> Draft:
    """Replace the draft that has `revision` (0: there is none); None empties it.

    Raises `ConflictError` when somebody else was quicker: what they saved stays.
    """
    present = get_draft(db, flow)
    if revision != (present.revision if present else 0):
        who = present.user_name if present and present.user_name else "别人"
        when = f"（{present.saved_at[11:16]}）" if present else ""
        raise ConflictError(f"{who}刚才{when}改过这个流程，您的改动没有保存。请重新载入，或把您的改动另存为副本。")
    saved = Draft(
        flow=flow,
        graph=graph,
        revision=revision + 1,
        saved_at=at.isoformat(timespec="seconds"),
        user_name=author.name,
    )
    execute(
        db,
        "INSERT INTO flow_drafts (flow, graph, revision, saved_at, user_id, user_name) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (flow) DO UPDATE SET graph = excluded.graph, revision = excluded.revision,"
        " saved_at = excluded.saved_at, user_id = excluded.user_id, user_name = excluded.user_name",
        (flow, _text(graph), saved.revision, saved.saved_at, author.user_id, author.name),
    )
    return saved


def delete_draft(db: Connection, flow: FlowId) -> None:
    """Forget the draft and its revision; the history stays. An unknown flow is no error."""
    execute(db, "DELETE FROM flow_drafts WHERE flow = ?", (flow,))


def add_flow_version(db: Connection, graph: FlowGraph, *, reason: str, author: Author, at: datetime) -> None:
    """Put a version into the history; one that stands there already stays as it is."""
    execute(
        db,
        "INSERT INTO flow_versions (flow, version, graph, reason, published_at, user_id, user_name)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (flow, version) DO NOTHING",
        (
            graph.id,
            graph.version,
            _text(graph),
            reason,
            at.isoformat(timespec="seconds"),
            author.user_id,
            author.name,
        ),
    )


def list_flow_versions(db: Connection, flow: FlowId) -> list[FlowVersion]:
    """Newest first."""
    return [_version(row) for row in fetch_all(db, f"{_VERSION} WHERE flow = ? ORDER BY version DESC", (flow,))]


def latest_flow_versions(db: Connection) -> dict[FlowId, FlowVersion]:
    """The newest version of each flow, also of deleted ones."""
    return {version.flow: version for version in map(_version, fetch_all(db, f"{_VERSION} ORDER BY flow, version"))}


def get_flow_version(db: Connection, flow: FlowId, version: int) -> FlowGraph:
    """Raises `NotFoundError`."""
    text = fetch_value(db, "SELECT graph FROM flow_versions WHERE flow = ? AND version = ?", (flow, version))
    if text is None:
        raise NotFoundError(f"这个流程没有第 {version} 版。")
    return msgspec.json.decode(text, type=FlowGraph)


def _draft(row: tuple[str, str, int, str, str]) -> Draft:
    flow, graph, revision, saved_at, user_name = row
    decoded = msgspec.json.decode(graph, type=FlowGraph) if graph else None
    return Draft(flow=FlowId(flow), graph=decoded, revision=revision, saved_at=saved_at, user_name=user_name)


def _version(row: tuple[str, int, str, str, str]) -> FlowVersion:
    flow, version, reason, published_at, user_name = row
    return FlowVersion(
        flow=FlowId(flow), version=version, reason=reason, published_at=published_at, user_name=user_name
    )


def _text(graph: FlowGraph | None) -> str:
    return "" if graph is None else msgspec.json.encode(graph).decode()
