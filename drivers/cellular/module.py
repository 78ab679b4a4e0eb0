"""A cellular module as its AT port shows it: found out, kept well, its call and its messages. Pure: octets and time in.

What: `feed` takes what was read, `tick` the time, `output` is what to write; `told` collects what happened.
How: from the first `AT` until `OK` it is asked who it is, then for its SIM, then prepared; afterwards its signal every
    two seconds, which is its watchdog as well. A module that says nothing, or nothing readable, for longer than
    `SILENT_S` is faulty from then on and asked anew each second until it answers; then all begins anew.
Limits: a SIM's PIN is tried once only: the third wrong one locks the card.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from drivers.cellular.at import fields_of, number_of
from drivers.cellular.dialogue import Answer, Dialogue
from drivers.cellular.happening import Happening
from drivers.cellular.models import model_of
from drivers.cellular.modulecall import ModuleCall, Stage
from drivers.cellular.modulesms import ModuleSms
from drivers.smsmodule import ModuleStatus, SimState, SmsEvent, StatusChanged

SILENT_S = 4.0
"""A fault is named within 5 s."""
_KNOCK_EVERY_S = 1.0
_LOOK_EVERY_S = 2.0
_REGISTRATION_EVERY_S = 6.0
_ANSWER_S = 1.8
_REGISTERED = {1: False, 5: True, 6: False, 7: True, 9: False, 10: True}
"""`+CREG` states (TS 27.007 §7.2, §10.1.22) in which there is service, and whether it is roaming."""
_NO_SIM_CODES = {"10", "13", "310", "313"}
_DECIBEL_OF_CSQ = (-113, 2)


class Module:
    """`device` and `name` are for its status."""

    def __init__(self, name: str, device: str = "", *, pin: str = "") -> None:
        self._status = ModuleStatus(name, device)
        self._pin = pin
        self._pin_tried = False
        self.dialogue = Dialogue(self._unasked)
        self.happened: list[Happening] = []
        self.told: list[SmsEvent] = []
        self.call = ModuleCall(self.dialogue, self.happened.append)
        self.sms = ModuleSms(self.dialogue, self.told.append)
        self._now_s = 0.0
        self.awake = False
        """It answers; what it is was asked for."""
        self.given_up = False
        """It was silent or not to be understood for so long that it is faulty."""
        self._prepared = False
        self._well_s: float | None = None
        """When it last answered, or was first asked."""
        self._understood = self._octets = 0
        """What the dialogue had heard when the module was last well."""
        self._due_s = self._registration_due_s = 0.0
        self._lte_state = 0

    @property
    def status(self) -> ModuleStatus:
        return self._status

    @property
    def can_call(self) -> bool:
        """Ready to dial."""
        return self._prepared and self._status.works and self.call.stage is Stage.NONE

    def use_device(self, device: str) -> None:
        """Where the port is now."""
        self._change(device=device)

    def reconnect(self) -> None:
        """The port was opened (anew): whatever was, begin from the beginning."""
        self._lose("")
        self.given_up = False
        self._well_s = None

    def disconnected(self, fault: str) -> None:
        """The port is gone."""
        self._lose(fault)
        self._well_s = None

    def feed(self, octets: bytes, now_s: float) -> None:
        self._now_s = now_s
        self.dialogue.feed(octets, now_s)

    def tick(self, now_s: float) -> None:
        """Go on; at least five times a second."""
        self._now_s = now_s
        if self._well_s is None or self.dialogue.lines_understood != self._understood:
            self._well_s = now_s
            self._understood, self._octets = self.dialogue.lines_understood, self.dialogue.octets_heard
        self.call.tick(now_s)
        if not self.dialogue.busy and now_s >= self._due_s:
            self._look(now_s)
        self.sms.tick(now_s, calm=self.call.stage in {Stage.NONE, Stage.ACTIVE})
        self.dialogue.tick(now_s)
        if now_s - self._well_s >= SILENT_S and not self.dialogue.pdu_is_out:
            self._silent()

    def output(self) -> bytes:
        return self.dialogue.output()

    def _look(self, now_s: float) -> None:
        if not self.awake:
            self._due_s = now_s + _KNOCK_EVERY_S
            self.dialogue.ask("", self._knocked, timeout_s=_KNOCK_EVERY_S)
        elif not self._prepared:
            self._due_s = now_s + _LOOK_EVERY_S
            self.dialogue.ask("+CPIN?", self._sim, timeout_s=_ANSWER_S)
        else:
            self._due_s = now_s + _LOOK_EVERY_S
            self.dialogue.ask("+CSQ", self._signal, timeout_s=_ANSWER_S)
            if now_s >= self._registration_due_s:
                self._registration_due_s = now_s + _REGISTRATION_EVERY_S
                self.dialogue.ask("+CEREG?", self._registration)
                self.dialogue.ask("+CREG?", self._registration)
                self.dialogue.ask("+COPS?", self._operator)
                self.dialogue.ask("+CPIN?", self._sim)

    def _knocked(self, answer: Answer) -> None:
        if not answer.ok:
            return
        self.awake, self.given_up = True, False
        self._due_s = 0.0
        ask = self.dialogue.ask
        ask("E0")
        ask("+CMEE=1")
        for command, field in (("+CGMI", "maker"), ("+CGMM", "model"), ("+CGMR", "firmware"), ("+CGSN", "imei")):
            ask(command, self._noting(field))

    def _noting(self, field: str) -> Callable[[Answer], None]:
        def note(answer: Answer) -> None:
            if answer.ok and answer.lines:
                self._change(**{field: answer.lines[0].rpartition(": ")[2].strip('"')[:40]})

        return note

    def _sim(self, answer: Answer) -> None:
        if answer.silent:
            return
        said = next((fields_of(line)[0] for line in answer.lines if line.startswith("+CPIN:")), "")
        code = answer.result.partition(":")[2].strip()
        if said == "READY":
            self._change(sim=SimState.READY)
            if not self._prepared:
                self._prepare()
        elif said == "SIM PIN":
            self._enter_pin()
        elif said.startswith("SIM PUK"):
            self._no_sim(SimState.PUK, "SIM 卡已锁：PIN 错误次数太多。请联系运营商取得 PUK 码，在手机上解锁后再装回。")
        elif code in _NO_SIM_CODES:
            self._no_sim(SimState.MISSING, "没有检测到 SIM 卡。请断电后检查 SIM 卡是否插好。")
        elif not answer.ok:
            self._no_sim(SimState.FAULTY, "SIM 卡没有就绪。请检查 SIM 卡是否插好、是否损坏。")

    def _enter_pin(self) -> None:
        if not self._pin or self._pin_tried:
            text = "SIM 卡的 PIN 不对，不再重试以免锁卡。" if self._pin else "SIM 卡要求输入 PIN。"
            self._no_sim(SimState.PIN, f"{text}请在设置 cards.pin 里填写正确的 PIN，或在手机上关闭 PIN。")
            return
        self._pin_tried = True
        self.dialogue.ask(f'+CPIN="{self._pin}"')

    def _no_sim(self, state: SimState, fault: str) -> None:
        if self._prepared:
            self.call.lost()
            self.sms.lost()
        self._prepared = False
        self._change(sim=state, registered=False, signal_dbm=None, fault=fault)

    def _prepare(self) -> None:
        self._prepared = True
        model = model_of(f"{self._status.maker} {self._status.model}")
        self.call.use(model)
        ask = self.dialogue.ask
        for command in ("+CREG=1", "+CEREG=1", "+CLIP=1", "+CMGF=0", "+CSMS=0", "+CNMI=2,1,0,1,0", "+COPS=3,0"):
            ask(command)
        for command in model.prepare:
            ask(command)
        ask("+CNUM", self._own_number)
        self._registration_due_s = 0.0
        ask("+CSQ", self._signal)
        ask("+CEREG?", self._registration)
        ask("+CREG?", self._registration)
        self.sms.ready()

    def _own_number(self, answer: Answer) -> None:
        fields = fields_of(answer.lines[0]) if answer.ok and answer.lines else []
        if len(fields) > 1:
            self._change(number=fields[1][:24])

    def _signal(self, answer: Answer) -> None:
        if answer.silent:
            return
        level = number_of(fields_of(answer.lines[0])[0]) if answer.ok and answer.lines else None
        lowest, step = _DECIBEL_OF_CSQ
        known = level is not None and level <= 31
        self._change(signal_dbm=lowest + step * (level or 0) if known else None)
        self._change(kept=self.sms.kept, room=self.sms.room)

    def _registration(self, answer: Answer) -> None:
        """`+CREG: <n>,<stat>…`; LTE tells `+CEREG`, asked for just before, 2G and voice `+CREG`: one is enough."""
        line = next((line for line in answer.lines if line.startswith(("+CREG:", "+CEREG:"))), "")
        fields = fields_of(line)
        state = number_of(fields[1]) if len(fields) > 1 else None
        if line.startswith("+CEREG") or not answer.ok or state is None:
            self._lte_state = state or 0
            return
        serving = state if state in _REGISTERED else self._lte_state
        registered = serving in _REGISTERED
        missing = "没有移动网络：模块还没有登录到运营商网络。请检查天线、信号，以及 SIM 卡是否欠费停机。"
        self._change(registered=registered, roaming=_REGISTERED.get(serving, False))
        if self._status.sim is SimState.READY:
            self._change(fault="" if registered else missing)

    def _operator(self, answer: Answer) -> None:
        fields = fields_of(answer.lines[0]) if answer.ok and answer.lines else []
        self._change(operator=fields[2][:24] if len(fields) > 2 else "")

    def _unasked(self, line: str, pdu: str) -> None:
        if line in {"RDY", "POWERED DOWN", "NORMAL POWER DOWN"} and self.awake:
            self._lose("模块重新启动中。")
        elif line.startswith("+CPIN:"):
            self._due_s = self._registration_due_s = 0.0
        elif line.startswith(("+CREG:", "+CEREG:")):
            self._registration_due_s = 0.0
            self._due_s = 0.0
        elif not self.sms.unasked(line, pdu):
            self.call.unasked(line)

    def _silent(self) -> None:
        garbled = self.dialogue.octets_heard > self._octets
        self._lose(
            "串口上收到的是乱码，正在试其他波特率。如仍不行，请确认选的是模块的 AT 口。"
            if garbled
            else "通信模块没有回应：请检查供电和 USB 连接，必要时拔下重插。"
        )
        self.given_up = True
        self._well_s, self._octets = self._now_s, self.dialogue.octets_heard

    def _lose(self, fault: str) -> None:
        self.call.lost()
        self.sms.lost()
        self.dialogue.restart()
        self.awake = self._prepared = False
        self._lte_state = 0
        self._due_s = self._now_s
        self._change(registered=False, signal_dbm=None, sim=SimState.UNKNOWN, fault=fault or self._status.fault)

    def _change(self, **changes: object) -> None:
        changed = replace(self._status, **changes)  # type: ignore[arg-type]
        if changed != self._status:
            self._status = changed
            self.told.append(StatusChanged(changed))
