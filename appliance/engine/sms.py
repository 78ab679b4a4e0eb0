"""Short messages of the box: from the modules through the journal, and from the outbox to the modules.

What: what a module tells is written into the journal, synced, and only then deleted from the module; a message is
    handed to a module only after the journal says so. So whatever dies when, nothing is lost and nothing doubled; a
    message that was just being sent when the engine died is told as uncertain and never sent again by itself.
How: modules work in threads of their own and are told to, never waited for; here runs one task that waits for the
    journal and for the time to send.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime

from appliance.engine.diary import Diary
from appliance.engine.refusal import Refusal
from appliance.engine.smsinbox import Inbox
from appliance.engine.smsoutbox import Outbox, Outgoing
from appliance.smsplan import SmsRules
from appliance.telephony.ids import LineId
from appliance.telephony.number import NumberClass, class_of, normalise_number
from appliance.wire.facts import (
    AnyFact,
    Fact,
    SmsDelivered,
    SmsFailed,
    SmsPartArrived,
    SmsQueued,
    SmsReceived,
    SmsSending,
    SmsSent,
)
from appliance.wire.messages import AnyEvent, SmsLogged
from appliance.wire.sms import ModuleView, SendSms, SmsHealth
from drivers.base import PortId
from drivers.cellular.sms import (
    DeliveryReport,
    DeliveryState,
    PduError,
    SmsPart,
    SmsTextError,
    decode_incoming,
    submit_pdus,
)
from drivers.smsmodule import (
    ModuleStatus,
    PartsRefused,
    PartsTaken,
    PduArrived,
    PduToSend,
    SmsEvent,
    SmsModule,
)

_LOOK_EVERY_S = 5.0
"""Modules come and go, and long messages whose parts do not all come are given up."""
_UNREADABLE = "（这条短信无法识别，原文保存在流水里）"
_BINARY = "（这是一条设置或图片短信，没有文字）"
_UNCERTAIN = "不能确定对方是否收到，请核实后再决定是否重发"
_SENDABLE = (NumberClass.MOBILE, NumberClass.SERVICE)


class SmsDesk:
    """Incoming and outgoing messages. Everything but the modules' own threads runs in the control loop."""

    def __init__(
        self,
        modules: Sequence[SmsModule],
        diary: Diary,
        now: Callable[[], datetime],
        publish: Callable[[AnyEvent], None],
        *,
        simulated: bool = False,
    ) -> None:
        self._modules = {module.port: module for module in modules}
        self._diary = diary
        self._now = now
        self._publish = publish
        self._simulated = simulated
        self._rules = SmsRules()
        self._area_code = ""
        self._lines: dict[PortId, LineId] = {}
        self._inbox = Inbox()
        self._outbox = Outbox(now())
        self._busy: dict[PortId, str] = {}
        """The message that a module has."""
        self._to_forget: list[tuple[SmsModule, str]] = []
        self._wake = asyncio.Event()
        self._reference = 0

    def restore(self, facts: Iterable[AnyFact]) -> None:
        """Go on where the last engine stopped."""
        for fact in facts:
            self._inbox.restore(fact)
            self._outbox.note(fact, self._rules)
        for outgoing in self._outbox.interrupted():
            self._write(SmsFailed, sms_id=outgoing.sms_id, text=f"发送时程序中断，{_UNCERTAIN}。", final=True)

    def load(self, rules: SmsRules, area_code: str, lines: dict[PortId, LineId]) -> None:
        """A call plan is in force."""
        self._rules, self._area_code, self._lines = rules, area_code, lines

    def send(self, command: SendSms) -> None:
        """Put it into the outbox. Raises `Refusal`."""
        if self._outbox.knows(command.sms_id):
            return
        if not self._modules:
            raise Refusal("本机没有接 4G 模块，不能发短信。请接上模块，再到页面“线路”里点“使用这个设备”。")
        number = normalise_number(command.number, self._area_code)
        if class_of(number, self._area_code) not in _SENDABLE:
            raise Refusal(f"号码 {command.number} 不能收短信：请填写手机号码。")
        parts = self._parts_of(number, command.text)
        room = self._outbox.room_today(self._rules, self._now())
        if parts > room:
            raise Refusal(
                f"今天还能发 {max(0, room)} 条，这条短信要 {parts} 条，超过每日上限 {self._rules.parts_per_day} 条。"
            )
        self._write(SmsQueued, sms_id=command.sms_id, number=number, text=command.text, parts=parts, by=command.by)
        self._publish(SmsLogged(sms_id=command.sms_id))
        self._wake.set()

    def health(self) -> SmsHealth | None:
        """How modules and outbox are; None without any module."""
        if not self._modules:
            return None
        self._outbox.room_today(self._rules, self._now())  # a new day begins its counts anew
        return SmsHealth(
            modules=tuple(self._view(module.status()) for module in self._modules.values()),
            simulated=self._simulated,
            waiting=self._outbox.waiting,
            parts_today=self._outbox.parts_today,
            cost_today_yuan=self._outbox.cost_today_yuan,
        )

    async def run(self) -> None:
        """Work until cancelled."""
        for module in self._modules.values():
            module.tell(self._teller(module))
        while self._modules:
            self._wake.clear()
            self._expire()
            self._finish_incoming()
            handed = self._next_to_send()
            safe, self._to_forget = self._to_forget, []
            await self._diary.flushed()
            for module, place in safe:
                module.forget(place)
            if handed is not None:
                self._hand_over(*handed)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause_s()):
                    await self._wake.wait()

    def _pause_s(self) -> float:
        """Until a message may be sent by a module that can; whatever a module tells ends the pause."""
        waiting_s = self._outbox.wait_s(self._now())
        able = any(self._can_send(module) for module in self._modules.values())
        return min(_LOOK_EVERY_S, waiting_s + 0.01) if able and waiting_s is not None else _LOOK_EVERY_S

    def _teller(self, module: SmsModule) -> Callable[[SmsEvent], None]:
        """From the module's thread into the loop."""
        loop = asyncio.get_running_loop()

        def tell(event: SmsEvent) -> None:
            with suppress(RuntimeError):  # the loop is gone, and the message lies safe on the module
                loop.call_soon_threadsafe(self._told, module, event)

        return tell

    # --- what came ------------------------------------------------------------------------------------------------

    def _told(self, module: SmsModule, event: SmsEvent) -> None:
        match event:
            case PduArrived():
                self._arrived(module, event)
            case PartsTaken():
                self._taken(module, event)
            case PartsRefused():
                self._refused(module, event)
            case _:
                pass
        self._wake.set()

    def _arrived(self, module: SmsModule, event: PduArrived) -> None:
        if not (event.found and self._inbox.was_read(module.port, event.place, event.hex_text)):
            self._journal(module, event)
        if event.place:
            self._to_forget.append((module, event.place))

    def _journal(self, module: SmsModule, event: PduArrived) -> None:
        try:
            came = decode_incoming(event.hex_text)
        except PduError:
            came = None
        if isinstance(came, DeliveryReport):
            self._reported(module, came)
            return
        fact_id = self._diary.write(
            SmsPartArrived, durable=True, module=module.port, place=event.place, pdu=event.hex_text
        )
        if isinstance(came, SmsPart):
            self._inbox.add(fact_id, module.port, came, self._now())
            self._finish_incoming()
        else:
            self._received(module.port, "", _UNREADABLE, "", (fact_id,), 0)

    def _finish_incoming(self) -> None:
        """Journal what is whole by now."""
        for whole in self._inbox.take_whole(self._now()):
            message = whole.message
            sent_at = message.sent_at.isoformat() if message.sent_at else ""
            text = _BINARY if message.binary else message.text
            self._received(whole.module, message.sender, text, sent_at, whole.parts, message.missing)

    def _received(
        self, module: str, number: str, text: str, sent_at: str, parts: tuple[str, ...], missing: int
    ) -> None:
        sms_id = f"in-{parts[0]}"
        self._diary.write(
            SmsReceived,
            durable=True,
            sms_id=sms_id,
            module=module,
            number=number,
            text=text,
            sent_at=sent_at,
            parts=parts,
            missing=missing,
        )
        self._publish(SmsLogged(sms_id=sms_id))

    def _reported(self, module: SmsModule, report: DeliveryReport) -> None:
        if report.state is DeliveryState.TRYING:
            return
        delivered = report.state is DeliveryState.DELIVERED
        sms_id = self._outbox.report(module.port, report.recipient, report.reference, delivered=delivered)
        if sms_id is not None:
            self._write(SmsDelivered, sms_id=sms_id, delivered=delivered)
            self._publish(SmsLogged(sms_id=sms_id))

    # --- what goes ------------------------------------------------------------------------------------------------

    def _next_to_send(self) -> tuple[SmsModule, Outgoing] | None:
        """A message, and a module that works and has none; the journal says from now on that it is being sent."""
        module = next((each for each in self._modules.values() if self._can_send(each)), None)
        outgoing = self._outbox.next(self._now())
        if module is None or outgoing is None:
            return None
        self._busy[module.port] = outgoing.sms_id
        self._outbox.handed_over(outgoing, self._rules, self._now())
        self._write(SmsSending, sms_id=outgoing.sms_id, module=module.port)
        return module, outgoing

    def _hand_over(self, module: SmsModule, outgoing: Outgoing) -> None:
        self._reference = self._reference % 255 + 1
        pdus = submit_pdus(outgoing.number, outgoing.text, self._reference, report=self._rules.reports)
        module.submit(outgoing.sms_id, [PduToSend(pdu.octets, pdu.hex_text) for pdu in pdus])

    def _expire(self) -> None:
        """A message that is a day old says what is no longer true."""
        for outgoing in self._outbox.too_old(self._now()):
            self._write(SmsFailed, sms_id=outgoing.sms_id, text="24 小时内没能发出，已取消。", final=True)
            self._publish(SmsLogged(sms_id=outgoing.sms_id))

    def _can_send(self, module: SmsModule) -> bool:
        return module.port not in self._busy and module.status().works

    def _taken(self, module: SmsModule, event: PartsTaken) -> None:
        self._busy.pop(module.port, None)
        cost_yuan = round(self._rules.price_yuan * len(event.references), 3)
        self._write(SmsSent, sms_id=event.ticket, module=module.port, references=event.references, cost_yuan=cost_yuan)
        self._publish(SmsLogged(sms_id=event.ticket))

    def _refused(self, module: SmsModule, event: PartsRefused) -> None:
        self._busy.pop(module.port, None)
        if not self._outbox.is_sending(event.ticket):
            return
        final = event.uncertain or not event.again or self._outbox.tries_of(event.ticket) >= self._rules.tries
        text = f"{event.text}，{_UNCERTAIN}。" if event.uncertain else f"{event.text}。"
        self._write(SmsFailed, sms_id=event.ticket, text=text, final=final)
        self._publish(SmsLogged(sms_id=event.ticket))

    def _parts_of(self, number: str, text: str) -> int:
        """How many parts the text takes. Raises `Refusal`."""
        if not text.strip():
            raise Refusal("短信没有内容。")
        try:
            parts = len(submit_pdus(number, text, 0))
        except SmsTextError as error:
            raise Refusal(str(error)) from None
        if parts > self._rules.most_parts:
            raise Refusal(f"短信太长：要分成 {parts} 条，每条短信最多 {self._rules.most_parts} 条，请缩短。")
        return parts

    def _write(self, kind: type[Fact], **fields: object) -> None:
        """Into the journal, and into the outbox what follows from it."""
        fact_id = self._diary.write(kind, durable=True, **fields)
        at = self._now().isoformat(timespec="milliseconds")
        self._outbox.note(kind(id=fact_id, at=at, **fields), self._rules)  # type: ignore[arg-type]

    def _view(self, status: ModuleStatus) -> ModuleView:
        return ModuleView(
            name=status.name,
            line=self._lines.get(PortId(status.name)),
            device=status.device,
            maker=status.maker,
            model=status.model,
            firmware=status.firmware,
            imei=status.imei,
            number=status.number,
            sim=status.sim.value,
            registered=status.registered,
            roaming=status.roaming,
            operator=status.operator,
            signal_dbm=status.signal_dbm,
            kept=status.kept,
            room=status.room,
            fault=status.fault,
        )
