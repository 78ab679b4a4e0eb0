"""The screen's softkeys: what a seat asks for in its conversation, and a supervisor's moving of callers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from appliance.engine.call import Call
from appliance.engine.desk import Desk
from appliance.engine.dialplan import valid_outside_number
from appliance.engine.refusal import Refusal
from appliance.engine.route import route_to
from appliance.engine.third import Colleague
from appliance.engine.transferring import seat_station, transfer_refusal, unknown_target
from appliance.engine.wishes import Consult as ConsultWish
from appliance.engine.wishes import GiveAway, Hold, Join, Push, Resume, Wish
from appliance.telephony.call import CallState, HangUpCause, StationState, StepKind, TalkPhase
from appliance.telephony.ids import CallId, SeatId, StationId
from appliance.wire.softkeys import (
    CancelConsult,
    CompleteTransfer,
    Conference,
    Consult,
    HangUpSeat,
    HoldCall,
    MoveCaller,
    PauseRecording,
    PushToFlow,
    ResumeCall,
    Softkey,
    Transfer,
    TransferTo,
)

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

_MOVABLE = {CallState.IN_FLOW, CallState.QUEUED, CallState.ALERTING, CallState.IN_VOICEMAIL}
_NOT_NOW = {
    Softkey.HOLD: "现在不能保持：通话已在保持、咨询、三方或流程中。",
    Softkey.RESUME: "通话没有被保持，不用取回。",
    Softkey.CONSULT: "现在不能咨询：请先取回客户，或结束正在进行的咨询。",
    Softkey.TRANSFER: "现在不能转接：请先取回客户，或用“完成转接”把客户交给正在咨询的人。",
    Softkey.COMPLETE_TRANSFER: "没有正在咨询的人，不能完成转接。",
    Softkey.CANCEL_CONSULT: "没有正在进行的咨询。",
    Softkey.CONFERENCE: "要先咨询第三方，对方接听后才能三方通话。",
    Softkey.PUSH: "现在不能把客户转入流程：请先取回客户；内部通话不能转入流程。",
    Softkey.PAUSE_RECORDING: "这个通话现在没有录音，不用暂停。",
    Softkey.RESUME_RECORDING: "录音没有被暂停。",
}


class Softkeys:
    """`table` carries each of them out. They raise `Refusal` where they mean nothing now."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self.table: dict[type, Callable[[Any, object], CallId | None]] = {
            HoldCall: lambda command, _: self._wish(command.seat, Softkey.HOLD, Hold()),
            ResumeCall: lambda command, _: self._wish(command.seat, Softkey.RESUME, Resume()),
            CancelConsult: lambda command, _: self._wish(command.seat, Softkey.CANCEL_CONSULT, Resume()),
            Conference: lambda command, _: self._wish(command.seat, Softkey.CONFERENCE, Join()),
            Consult: self._on_consult,
            CompleteTransfer: self._on_complete,
            Transfer: self._on_transfer,
            PushToFlow: self._on_push,
            PauseRecording: self._on_pause,
            HangUpSeat: self._on_hang_up,
            MoveCaller: self._on_move,
        }

    def _on_consult(self, command: Consult, _connection: object) -> CallId:
        desk = self._desk(command.seat, Softkey.CONSULT)
        number = _plain(command.number)
        station = self._switch.stations.get(StationId(number))
        if station is None:
            _refuse(desk.talk.refusal_to_dial(desk.station, number))
        elif station is desk.station:
            raise Refusal("不能咨询自己。")
        elif not Colleague(desk.talk, station).free:
            raise Refusal(f"分机 {number} 正在使用，请稍后再试。")
        return _put(desk, ConsultWish(number, outside=station is None))

    def _on_complete(self, command: CompleteTransfer, _connection: object) -> CallId:
        desk = self._desk(command.seat, Softkey.COMPLETE_TRANSFER)
        desk.station.party.hung_up(HangUpCause.HOOK)
        return desk.talk.call.id

    def _on_transfer(self, command: Transfer, _connection: object) -> CallId:
        desk = self._desk(command.seat, Softkey.TRANSFER)
        target = _plain(command.target) if command.to is TransferTo.OUTSIDE else command.target
        wish = GiveAway(command.to, target)
        _refuse(transfer_refusal(desk.talk, desk.station, wish))
        return _put(desk, wish)

    def _on_push(self, command: PushToFlow, _connection: object) -> CallId:
        desk = self._desk(command.seat, Softkey.PUSH)
        _refuse(unknown_target(self._switch.plan, TransferTo.FLOW, command.flow))
        return _put(desk, Push(command.flow, command.value))

    def _on_pause(self, command: PauseRecording, _connection: object) -> CallId:
        desk = self._desk(command.seat, Softkey.PAUSE_RECORDING if command.on else Softkey.RESUME_RECORDING)
        desk.talk.files.withhold(command.on)
        return desk.talk.call.id

    def _on_hang_up(self, command: HangUpSeat, _connection: object) -> CallId:
        station = seat_station(self._switch, command.seat)
        if station is None or station.state is not StationState.TALKING or station.call_id is None:
            raise Refusal("您现在没有通话。")
        call_id = station.call_id
        station.party.hung_up(HangUpCause.HOOK)
        return call_id

    def _on_move(self, command: MoveCaller, _connection: object) -> CallId:
        call = self._movable(command.call_id)
        plan = self._switch.plan
        target = _plain(command.target) if command.to is TransferTo.OUTSIDE else command.target
        _refuse(unknown_target(plan, command.to, target))
        if command.to is TransferTo.SEAT and seat_station(self._switch, target) is None:
            raise Refusal(f"没有 {target} 号座席。")
        if command.to is TransferTo.OUTSIDE and not valid_outside_number(target, plan):
            raise Refusal(f"号码 {target} 不能拨打：应为 3 到 {plan.dial.max_digits} 位数字。")
        self._switch.journeys[call.id].move(route_to(plan, call, StepKind.MOVED, command.to, target))
        return call.id

    def _movable(self, call_id: CallId) -> Call:
        call = self._switch.book.get(call_id)
        if call is None or call.state is CallState.ENDED:
            raise Refusal("这个通话已经结束。")
        talks = call.desk is not None and call.desk.phase is TalkPhase.PUSHED
        if call.state not in _MOVABLE or talks or call.id not in self._switch.journeys:
            raise Refusal("只能转移正在排队或在流程中的来电；正在通话的由座席转接。")
        return call

    def _desk(self, seat: SeatId, key: Softkey) -> Desk:
        """The seat's conversation, in which `key` means something now."""
        station = seat_station(self._switch, seat)
        desk = self._switch.desks.get(station.plan.id) if station is not None else None
        if desk is None:
            raise Refusal("您现在没有可以这样操作的通话。")
        if key not in desk.softkeys():
            raise Refusal(_NOT_NOW[key])
        return desk

    def _wish(self, seat: SeatId, key: Softkey, wish: Wish) -> CallId:
        return _put(self._desk(seat, key), wish)


def _put(desk: Desk, wish: Wish) -> CallId:
    desk.wishes.put(wish)
    return desk.talk.call.id


def _refuse(text: str) -> None:
    if text:
        raise Refusal(text)


def _plain(number: str) -> str:
    return number.replace("-", "").replace(" ", "")
