"""Call flows: the list, drafts with their problems, trying out, publishing, going back, files and templates."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import quote

import msgspec

from appliance.ivr.callvalues import CALL_VALUES
from appliance.ivr.difference import FlowDifference
from appliance.ivr.flowfile import FlowFileError, FlowTemplate, read_flow, templates, write_flow
from appliance.ivr.graph import FlowGraph
from appliance.ivr.registry import describe
from appliance.ivr.walk import Walk, WalkScript
from appliance.store.flows import Author, FlowVersion
from appliance.telephony.ids import FlowId, LineId, NodeId
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.errors import Refusal
from webui.flowshelf import FlowCheck, FlowChoices, FlowRow, FlowState
from webui.handlers.base import NOTHING, ApiHandler, Nothing


class NodeCatalogue(msgspec.Struct, frozen=True):
    """`kinds` as `appliance.ivr.registry.describe` has them, `values` the names that every call knows."""

    kinds: list[dict[str, Any]]
    values: dict[str, str]


class Creation(msgspec.Struct, frozen=True, kw_only=True):
    """With `template` or `copy_of`; with neither the flow is empty."""

    label: str = ""
    template: str = ""
    copy_of: FlowId = FlowId("")


class Drawing(msgspec.Struct, frozen=True):
    graph: FlowGraph


class DraftChange(msgspec.Struct, frozen=True):
    graph: FlowGraph
    revision: int
    """Of the draft that was worked on."""


class Renaming(msgspec.Struct, frozen=True):
    label: str


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    revision: int
    reason: str = ""


class RollBack(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    reason: str = ""


class Use(msgspec.Struct, frozen=True, kw_only=True):
    default: bool
    lines: tuple[LineId, ...]


class Trial(msgspec.Struct, frozen=True):
    graph: FlowGraph
    script: WalkScript


class Against(msgspec.Struct, frozen=True):
    against: int | None = None


class FlowPage(ApiHandler):
    """What the handlers of flows share."""

    @property
    def author(self) -> Author:
        return Author(self.me.user.id, self.me.user.name)

    async def note(self, action: str, flow: str, before: object = None, after: object = None) -> None:
        """One entry in the operation log; texts as they are, everything else as JSON."""
        await self.audit(action, "flow", flow, before=_text(before), after=_text(after))

    def send_flow(self, graph: FlowGraph) -> None:
        """The flow as a file to keep."""
        name = quote(f"{graph.label or graph.id}.flow.json", safe="")
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header("Content-Disposition", f"attachment; filename=\"flow.json\"; filename*=UTF-8''{name}")
        self.finish(write_flow(graph))


class FlowNodesHandler(ApiHandler):
    @needs(P.IVR_VIEW)
    async def get(self) -> NodeCatalogue:
        """Every node kind with its form and exits: what the palette is made of."""
        return _catalogue()


class FlowChoicesHandler(ApiHandler):
    @needs(P.IVR_VIEW)
    async def get(self) -> FlowChoices:
        """What a node's form may offer: prompts, queues, hours, boxes, flows, caller lists."""
        return await self.context.flows.choices()


class FlowTemplatesHandler(ApiHandler):
    @needs(P.IVR_VIEW)
    async def get(self) -> tuple[FlowTemplate, ...]:
        """Flows to begin with."""
        return templates()


class FlowsHandler(FlowPage):
    @needs(P.IVR_VIEW)
    async def get(self) -> list[FlowRow]:
        """Every flow and the state it is in."""
        return await self.context.flows.everything()

    @needs(P.IVR_EDIT)
    async def post(self, body: Creation) -> FlowState:
        """A new draft: empty, from a template, or a copy of a flow."""
        graph = await self._beginning(body)
        state = await self.context.flows.create(graph, body.label, self.author)
        await self.note("ivr.edit", state.row.id, after=f"新建“{state.row.label}”")
        return state

    async def _beginning(self, body: Creation) -> FlowGraph:
        if body.template:
            found = next((each for each in templates() if each.id == body.template), None)
            if found is None:
                raise Refusal(422, "没有这个模板，请重新选择。", "template")
            return found.flow
        if body.copy_of:
            graph = (await self.context.flows.open(body.copy_of)).graph
            return msgspec.structs.replace(graph, label=f"{graph.label[:30]} 副本")
        return FlowGraph(id=FlowId(""), label="新流程", start=NodeId(""), nodes=())


class FlowImportsHandler(FlowPage):
    @needs(P.IVR_EDIT)
    async def post(self) -> FlowState:
        """Body: a file from `export`. A new draft, whatever problems it has in this box; 422 says what is no flow."""
        try:
            file = read_flow(self.request.body)
        except FlowFileError as error:
            raise Refusal(422, str(error), "file") from error
        state = await self.context.flows.create(file.flow, "", self.author)
        await self.note("ivr.edit", state.row.id, after=f"导入“{state.row.label}”")
        return state


