"""Short messages: conversations, sending, templates, and the state of the module."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Annotated

import msgspec

from appliance.smsplan import SmsRules
from appliance.store.connection import Connection
from appliance.store.policies import PolicyObject
from appliance.store.sms import (
    MOST_TEMPLATES,
    Conversation,
    SmsRow,
    SmsTemplate,
    Thread,
    conversations,
    mark_read,
    number_of,
    set_sms_templates,
    sms_templates,
    thread,
)
from appliance.wire.sms import ReceiveSimulatedSms, SendSms, SmsHealth
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.callview import hides_numbers
from webui.errors import Refusal
from webui.handlers.base import NOTHING, ApiHandler, Nothing
from webui.masking import masked_number
from webui.smsnews import SmsChanged

SmsText = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
_LARGEST_ID = 9_007_199_254_740_991


class SmsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    search: Annotated[str, msgspec.Meta(max_length=40)] = ""
    """Part of a number, a name or a text."""
    unread: bool = False
    customer: Annotated[int, msgspec.Meta(ge=0, le=_LARGEST_ID)] | None = None
    """Only of this customer's numbers."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    before: Annotated[int, msgspec.Meta(ge=0, le=_LARGEST_ID)] | None = None
    """`next` of the page before."""


class ThreadQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    before: Annotated[int, msgspec.Meta(ge=0, le=_LARGEST_ID)] | None = None


class SmsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Conversations, and what sending depends on."""

    rows: tuple[Conversation, ...]
    next: int | None
    unread: int
    engine_up: bool
    health: SmsHealth | None
    """None: the box has no module (or the engine is away)."""
    rules: SmsRules


class SmsDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To `number`, or to whom the message `reply_to` was exchanged with."""

    text: SmsText
    number: Annotated[str, msgspec.Meta(max_length=40)] = ""
    reply_to: Annotated[int, msgspec.Meta(ge=0, le=_LARGEST_ID)] | None = None


class SmsAccepted(msgspec.Struct, frozen=True):
    """It is in the outbox; what becomes of it stands in its conversation."""

    sms_id: str


class SimulatedSms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    number: Annotated[str, msgspec.Meta(pattern=r"^\+?[0-9]{3,20}$")]
    text: SmsText


class SmsHandler(ApiHandler):
    @needs(P.SMS_SEND)
    async def get(self, query: SmsQuery) -> SmsPage:
        """Conversations, the one with the newest message first; the module, and what of today's limit is used."""
        page = await self.context.database.read(
            conversations,
            search=query.search.strip(),
            unread=query.unread,
            customer_id=query.customer,
            limit=query.limit,
            before=query.before,
        )
        hidden = hides_numbers(self.me, PolicyObject.CUSTOMER)
        plan = await self.context.plan.read()
        snapshot = self.context.link.mirror.snapshot()
        return SmsPage(
            rows=tuple(_shown_conversation(each, hidden=hidden) for each in page.rows),
            next=page.next,
            unread=page.unread,
            engine_up=snapshot is not None,
            health=snapshot.health.sms if snapshot is not None else None,
            rules=plan.sms if plan is not None else SmsRules(),
        )

    @needs(P.SMS_SEND)
    async def post(self, body: SmsDraft) -> SmsAccepted:
        """Put a message into the outbox; refused beyond the plan's limits, for a number that is no mobile phone's."""
        number = body.number
        if body.reply_to is not None:
            number = await self.context.database.read(number_of, body.reply_to)
        if not number:
            raise Refusal(422, "请填写收信的手机号码。", "number")
        sms_id = f"out-{secrets.token_hex(8)}"
        await self.context.link.command(SendSms(sms_id=sms_id, number=number, text=body.text, by=self.me.user.name))
        await self.audit(P.SMS_SEND, "sms", sms_id, after=f"{number} {body.text[:200]}")
        return SmsAccepted(sms_id)


class SmsThreadHandler(ApiHandler):
    @needs(P.SMS_SEND)
    async def get(self, message_id: str, query: ThreadQuery) -> Thread:
        """The conversation to which a message belongs, newest first."""
        found = await self.context.database.read(thread, int(message_id), limit=query.limit, before=query.before)
        if not hides_numbers(self.me, PolicyObject.CUSTOMER):
            return found
        rows = tuple(_shown(row, hidden=True) for row in found.rows)
        return msgspec.structs.replace(found, number=masked_number(found.number), rows=rows)


class SmsReadHandler(ApiHandler):
    @needs(P.SMS_SEND)
    async def post(self, message_id: str) -> Nothing:
        """Everything that came in the conversation up to this message was seen."""
        now = datetime.now().astimezone()
        if await self.context.database.write(mark_read, int(message_id), self.me.user.name, now):
            self.context.live.tell(SmsChanged())
        return NOTHING


class SmsTemplatesHandler(ApiHandler):
    @needs(P.SMS_SEND, P.SMS_TEMPLATE)
    async def get(self) -> tuple[SmsTemplate, ...]:
        """Texts to begin a message with."""
        return await self.context.database.read(sms_templates)

    @needs(P.SMS_TEMPLATE)
    async def put(self, body: tuple[SmsTemplate, ...]) -> tuple[SmsTemplate, ...]:
        """Replace all of them."""
        if len(body) > MOST_TEMPLATES:
            raise Refusal(422, f"短信模板最多 {MOST_TEMPLATES} 个。")
        before, after = await self.context.database.write(_replace_templates, body)
        await self.audit(P.SMS_TEMPLATE, "sms_templates", before=_names(before), after=_names(after))
        return after


class SimulatedSmsHandler(ApiHandler):
    @needs(P.SMS_SEND)
    async def post(self, body: SimulatedSms) -> Nothing:
        """Simulated card only: somebody outside writes to the box."""
        await self.context.link.command(ReceiveSimulatedSms(number=body.number, text=body.text))
        return NOTHING


def _shown(row: SmsRow, *, hidden: bool) -> SmsRow:
    return msgspec.structs.replace(row, number=masked_number(row.number)) if hidden else row


def _shown_conversation(each: Conversation, *, hidden: bool) -> Conversation:
    last = _shown(each.last, hidden=hidden)
    return msgspec.structs.replace(each, number=last.number, last=last)


def _replace_templates(
    db: Connection, templates: tuple[SmsTemplate, ...]
) -> tuple[tuple[SmsTemplate, ...], tuple[SmsTemplate, ...]]:
    before = sms_templates(db)
    set_sms_templates(db, templates)
    return before, sms_templates(db)


def _names(templates: tuple[SmsTemplate, ...]) -> str:
    return "、".join(each.name for each in templates)
