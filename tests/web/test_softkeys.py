"""The softkeys over the API: each with its own permission, outside numbers within the dial permissions."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from appliance.telephony.call import CallState, TalkPhase
from appliance.telephony.ids import AgentId, CallId, FlowId, SeatId
from appliance.wire.messages import AnyCommand, CallChanged
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
from tests.web.box import Box, Browser, in_box, until

SEAT = SeatId("2")
KEYS: list[tuple[str, object, AnyCommand]] = [
    ("hold", None, HoldCall(seat=SEAT)),
    ("resume", None, ResumeCall(seat=SEAT)),
    ("consult", {"number": "801"}, Consult(seat=SEAT, number="801")),
    ("consult", {"number": "139 0562-0001"}, Consult(seat=SEAT, number="13905620001")),
    ("complete-transfer", None, CompleteTransfer(seat=SEAT)),
    ("cancel-consult", None, CancelConsult(seat=SEAT)),
    ("transfer", {"to": "seat", "target": "1"}, Transfer(seat=SEAT, to=TransferTo.SEAT, target="1")),
    ("transfer", {"to": "queue", "target": "repair"}, Transfer(seat=SEAT, to=TransferTo.QUEUE, target="repair")),
    ("transfer", {"to": "flow", "target": "main"}, Transfer(seat=SEAT, to=TransferTo.FLOW, target="main")),
    (
        "transfer",
        {"to": "outside", "target": "139-05620001"},
        Transfer(seat=SEAT, to=TransferTo.OUTSIDE, target="13905620001"),
    ),
    ("conference", None, Conference(seat=SEAT)),
    ("push", {"flow": "verify", "value": "W-17"}, PushToFlow(seat=SEAT, flow=FlowId("verify"), value="W-17")),
    ("hang-up", None, HangUpSeat(seat=SEAT)),
]


async def seated(box: Box, *roles: str, agent: str = "1001", seat: str = "2") -> Browser:
    person = await box.person(f"p{agent}", *roles, agent=agent)
    assert (await person.post("/api/seat/sign-in", {"seat": seat})).status == 200
    await until(lambda: box.context.link.mirror.agent(AgentId(agent)) is not None)
    return person


@pytest.mark.parametrize(("key", "body", "command"), KEYS, ids=lambda part: str(part)[:30])
def test_each_softkey_reaches_the_engine_with_the_own_seat(
    tmp_path: Path, key: str, body: object, command: AnyCommand
) -> None:
    async def test(box: Box) -> None:
        zhang = await seated(box, "agent")
        answer = await zhang.post(f"/api/seat/{key}", body)
        assert (answer.status, answer.json) == (200, {})
        (told,) = [each for each in box.engine.commands if type(each) is type(command)]
        assert told.seq > 0
        assert type(told)(**{name: getattr(told, name) for name in told.__struct_fields__} | {"seq": 0}) == command

    in_box(tmp_path, test)


@pytest.mark.parametrize("key", sorted({key for key, _, _ in KEYS} | {"pause-recording"}))
def test_nobody_without_the_permission_and_nobody_without_a_seat(tmp_path: Path, key: str) -> None:
    bodies = {key: body for key, body, _ in KEYS} | {"pause-recording": {"on": True}}

    async def test(box: Box) -> None:
        reader = await box.person("du", "field", agent="1009")
        assert (await reader.post(f"/api/seat/{key}", bodies[key])).status == 403
        leader = await box.person("li", "leader", agent="1002")
        answer = await leader.post(f"/api/seat/{key}", bodies[key])
        assert (answer.status, "签入" in answer.error) == (409, True)

    in_box(tmp_path, test)


def test_outside_numbers_take_their_dial_permission(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        zhang = await seated(box, "agent")
        for number in ("01065551234", "0085212345678"):
            assert (await zhang.post("/api/seat/consult", {"number": number})).status == 403
            transfer = {"to": "outside", "target": number}
            assert (await zhang.post("/api/seat/transfer", transfer)).status == 403
        bad = await zhang.post("/api/seat/transfer", {"to": "outside", "target": "call me"})
        assert (bad.status, bad.json["error"]["field"]) == (422, "target")
        assert (await zhang.post("/api/seat/transfer", {"to": "moon", "target": "1"})).status == 422
        assert not [each for each in box.engine.commands if isinstance(each, Consult | Transfer)]

    in_box(tmp_path, test)


def test_pausing_the_recording_is_the_leaders_and_in_the_operation_log(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        zhang = await seated(box, "agent")
        assert (await zhang.post("/api/seat/pause-recording", {"on": True})).status == 403
        li = await seated(box, "leader", agent="1002", seat="3")
        assert (await li.post("/api/seat/pause-recording", {"on": True})).status == 200
        (told,) = [each for each in box.engine.commands if isinstance(each, PauseRecording)]
        assert (told.seat, told.on) == ("3", True)

    in_box(tmp_path, test)


def test_only_supervisors_move_callers(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        zhang = await seated(box, "agent")
        li = await box.person("li", "leader")
        path, body = "/api/live-calls/c1/move", {"to": "queue", "target": "repair"}
        assert (await zhang.post(path, body)).status == 403
        assert (await li.post(path, body)).status == 200
        assert (await li.post(path, {"to": "outside", "target": "0085212345678"})).status == 403
        (told,) = [each for each in box.engine.commands if isinstance(each, MoveCaller)]
        assert (told.call_id, told.to, told.target) == ("c1", TransferTo.QUEUE, "repair")

    in_box(tmp_path, test)


def test_the_screen_learns_what_the_seat_can_do_now(tmp_path: Path) -> None:
    """Phase and softkeys come with every change of the call."""

    async def test(box: Box) -> None:
        zhang = await seated(box, "agent")
        live = await zhang.socket("/live")
        box.engine.ring("mine", "13812341234", "1001", seat="2")
        call = box.engine.calls[CallId("mine")]
        changed = {
            "state": CallState.CONSULTING,
            "phase": TalkPhase.CALLING,
            "consulting": "13905620001",
            "softkeys": (Softkey.RESUME, Softkey.CANCEL_CONSULT),
        }
        box.engine.publish(CallChanged(call=msgspec.structs.replace(call, **changed)))
        event = await live.until("CallChanged")
        while not event["call"].get("phase"):
            event = await live.until("CallChanged")
        assert event["call"]["softkeys"] == ["resume", "cancel_consult"]
        assert event["call"]["phase"] == "calling"

    in_box(tmp_path, test)