class FlowHandler(FlowPage):
    @needs(P.IVR_VIEW)
    async def get(self, flow_id: str) -> FlowState:
        """The draft, or what is in force where there is none."""
        return await self.context.flows.open(FlowId(flow_id))

    @needs(P.IVR_EDIT)
    async def patch(self, flow_id: str, body: Renaming) -> FlowState:
        """Another name, in the draft."""
        state = await self.context.flows.open(FlowId(flow_id))
        graph = msgspec.structs.replace(state.graph, label=body.label)
        renamed = await self.context.flows.save(FlowId(flow_id), graph, state.row.revision, self.author)
        await self.note("ivr.edit", flow_id, state.row.label, renamed.row.label)
        return renamed

    @needs(P.IVR_EDIT, P.IVR_PUBLISH)
    async def delete(self, flow_id: str) -> Nothing:
        """A flow that no call goes through; one in force needs ivr.publish. The history stays."""
        state = await self.context.flows.open(FlowId(flow_id))
        self.require(P.IVR_EDIT if state.row.version is None else P.IVR_PUBLISH)
        await self.context.flows.delete(FlowId(flow_id))
        await self.note("ivr.edit", flow_id, before=state.graph)
        return NOTHING


class FlowDraftHandler(FlowPage):
    @needs(P.IVR_EDIT)
    async def put(self, flow_id: str, body: DraftChange) -> FlowState:
        """Save the draft; 409 when somebody else saved meanwhile."""
        flow = FlowId(flow_id)
        former = (await self.context.flows.open(flow)).row
        state = await self.context.flows.save(flow, body.graph, body.revision, self.author)
        if not former.changed:  # the first change after publishing; the publication has the whole difference
            await self.note("ivr.edit", flow_id, after=f"开始修改“{state.row.label}”")
        return state

    @needs(P.IVR_EDIT)
    async def delete(self, flow_id: str) -> FlowState:
        """Throw the draft away: back to what is in force."""
        lost = (await self.context.flows.open(FlowId(flow_id))).graph
        state = await self.context.flows.discard(FlowId(flow_id), self.author)
        await self.note("ivr.edit", flow_id, before=lost, after="放弃草稿")
        return state


class FlowCheckHandler(ApiHandler):
    @needs(P.IVR_VIEW)
    async def post(self, flow_id: str, body: Drawing) -> FlowCheck:
        """Problems and exits of a drawing that is not saved."""
        return await self.context.flows.check(FlowId(flow_id), body.graph)


class FlowWalkHandler(ApiHandler):
    @needs(P.IVR_VIEW)
    async def post(self, flow_id: str, body: Trial) -> Walk:
        """A simulated caller goes through a drawing."""
        return await self.context.flows.walk(FlowId(flow_id), body.graph, body.script)


class FlowChangesHandler(ApiHandler):
    @needs(P.IVR_VIEW)
    async def get(self, flow_id: str, query: Against) -> FlowDifference:
        """What the draft changes, node by node."""
        return await self.context.flows.changes(FlowId(flow_id), query.against)


class FlowPublicationHandler(FlowPage):
    @needs(P.IVR_PUBLISH)
    async def post(self, flow_id: str, body: Publication) -> FlowState:
        """Put the draft in force; calls under way go on as they began."""
        flow = FlowId(flow_id)
        changes = await self.context.flows.changes(flow, None)
        former = (await self.context.flows.open(flow)).row.version
        state = await self.context.flows.publish(flow, body.revision, body.reason.strip(), self.author)
        before = None if former is None else f"第 {former} 版"
        await self.note("ivr.publish", flow_id, before, {"version": state.row.version, "changes": changes})
        return state


class FlowVersionsHandler(ApiHandler):
    @needs(P.IVR_VIEW)
    async def get(self, flow_id: str) -> list[FlowVersion]:
        """What was published when, by whom and why; newest first."""
        return await self.context.flows.versions(FlowId(flow_id))


class FlowVersionHandler(ApiHandler):
    @needs(P.IVR_VIEW)
    async def get(self, flow_id: str, version: str) -> FlowGraph:
        """The flow as it was published."""
        return await self.context.flows.version(FlowId(flow_id), int(version))


class FlowRollBackHandler(FlowPage):
    @needs(P.IVR_PUBLISH)
    async def post(self, flow_id: str, body: RollBack) -> FlowState:
        """Put an earlier version in force again, under a new number."""
        former = (await self.context.flows.open(FlowId(flow_id))).row.version
        state = await self.context.flows.roll_back(FlowId(flow_id), body.version, body.reason.strip(), self.author)
        await self.note("ivr.publish", flow_id, f"第 {former} 版", f"回退到第 {body.version} 版")
        return state


class FlowUseHandler(FlowPage):
    @needs(P.IVR_PUBLISH)
    async def put(self, flow_id: str, body: Use) -> FlowRow:
        """Which lines' calls this flow takes, and whether it is the default of all others."""
        before = (await self.context.flows.open(FlowId(flow_id))).row
        row = await self.context.flows.use(FlowId(flow_id), body.default, body.lines)
        await self.note("ivr.publish", flow_id, Use(default=before.default, lines=before.lines), body)
        return row


class FlowExportHandler(FlowPage):
    @needs(P.IVR_VIEW)
    async def get(self, flow_id: str) -> None:
        """The draft, or what is in force, as a file."""
        self.send_flow((await self.context.flows.open(FlowId(flow_id))).graph)


@cache
def _catalogue() -> NodeCatalogue:
    return NodeCatalogue(describe(), dict(CALL_VALUES))


def _text(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return msgspec.json.encode(value).decode()
