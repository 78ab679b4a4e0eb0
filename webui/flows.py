"""Call flows between the editor and the call plan: drafts, checking, trying out, publishing and going back."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import msgspec

from appliance.callplan import CallPlan, plan_parts
from appliance.ivr.context import PlanParts
from appliance.ivr.difference import FlowDifference, difference
from appliance.ivr.flowfile import fitted, too_large
from appliance.ivr.graph import FlowGraph
from appliance.ivr.prompts import known_prompts
from appliance.ivr.walk import Walk, WalkScript, walk
from appliance.store.connection import Connection
from appliance.store.database import Database
from appliance.store.flows import (
    Author,
    Draft,
    FlowVersion,
    add_flow_version,
    delete_draft,
    get_draft,
    get_flow_version,
    latest_flow_versions,
    list_drafts,
    list_flow_versions,
    save_draft,
)
from appliance.telephony.ids import FlowId, LineId, PromptId
from webui.errors import Refusal
from webui.flowshelf import (
    Choice,
    FlowCheck,
    FlowChoices,
    FlowRow,
    FlowState,
    Shelf,
    checked_flow,
    choices_of,
    row_of,
)
from webui.planfile import NO_PLAN, PlanFile
from webui.prompts import Prompts

LONGEST_LABEL = 40
LONGEST_REASON = 200
_ADOPTED = "原有流程"


class Flows:
    """Whoever changes something is named; the handler writes the operation log."""

    def __init__(self, plan: PlanFile, database: Database, prompts: Prompts, prompts_dir: Path) -> None:
        self._plan = plan
        self._database = database
        self._prompts = prompts
        self._prompts_dir = prompts_dir

    # --- looking ----------------------------------------------------------------------------------------------------

    async def everything(self) -> list[FlowRow]:
        """All flows: those in force in the plan's order, then those that only exist as drafts."""
        shelf = await self._shelf()
        parts = await self._parts(shelf.plan)
        return await asyncio.to_thread(lambda: [row_of(shelf, flow, parts) for flow in shelf.ids()])

    async def open(self, flow: FlowId) -> FlowState:
        """Raises `Refusal` (404)."""
        shelf = await self._shelf()
        graph = shelf.work(flow)
        if graph is None:
            raise Refusal(404, "没有这个流程，可能已被删除。")
        parts = await self._parts(shelf.plan)
        checked = await asyncio.to_thread(checked_flow, graph, parts)
        return FlowState(row=row_of(shelf, flow, parts), graph=graph, check=checked)

    async def published(self, flow: FlowId) -> FlowGraph:
        """What is in force. Raises `Refusal` (404)."""
        graph = (await self._shelf()).published(flow)
        if graph is None:
            raise Refusal(404, "这个流程还没有发布。")
        return graph

    async def choices(self) -> FlowChoices:
        """What the forms of nodes offer."""
        prompts = await self._prompts.everything()
        return choices_of(await self._call_plan(), [Choice(each.id, each.label, each.text) for each in prompts])

    async def check(self, flow: FlowId, graph: FlowGraph) -> FlowCheck:
        """A drawing as it stands in somebody's editor, saved or not. Raises `Refusal` (422) for one too large."""
        own = _own(flow, graph)
        return await asyncio.to_thread(checked_flow, own, await self._parts(await self._call_plan()))

    async def walk(self, flow: FlowId, graph: FlowGraph, script: WalkScript) -> Walk:
        """Try a drawing out; nothing sounds and nobody is asked."""
        plan = await self._call_plan()
        texts = {view.id: view.text for view in await self._prompts.everything() if view.text}
        hotline = script.hotline or plan.hotline
        own = _own(flow, graph)
        return await walk(own, await self._parts(plan), msgspec.structs.replace(script, hotline=hotline), texts)

    async def versions(self, flow: FlowId) -> list[FlowVersion]:
        """What was published, newest first; what is in force stands there even if it was never published here."""
        found = await self._database.read(list_flow_versions, flow)
        graph = (await self._shelf()).published(flow)
        if graph is not None and all(each.version != graph.version for each in found):
            found = [_adopted(graph), *found]
        return found

    async def version(self, flow: FlowId, version: int) -> FlowGraph:
        """Raises `NotFoundError`."""
        graph = (await self._shelf()).published(flow)
        if graph is not None and graph.version == version:
            return graph
        return await self._database.read(get_flow_version, flow, version)

    async def changes(self, flow: FlowId, against: int | None) -> FlowDifference:
        """From a version (None: the one in force) to the draft."""
        shelf = await self._shelf()
        graph = shelf.work(flow)
        if graph is None:
            raise Refusal(404, "没有这个流程，可能已被删除。")
        before = shelf.published(flow) if against is None else await self.version(flow, against)
        return difference(before, graph)

    # --- drawing ----------------------------------------------------------------------------------------------------

    async def create(self, graph: FlowGraph, label: str, author: Author) -> FlowState:
        """A new flow, as a draft, from a copy, a template or a file; what it names of the plan is fitted."""
        shelf = await self._shelf()
        parts = await self._parts(shelf.plan)
        flow = _free_id(set(shelf.ids()) | set(shelf.latest))
        drawn = _own(flow, fitted(graph, parts))
        named = msgspec.structs.replace(drawn, label=_label(label or graph.label), version=1)
        await self._save(named, 0, author)
        return await self.open(flow)

    async def save(self, flow: FlowId, graph: FlowGraph, revision: int, author: Author) -> FlowState:
        """Raises `Refusal` (404, 422), `ConflictError` when somebody else saved meanwhile."""
        shelf = await self._shelf()
        if shelf.work(flow) is None:
            raise Refusal(404, "这个流程刚才被删除了，您的改动没有保存。请导出或另存为副本。")
        own = _own(flow, graph)
        await self._save(msgspec.structs.replace(own, label=_label(own.label)), revision, author)
        return await self.open(flow)

    async def discard(self, flow: FlowId, author: Author) -> FlowState:
        """Back to what is in force. Raises `Refusal` (409) when nothing is."""
        shelf = await self._shelf()
        if shelf.published(flow) is None:
            raise Refusal(409, "这个流程还没有发布，没有可以恢复的内容；不要了请删除它。")
        draft = shelf.drafts.get(flow)
        if draft is not None and draft.graph is not None:
            await self._database.write(
                save_draft, flow, None, revision=draft.revision, author=author, at=datetime.now().astimezone()
            )
        return await self.open(flow)

    # --- putting in force -------------------------------------------------------------------------------------------

    async def publish(self, flow: FlowId, revision: int, reason: str, author: Author) -> FlowState:
        """Put the draft in force: calls that run go on as they began. Raises `Refusal` (409, 422), `ConflictError`."""
        draft = await self._database.read(get_draft, flow)
        if draft is None or draft.graph is None:
            raise Refusal(409, "没有未发布的改动。")
        if draft.revision != revision:
            raise Refusal(409, f"{draft.user_name or '别人'}刚才又改过这个流程，请重新载入，看过之后再发布。")
        await self._put_in_force(draft.graph, revision, reason, author)
        return await self.open(flow)

    async def roll_back(self, flow: FlowId, version: int, reason: str, author: Author) -> FlowState:
        """Publish an earlier version once more, under a new number; a draft that is there goes."""
        graph = await self.version(flow, version)
        draft = await self._database.read(get_draft, flow)
        why = f"回退到第 {version} 版" + (f"：{reason}" if reason else "")
        await self._put_in_force(graph, draft.revision if draft else 0, why, author)
        return await self.open(flow)

    async def use(self, flow: FlowId, default: bool, lines: tuple[LineId, ...]) -> FlowRow:
        """Take calls of these lines by this flow, and by default those of lines without one of their own."""

        def alter(plan: CallPlan) -> CallPlan:
            if all(graph.id != flow for graph in plan.flows):
                raise Refusal(409, "请先发布这个流程，再让来电走它。")
            if not default and plan.default_flow == flow:
                raise Refusal(422, "总要有一个默认流程：请到另一个流程那里把它设为默认。", "default")
            unknown = set(lines) - {line.id for line in plan.lines}
            if unknown:
                raise Refusal(422, f"没有第 {min(unknown)} 号外线。", "lines")
            changed = tuple(
                msgspec.structs.replace(
                    line, flow=flow if line.id in lines else None if line.flow == flow else line.flow
                )
                for line in plan.lines
            )
            return msgspec.structs.replace(plan, lines=changed, default_flow=flow if default else plan.default_flow)

        await self._plan.change(alter)
        return (await self.open(flow)).row

    async def delete(self, flow: FlowId) -> None:
        """Take a flow out of the plan and throw its draft away; its history stays. Raises `Refusal` (404, 409)."""
        row = (await self.open(flow)).row
        if row.default:
            raise Refusal(409, "这是默认流程，来电正在使用；请先把另一个流程设为默认。")
        if row.lines:
            names = "、".join(f"{line} 号" for line in row.lines)
            raise Refusal(409, f"{names}外线正在使用这个流程，请先给它们换一个。")
        if row.used_by:
            raise Refusal(409, f"流程“{'”“'.join(row.used_by)}”会转到这里，请先改掉。")
        if row.version is not None:
            await self._remember_present(flow)
            await self._plan.change(lambda plan: _without_flow(plan, flow))
        await self._database.write(delete_draft, flow)

    async def numbered(self, graphs: tuple[FlowGraph, ...]) -> tuple[FlowGraph, ...]:
        """Each as the next version of its flow, not yet in force; the history holds what is in force before them."""
        for graph in graphs:
            await self._remember_present(graph.id)
        latest = await self._database.read(latest_flow_versions)
        return tuple(
            msgspec.structs.replace(graph, version=latest[graph.id].version + 1 if graph.id in latest else 1)
            for graph in graphs
        )

    async def remember(self, graphs: tuple[FlowGraph, ...], reason: str, author: Author) -> None:
        """Put what came into force by another way than publishing into the history; drafts stay."""
        at = datetime.now().astimezone()
        for graph in graphs:
            await self._database.write(add_flow_version, graph, reason=reason, author=author, at=at)

    # --- inside -----------------------------------------------------------------------------------------------------

    async def _put_in_force(self, graph: FlowGraph, revision: int, reason: str, author: Author) -> None:
        await self._remember_present(graph.id)
        latest = (await self._database.read(latest_flow_versions)).get(graph.id)
        fresh = msgspec.structs.replace(graph, version=latest.version + 1 if latest else 1)
        plan = await self._call_plan()
        self._refuse_faults(await asyncio.to_thread(checked_flow, fresh, await self._parts(plan)))
        await self._plan.change(lambda present: _with_flow(present, fresh))
        await self._database.write(_note_published, fresh, revision, reason[:LONGEST_REASON], author)

    async def _remember_present(self, flow: FlowId) -> None:
        """The history holds what is in force, also when another hand put it into the plan."""
        graph = (await self._shelf()).published(flow)
        if graph is not None:
            await self._database.write(
                add_flow_version, graph, reason=_ADOPTED, author=Author(None, ""), at=datetime.now().astimezone()
            )

    def _refuse_faults(self, checked: FlowCheck) -> None:
        grave = [problem for problem in checked.problems if problem.grave]
        if grave:
            others = f"（另有 {len(grave) - 1} 处问题）" if len(grave) > 1 else ""
            raise Refusal(422, f"流程还有问题，不能发布：{grave[0].text}{others}")

    async def _save(self, graph: FlowGraph, revision: int, author: Author) -> Draft:
        at = datetime.now().astimezone()
        return await self._database.write(save_draft, graph.id, graph, revision=revision, author=author, at=at)

    async def _call_plan(self) -> CallPlan:
        plan = await self._plan.read()
        if plan is None:
            raise Refusal(503, NO_PLAN)
        return plan

    async def _shelf(self) -> Shelf:
        plan = await self._call_plan()
        drafts, latest = await self._database.read(_drafts_and_versions)
        return Shelf(plan, drafts, latest)

    async def _parts(self, plan: CallPlan) -> PlanParts:
        prompts: frozenset[PromptId] = await asyncio.to_thread(known_prompts, self._prompts_dir)
        return plan_parts(plan, prompts)


