"""What the web asks of the engine: one method per command, a refusal is a Chinese sentence."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from appliance.callplan import CallPlanError
from appliance.engine.agents import SignInError
from appliance.engine.dialplan import DialKind, Dialled, valid_outside_number
from appliance.engine.linetest import run_line_test
from appliance.engine.outbound import begin_click, click_to_dial
from appliance.engine.phones import PhoneError, VirtualPhones, known_key
from appliance.engine.phonetake import begin_take
from appliance.engine.refusal import Refusal as Refusal  # noqa: PLC0414 - what commands answer with
from appliance.engine.signing import set_status, sign_in, sign_out
from appliance.engine.softkeys import Softkeys
from appliance.engine.soundphones import SoundPhones
from appliance.engine.station import Station
from appliance.engine.switch import Switch
from appliance.telephony.call import HangUpCause, StationState
from appliance.telephony.ids import AgentId, CallId, LineId, QueueId, SeatId, StationId
from appliance.wire.messages import (
    AnyCommand,
    AnyReply,
    Dial,
    Done,
    HangUpCall,
    PickUp,
    Ping,
    RecordAtPhone,
    Refused,
    ReloadCallPlan,
    ReloadMessages,
    SetAgentStatus,
    SignIn,
    SignOut,
    Subscribe,
    Supervise,
    TestLine,
)
from appliance.wire.server import Connection
from appliance.wire.virtualphone import (
    ListenPhone,
    PhoneAudio,
    PhoneCall,
    PhoneFlash,
    PhoneHook,
    PhoneKey,
    SetLineFault,
)
from drivers.base import PortId

Outcome = CallId | Coroutine[object, object, None] | None
"""Of a command that was carried out: the call, if it began one. A coroutine: it is answered at the end of that, which
may raise `Refusal`; other commands go on meanwhile."""


class Commands:
    """Carries out commands of one connection after the other."""

    def __init__(
        self,
        switch: Switch,
        phones: VirtualPhones | None,
        sound_phones: SoundPhones,
        reload: Callable[[], None],
        subscribe: Callable[[Connection], None],
    ) -> None:
        self._switch = switch
        self._phones = phones
        self._sound_phones = sound_phones
        self._reload = reload
        self._subscribe = subscribe
        self._table: dict[type, Callable[[Any, Connection], Outcome]] = {
            Subscribe: self._on_subscribe,
            ReloadCallPlan: self._on_reload,
            SignIn: self._on_sign_in,
            SignOut: self._on_sign_out,
            SetAgentStatus: self._on_status,
            Dial: self._on_dial,
            HangUpCall: self._on_hang_up,
            Supervise: self._on_supervise,
            PickUp: self._on_pick_up,
            ReloadMessages: self._on_reload_messages,
            PhoneHook: self._on_hook,
            PhoneCall: self._on_phone_call,
            PhoneKey: self._on_key,
            PhoneFlash: self._on_flash,
            ListenPhone: self._on_listen,
            SetLineFault: self._on_fault,
            TestLine: self._on_test_line,
            RecordAtPhone: self._on_record,
            **Softkeys(switch).table,
            Ping: lambda _command, _connection: None,
        }

    def add(self, table: Mapping[type, Callable[[Any, Connection], Outcome]]) -> None:
        """Commands that somebody else carries out."""
        self._table.update(table)

    async def handle(self, command: AnyCommand, connection: Connection) -> AnyReply | None:
        """Carry out one command; audio is not answered."""
        if isinstance(command, PhoneAudio):
            if self._phones is not None:
                self._phones.push(command.phone, command.pcm)
            return None
        try:
            outcome = self._table[type(command)](command, connection)
        except (Refusal, SignInError, PhoneError, CallPlanError) as refusal:
            return Refused(seq=command.seq, text=str(refusal))
        if isinstance(outcome, Coroutine):
            self._switch.start(_answer_later(command.seq, outcome, connection))
            return None
        return Done(seq=command.seq, call_id=outcome)

    def sign_in(self, agent: AgentId, name: str, seat: SeatId, queues: tuple[QueueId, ...] = ()) -> None:
        """Seat an agent, ready. Raises `SignInError` or `Refusal`."""
        sign_in(self._switch, agent, name, seat, queues)

    def sign_out(self, agent: AgentId) -> None:
        """The agent leaves the seat; a running conversation goes on. Raises `Refusal`."""
        sign_out(self._switch, agent)

    def _on_subscribe(self, _command: Subscribe, connection: Connection) -> None:
        self._subscribe(connection)

    def _on_reload(self, _command: ReloadCallPlan, _connection: Connection) -> None:
        self._reload()

    def _on_sign_in(self, command: SignIn, _connection: Connection) -> None:
        self.sign_in(command.agent, command.name, command.seat, command.queues)

    def _on_sign_out(self, command: SignOut, _connection: Connection) -> None:
        self.sign_out(command.agent)

    def _on_status(self, command: SetAgentStatus, _connection: Connection) -> None:
        set_status(self._switch, command.agent, command.status, command.reason)

    def _on_dial(self, command: Dial, _connection: Connection) -> CallId:
        switch = self._switch
        if switch.closed:
            raise Refusal("电话系统正在重启，请稍候再拨。")
        station = self._free_phone(command.seat)
        number = command.number.replace("-", "").replace(" ", "")
        if StationId(number) in switch.stations:
            dialled = Dialled(DialKind.STATION, number, final=True)
        elif valid_outside_number(number, switch.plan):
            dialled = Dialled(DialKind.OUTSIDE, number, final=True)
        else:
            raise Refusal(f"号码 {command.number} 不能拨打：应为 3 到 {switch.plan.dial.max_digits} 位数字。")
        call = begin_click(switch, station, dialled)
        switch.start(click_to_dial(switch, call, station, dialled), call)
        return call.id

    def _on_hang_up(self, command: HangUpCall, _connection: Connection) -> None:
        parties = self._switch.parties_of(command.call_id)
        if not parties:
            raise Refusal("这个通话已经结束。")
        parties[0].hung_up(HangUpCause.SUPERVISOR)

    def _on_supervise(self, command: Supervise, _connection: Connection) -> None:
        call = self._switch.book.get(command.call_id)
        if call is None or call.connected_at is None:
            raise Refusal("这个通话还没有接通或已经结束，不能监听。")
        station = self._free_phone(command.seat)
        if (station.port, True) in self._switch.ports_of(call.id):
            raise Refusal("您就在这个通话里。")
        self._switch.start(self._switch.supervision.join(call, station, command.mode))

    def _on_pick_up(self, command: PickUp, _connection: Connection) -> None:
        picker = self._free_phone(command.seat)
        offered = self._switch.pickups.find(picker, command.station)
        if offered is None:
            raise Refusal("现在没有可以代答的来电。")
        picker.call_id = offered.call.id  # at once: nobody else may take the phone before the plot below begins
        self._switch.start(self._switch.pickups.ring_and_take(picker, offered))

    def _on_reload_messages(self, _command: ReloadMessages, _connection: Connection) -> None:
        self._switch.start(self._switch.messages.reload())

    def _free_phone(self, seat: SeatId) -> Station:
        station = next((each for each in self._switch.stations.values() if each.plan.seat == seat), None)
        if station is None:
            raise Refusal(f"没有 {seat} 号座席。")
        if station.state is not StationState.ON_HOOK or station.call_id is not None:
            raise Refusal("您的话机正在使用，请先挂机。")
        return station

    def _on_hook(self, command: PhoneHook, _connection: Connection) -> None:
        if card := self._sound_phones.get(command.phone):
            (card.lift if command.off_hook else card.hang_up)()
        else:
            self._simulated().hook(command.phone, off_hook=command.off_hook)

    def _on_phone_call(self, command: PhoneCall, _connection: Connection) -> None:
        port = self._line_port(command.line) if command.line else None
        self._simulated().call(command.phone, command.number, port)

    def _on_key(self, command: PhoneKey, _connection: Connection) -> None:
        if card := self._sound_phones.get(command.phone):
            card.press(known_key(command.digit))
        else:
            self._simulated().press(command.phone, command.digit)

    def _on_flash(self, command: PhoneFlash, _connection: Connection) -> None:
        if card := self._sound_phones.get(command.phone):
            card.flash()
        else:
            self._simulated().flash(command.phone)

    def _on_listen(self, command: ListenPhone, connection: Connection) -> None:
        if self._sound_phones.get(command.phone):
            raise Refusal("这部话机的声音在主机的声卡上，浏览器里听不到。")
        self._simulated().require(command.phone)
        connection.listen(command.phone, on=command.on)

    def _on_fault(self, command: SetLineFault, _connection: Connection) -> None:
        self._simulated().set_fault(self._line_port(command.line), command.fault, on=command.on)

    def _on_test_line(self, command: TestLine, _connection: Connection) -> None:
        line = self._switch.lines.get(command.line)
        if line is None:
            raise Refusal(f"没有第 {command.line} 线，或它已停用。")
        if not line.free:
            raise Refusal(f"第 {command.line} 线正在使用或有故障，请等它空闲再测试。")
        self._switch.start(run_line_test(self._switch, line))

    def _on_record(self, command: RecordAtPhone, _connection: Connection) -> CallId:
        return begin_take(self._switch, self._free_phone(command.seat))

    def _line_port(self, line: LineId) -> PortId:
        found = self._switch.lines.get(line)
        if found is None:
            raise Refusal(f"没有第 {line} 线。")
        return found.port

    def _simulated(self) -> VirtualPhones:
        if self._phones is None:
            raise Refusal("虚拟话机只在模拟板卡上可用；本机接的是真实线路板卡。")
        return self._phones


async def _answer_later(seq: int, rest: Coroutine[object, object, None], connection: Connection) -> None:
    try:
        await rest
    except Refusal as refusal:
        connection.send(Refused(seq=seq, text=str(refusal)))
    else:
        connection.send(Done(seq=seq, call_id=None))
