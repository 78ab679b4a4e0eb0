"""Calls for other programs: start, end, watch, find, listen."""

from __future__ import annotations

import hashlib
import re
import time
from typing import Annotated

import msgspec

from appliance.store.api_keys import KeyScope
from appliance.store.api_replies import begin_reply, drop_reply, keep_reply
from appliance.store.call_list import CallCount, CallPage, CallRow, count_calls, list_calls
from appliance.store.call_search import CallSearch
from appliance.store.call_search_check import check_search, decode_search
from appliance.store.calls import CallDetail, get_call
from appliance.store.connection import Connection
from appliance.store.event_feed import RECORDS, read_feed
from appliance.store.scope import Scope
from appliance.telephony.call import AgentStatus
from appliance.telephony.ids import AgentId, CallId, SeatId
from appliance.wire.facts import Step
from appliance.wire.messages import CallView, Dial, HangUpCall
from webui.auth.access import with_key
from webui.callview import shown_row
from webui.dialclass import NUMBER, dial_permission
from webui.errors import Refusal
from webui.handlers.base import NOTHING, Nothing
from webui.handlers.files import FileHandler, confined
from webui.interfaces.handler import KeyHandler
from webui.interfaces.reach import DIALLING, sees_agent, sees_call, shown_call
from webui.interfaces.refusal import CodedRefusal

Key = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
_TOKEN = re.compile(r"[\x21-\x7e]{1,64}")


class NewCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Exactly one of `seat` and `agent`."""

    number: Annotated[str, msgspec.Meta(min_length=2, max_length=40)]
    """A station, or an outside number without prefix."""
    seat: SeatId | None = None
    """The seat whose phone rings first."""
    agent: AgentId | None = None
    """Or the agent, at whatever seat."""


class StartedCall(msgspec.Struct, frozen=True):
    call_id: CallId | None


class LiveCalls(msgspec.Struct, frozen=True):
    calls: tuple[CallView, ...]


class RecordsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    search: str = ""
    """JSON of a `CallSearch`."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    before: Key | None = None
    """`next` of the page before."""


class RecordsSearch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    search: CallSearch = CallSearch()
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    before: Key | None = None


class Records(msgspec.Struct, frozen=True, kw_only=True):
    calls: tuple[CallRow, ...]
    next: int | None
    """`before` of the next page; null: this was the last."""
    count: int
    count_capped: bool
    """There are more than `count`."""


class Record(CallRow, frozen=True, kw_only=True):
    steps: tuple[Step, ...]


class FeedQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    since: Annotated[int, msgspec.Meta(ge=0, le=2**31)] = 0
    """`last` of the answer before; 0: from the beginning."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 100


class NumberedRecord(msgspec.Struct, frozen=True, kw_only=True):
    n: int
    call: CallRow


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    records: tuple[NumberedRecord, ...]
    last: int
    """`since` of the next question."""


class V1CallsHandler(KeyHandler):
    @with_key(KeyScope.CALLS_READ)
    async def get(self, query: RecordsQuery) -> Records:
        """Call records, newest first, found by any of the 19 conditions."""
        return await found_records(self, decode_search(query.search), query.limit, query.before)

    @with_key(KeyScope.CALLS_ORIGINATE)
    async def post(self, body: NewCall) -> StartedCall:
        """Start a call: the seat's phone rings first, then the number is dialled.

        With the header Idempotency-Key the same request, sent again within a day, gets the first one's answer.
        """
        token = self.request.headers.get("Idempotency-Key", "")
        if not token:
            return await self._start(body)
        if not _TOKEN.fullmatch(token):
            raise Refusal(422, "请求头 Idempotency-Key 应为 1 到 64 个可见的 ASCII 字符。", "Idempotency-Key")
        return await self._once(token, body)

    async def _once(self, token: str, body: NewCall) -> StartedCall:
        database = self.context.database
        digest = hashlib.sha256(msgspec.json.encode(body)).hexdigest()
        kept = await database.write(begin_reply, self.key.id, token, digest, time.time())
        if kept is not None:
            if kept.digest != digest:
                text = "这个 Idempotency-Key 已用于另一个请求，请换一个。"
                raise CodedRefusal(409, "idempotency_mismatch", text, "Idempotency-Key")
            if not kept.answer:
                text = "同一个请求正在处理，或上次没有结果。请先查看通话记录，再用新的 Idempotency-Key 重试。"
                raise CodedRefusal(409, "outcome_unknown", text, "Idempotency-Key")
            return msgspec.json.decode(kept.answer, type=StartedCall)
        try:
            started = await self._start(body)
        except Refusal:  # nothing was begun; when the engine did not answer nobody knows, and the token stays used
            await database.write(drop_reply, self.key.id, token)
            raise
        await database.write(keep_reply, self.key.id, token, msgspec.json.encode(started).decode())
        return started

    async def _start(self, body: NewCall) -> StartedCall:
        number = "".join(sign for sign in body.number if sign not in " -()（）")
        if not NUMBER.fullmatch(number):
            raise Refusal(422, "电话号码只能包含数字、* 和 #，长度 2 到 24 位。", "number")
        plan = await self.context.plan.read()
        allowed = {DIALLING[each] for each in self.key.terms.dial}
        if dial_permission(number, plan.area_code if plan else "") not in allowed:
            raise CodedRefusal(403, "number_not_allowed", "此密钥不允许拨打这类号码。", "number")
        seat = self._seat_for(body)
        done = await self.context.link.command(Dial(seat=seat, number=number))
        await self.audit("api.dial", "seat", seat, after=number)
        return StartedCall(done.call_id)

    def _seat_for(self, body: NewCall) -> SeatId:
        """Where it rings. Raises `Refusal`."""
        if (body.seat is None) == (body.agent is None):
            raise Refusal(422, "请在 seat（座席）和 agent（工号）中填写且只填写一个。", "seat")
        snapshot = self.context.link.mirror.snapshot()
        if snapshot is None:
            raise Refusal(503, "电话系统没有运行，请稍后重试。")
        seated = {view.agent: view.seat for view in snapshot.agents if view.status is not AgentStatus.LOGGED_OUT}
        seat = body.seat if body.agent is None else seated.get(body.agent)
        if seat is None:
            raise Refusal(409, f"话务员 {body.agent} 没有签入座席。", "agent")
        if seat not in {station.seat for station in snapshot.stations}:
            raise Refusal(422, f"没有座席 {seat}。", "seat")
        reach = self.key.terms.reach
        if not reach.everything and not any(at == seat and sees_agent(reach, agent) for agent, at in seated.items()):
            raise CodedRefusal(403, "out_of_reach", "此密钥不能使用这个座席。", "seat")
        return seat


class V1CallSearchHandler(KeyHandler):
    @with_key(KeyScope.CALLS_READ)
    async def post(self, body: RecordsSearch) -> Records:
        """As the list of call records, with the conditions in the body, JSON or XML."""
        check_search(body.search)
        return await found_records(self, body.search, body.limit, body.before)


class V1RecordFeedHandler(KeyHandler):
    @with_key(KeyScope.CALLS_READ)
    async def get(self, query: FeedQuery) -> Feed:
        """Call records after a number, in the order of storing; asked again with `last`, none is missed."""
        entries, last = await self.context.database.read(
            read_feed, query.since, (RECORDS,), self.key.terms.reach, limit=query.limit
        )
        records = tuple(
            NumberedRecord(n=entry.n, call=shown_row(entry.row, self.me)) for entry in entries if entry.row is not None
        )
        return Feed(records=records, last=last)


class V1CallHandler(KeyHandler):
    @with_key(KeyScope.CALLS_READ)
    async def get(self, call_id: str) -> Record:
        """One call record with its time line."""
        detail: CallDetail = await self.context.database.read(get_call, CallId(call_id), self.key.terms.reach)
        row = shown_row(detail.row, self.me)
        return Record(**{field: getattr(row, field) for field in row.__struct_fields__}, steps=detail.steps)


class V1RecordingHandler(KeyHandler, FileHandler):
    @with_key(KeyScope.RECORDINGS_READ)
    async def get(self, call_id: str) -> None:
        """The recording: audio/wav, customer left, seat right; Range supported."""
        detail = await self.context.database.read(get_call, CallId(call_id), self.key.terms.reach)
        if detail.row.recording_path is None:
            raise Refusal(404, "这次通话没有录音。")
        file = confined(self.context.settings.data, detail.row.recording_path)
        await self.audit("rec.download", "call", call_id)
        await self.send_file(file, "audio/wav", f"{call_id}.wav")


class V1LiveCallsHandler(KeyHandler):
    @with_key(KeyScope.CALLS_READ)
    async def get(self) -> LiveCalls:
        """Calls that are going on now."""
        calls = [call for call in self.snapshot().calls if sees_call(self.key.terms.reach, call)]
        return LiveCalls(tuple(shown_call(call, self.key) for call in calls))


class LiveCallHandler(KeyHandler):
    """What works on one running call have in common."""

    def live_call(self, call_id: str) -> CallView:
        """Raises `Refusal` (404) when it has ended or is not for this key."""
        self.snapshot()
        call = self.context.link.mirror.call(call_id)
        if call is None or not sees_call(self.key.terms.reach, call):
            raise Refusal(404, "这个通话已经结束，或不在此密钥的数据范围内。")
        return call


class V1LiveCallHandler(LiveCallHandler):
    @with_key(KeyScope.CALLS_READ)
    async def get(self, call_id: str) -> CallView:
        """The state of one call that is going on; 404 once it has ended: ask for its record then."""
        return shown_call(self.live_call(call_id), self.key)


class V1HangUpHandler(LiveCallHandler):
    @with_key(KeyScope.CALLS_ORIGINATE)
    async def post(self, call_id: str) -> Nothing:
        """End a call that is going on."""
        await self.context.link.command(HangUpCall(call_id=self.live_call(call_id).call_id))
        await self.audit("api.hangup", "call", call_id)
        return NOTHING


async def found_records(handler: KeyHandler, search: CallSearch, limit: int, before: int | None) -> Records:
    """One page of what the search finds within the key's reach."""
    page, count = await handler.context.database.read(_page, search, handler.key.terms.reach, limit, before)
    return Records(
        calls=tuple(shown_row(row, handler.me) for row in page.rows),
        next=page.next,
        count=count.count,
        count_capped=count.capped,
    )


def _page(
    db: Connection, search: CallSearch, scope: Scope, limit: int, before: int | None
) -> tuple[CallPage, CallCount]:
    return list_calls(db, search, scope, limit=limit, before=before), count_calls(db, search, scope)