def _adopted(graph: FlowGraph) -> FlowVersion:
    return FlowVersion(flow=graph.id, version=graph.version, reason=_ADOPTED, published_at="", user_name="")


def _own(flow: FlowId, graph: FlowGraph) -> FlowGraph:
    """The drawing under the flow's own id. Raises `Refusal` (422) when it is too large."""
    if sentence := too_large(graph):
        raise Refusal(422, sentence, "graph")
    return msgspec.structs.replace(graph, id=flow)


def _label(label: str) -> str:
    text = " ".join(label.split())
    if not text:
        raise Refusal(422, "请给流程起个名字。", "label")
    if len(text) > LONGEST_LABEL:
        raise Refusal(422, f"流程名称最长 {LONGEST_LABEL} 个字。", "label")
    return text


def _free_id(taken: set[FlowId]) -> FlowId:
    number = 1
    while FlowId(f"flow{number}") in taken:
        number += 1
    return FlowId(f"flow{number}")


def _with_flow(plan: CallPlan, graph: FlowGraph) -> CallPlan:
    if any(each.id == graph.id for each in plan.flows):
        flows = tuple(graph if each.id == graph.id else each for each in plan.flows)
    else:
        flows = (*plan.flows, graph)
    return msgspec.structs.replace(plan, flows=flows)


def _without_flow(plan: CallPlan, flow: FlowId) -> CallPlan:
    return msgspec.structs.replace(plan, flows=tuple(graph for graph in plan.flows if graph.id != flow))


def _note_published(db: Connection, graph: FlowGraph, revision: int, reason: str, author: Author) -> None:
    """History and emptied draft in one transaction; a draft that was saved meanwhile stays one."""
    at = datetime.now().astimezone()
    add_flow_version(db, graph, reason=reason, author=author, at=at)
    draft = get_draft(db, graph.id)
    if draft is None or draft.revision == revision:
        save_draft(db, graph.id, None, revision=revision, author=author, at=at)


def _drafts_and_versions(db: Connection) -> tuple[dict[FlowId, Draft], dict[FlowId, FlowVersion]]:
    return list_drafts(db), latest_flow_versions(db)
