"""What feature codes do (`callplan.FeatureCodes`): one function per feature, dialled at a phone with dial tone.

A function returns what follows when the phone's user has been served: nothing (dial tone again), or a plot that has
the phone from then on (a call, a colleague's caller). Whatever is refused leaves a record in the call log.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING

from appliance.engine.agents import Agent, SignInError
from appliance.engine.dialplan import Dialled
from appliance.engine.ending import finish
from appliance.engine.phonetalk import PhoneTalk
from appliance.engine.pindesk import PinVerdict
from appliance.engine.promptrecording import record_prompt
from appliance.engine.refusal import Refusal
from appliance.engine.signing import set_status, sign_in, sign_out
from appliance.engine.station import Station
from appliance.engine.voicemailbox import listen_to_messages
from appliance.phoneplan import Feature
from appliance.telephony.call import AgentStatus, CallerIdKind, Direction, HangUpCause, Side, StepKind
from appliance.telephony.ids import AgentId, StationId
from appliance.wire.messages import SupervisionMode

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

log = logging.getLogger(__name__)

Plot = Callable[[], Coroutine[object, object, None]]
After = Dialled | Plot | None
"""A number to call, a plot that has the phone, or None: dial tone again."""


async def use_feature(switch: Switch, station: Station, feature: Feature) -> After:
    """Serve the user of the phone. The handset's going down passes through."""
    return await _FEATURES[feature](PhoneTalk(switch, station), feature)


async def identify(talk: PhoneTalk, feature: Feature) -> AgentId | None:
    """Staff number and PIN; None, told and recorded, when they are wrong or locked."""
    switch, station = talk.switch, talk.station.plan.id
    staff = AgentId(await talk.number("phone_enter_staff"))
    if not staff:
        return None
    pin = await talk.number("phone_enter_pin")
    verdict = await switch.pins.verify(switch.plan, staff, station, pin, switch.now())
    if verdict is PinVerdict.RIGHT:
        return staff
    locked = verdict is PinVerdict.LOCKED
    await refused(talk, feature, f"工号 {staff} 的话机密码{'错误次数过多，已锁定' if locked else '错误'}。")
    await talk.tell("phone_pin_locked" if locked else "phone_pin_wrong")
    return None


async def refused(talk: PhoneTalk, feature: Feature, why: str) -> None:
    """Leave a record that somebody tried what is not allowed; `why` is for the bureau."""
    switch, station = talk.switch, talk.station.plan
    call = switch.book.begin(Direction.INTERNAL)
    call.station, call.seat, call.agent = station.id, station.seat, talk.agent.id if talk.agent else None
    call.peer_number = call.peer_number_raw = getattr(switch.plan.features, feature)
    call.caller_id = CallerIdKind.DIALLED
    switch.book.opened(call)
    call.note(StepKind.REFUSED, station=station.id, note=why)
    call.hung_up(Side.SYSTEM, HangUpCause.NOT_ALLOWED)
    await finish(switch, call, switch.files_of(call))


async def _sign_in(talk: PhoneTalk, feature: Feature) -> After:
    switch = talk.switch
    staff = await identify(talk, feature)
    if staff is None:
        return None
    name = next((each.name for each in switch.plan.agents if each.id == staff), staff)
    try:
        sign_in(switch, staff, name, talk.station.plan.seat)
    except (SignInError, Refusal):
        await talk.tell("phone_seat_taken")
    else:
        await talk.say("phone_signed_in")
    return None


async def _sign_out(talk: PhoneTalk, _feature: Feature) -> After:
    agent = await _present(talk)
    if agent is not None:
        sign_out(talk.switch, agent.id)
        await talk.say("phone_signed_out")
    return None


async def _ready(talk: PhoneTalk, _feature: Feature) -> After:
    agent = await _present(talk)
    if agent is not None:
        set_status(talk.switch, agent.id, AgentStatus.READY)
        await talk.say("phone_ready")
    return None


async def _take_break(talk: PhoneTalk, _feature: Feature) -> After:
    agent = await _present(talk)
    if agent is None:
        return None
    reasons = talk.switch.plan.break_reasons[:9]
    reason = ""
    if reasons:
        digit = await talk.key("phone_break_reason", wanted="123456789"[: len(reasons)])
        if not digit:
            await talk.tell("invalid_key")
            return None
        reason = reasons[int(digit) - 1]
    set_status(talk.switch, agent.id, AgentStatus.ON_BREAK, reason)
    await talk.say("phone_on_break")
    return None


async def _messages(talk: PhoneTalk, feature: Feature) -> After:
    staff = talk.agent.id if talk.agent else await identify(talk, feature)
    return None if staff is None else await listen_to_messages(talk, staff)


async def _record_prompt(talk: PhoneTalk, feature: Feature) -> After:
    staff = talk.agent.id if talk.agent else await identify(talk, feature)
    if staff is None:
        return None
    if not any(each.id == staff and each.records_prompts for each in talk.switch.plan.agents):
        await refused(talk, feature, f"工号 {staff} 没有在话机上录制提示音的权限。")
        await talk.tell("phone_no_right")
        return None
    await record_prompt(talk, staff)
    return None


async def _redial(talk: PhoneTalk, _feature: Feature) -> After:
    last = talk.station.last_dialled
    if last is None:
        await talk.tell("phone_no_last_number")
    return last


async def _pick_up(talk: PhoneTalk, feature: Feature) -> After:
    station = ""
    if feature is Feature.PICK_UP_STATION:
        station = await _station(talk)
    elif await _present(talk) is None:
        return None
    pickups = talk.switch.pickups
    offered = pickups.find(talk.station, station) if station or feature is Feature.PICK_UP else None
    if offered is None:
        await talk.tell("phone_nothing_rings")
        return None
    found = offered

    async def take() -> None:
        pickups.take_lifted(talk.station, found)

    return take


async def _supervise(talk: PhoneTalk, feature: Feature) -> After:
    switch, agent = talk.switch, talk.agent
    if agent is None or not any(each.id == agent.id and each.supervises for each in switch.plan.agents):
        who = f"工号 {agent.id}" if agent else "没有签入的话机"
        await refused(talk, feature, f"{who}没有监听的权限。")
        await talk.tell("phone_no_right" if agent else "phone_not_signed_in")
        return None
    target = switch.stations.get(StationId(await _station(talk)))
    call = switch.book.get(target.call_id) if target and target.call_id else None
    if call is None or call.connected_at is None or target is talk.station:
        await talk.tell("phone_no_call")
        return None
    running, mode = call, _MODES[feature]
    log.info("agent %s at phone %s joins call %s: %s", agent.id, talk.station.plan.id, call.id, mode)
    return lambda: switch.supervision.join_lifted(running, talk.station, mode)


async def _station(talk: PhoneTalk) -> str:
    """A station number, complete as soon as it can be no other; '' when there is none such."""
    await talk.say("phone_enter_station")
    digits, stations = "", talk.switch.stations
    while StationId(digits) not in stations:
        digit = await talk.station.keys.next(10.0)
        digits += digit
        if not digit or not any(station.startswith(digits) for station in stations):
            return ""
    return digits


async def _present(talk: PhoneTalk) -> Agent | None:
    agent = talk.agent
    if agent is None:
        await talk.tell("phone_not_signed_in")
    return agent


_MODES = {
    Feature.LISTEN: SupervisionMode.LISTEN,
    Feature.WHISPER: SupervisionMode.WHISPER,
    Feature.BARGE: SupervisionMode.BARGE,
}
_FEATURES: dict[Feature, Callable[[PhoneTalk, Feature], Awaitable[After]]] = {
    Feature.SIGN_IN: _sign_in,
    Feature.SIGN_OUT: _sign_out,
    Feature.READY: _ready,
    Feature.TAKE_BREAK: _take_break,
    Feature.MESSAGES: _messages,
    Feature.RECORD_PROMPT: _record_prompt,
    Feature.REDIAL: _redial,
    Feature.PICK_UP: _pick_up,
    Feature.PICK_UP_STATION: _pick_up,
    Feature.LISTEN: _supervise,
    Feature.WHISPER: _supervise,
    Feature.BARGE: _supervise,
}
