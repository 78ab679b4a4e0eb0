"""Cards that are pulled out and plugged in while people talk."""

from __future__ import annotations

from pathlib import Path

from appliance.callplan import CallPlan
from appliance.defaults.plan import default_plan
from appliance.telephony.call import CallResult, CallState, HangUpCause, LineState, Side, StationState
from appliance.wire.messages import LineChanged, StationChanged
from drivers.base import PortId
from drivers.hotplug import FoundCard
from drivers.registry import CardOrder, make_card
from drivers.sim.card import SimCard
from drivers.sim.profile import Fault

from .box import Box, conversation


def two_cards() -> CallPlan:
    """Two lines and two phones of each card."""
    return default_plan(
        "铜陵广电",
        "0562-96599",
        "0562",
        line_ports=[PortId(f"{card}/{n}") for card in ("sim", "sim2") for n in (1, 2)],
        station_ports=[PortId(f"{card}/{n}") for card in ("sim", "sim2") for n in (5, 6)],
    )


def states(box: Box) -> dict[int, LineState]:
    return {line: each.state for line, each in box.engine.switch.lines.items()}


def test_a_card_pulled_out_in_mid_call_ends_it_with_the_true_cause_and_is_back_after_it_is_plugged_in(
    tmp_path: Path,
) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        await box.passes(5)
        box.card.set_fault(PortId("sim/1"), Fault.CARD_OUT, on=True)
        record = await box.record(within_s=2)
        assert (record.result, record.hang_up_side, record.hang_up_cause) == (
            CallResult.TALKED,
            Side.SYSTEM,
            HangUpCause.CARD_LOST,
        )
        assert record.recording is not None
        assert record.recording.length_s > 4.5
        assert caller.state.value in {"idle", "hung_up", "busy"}
        assert set(states(box).values()) == {LineState.OUT_OF_SERVICE}
        lines = [event.line for event in box.events if isinstance(event, LineChanged)]
        assert "板卡已拔出" in lines[-1].fault
        phone.hang_up()
        await box.passes(10)
        box.card.set_fault(PortId("sim/1"), Fault.CARD_OUT, on=False)
        await box.until(lambda: set(states(box).values()) == {LineState.IDLE}, 2)
        stations = [event.station for event in box.events if isinstance(event, StationChanged)]
        assert (stations[-1].state, stations[-1].fault) == (StationState.ON_HOOK, "")
        caller.hang_up()
        await box.passes(5)
        again = box.outside("13900000002")
        again.call("13900000002")
        await box.answered(again)
        again.press("1")
        await box.rings(phone)
        phone.lift()
        await box.in_state(CallState.CONNECTED)
        again.hang_up()
        assert (await box.record(2)).result is CallResult.TALKED
        phone.hang_up()

    conversation(tmp_path, script)


def test_a_receiver_that_is_up_when_the_card_comes_back_gets_dial_tone(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        phone = box.phone("801")
        box.card.pull_out()
        await box.passes(1)
        phone.lift()
        await box.passes(1)
        assert phone.ear.level_dbm0() < -60
        box.card.plug_in()
        assert await box.hears(phone)
        phone.hang_up()

    conversation(tmp_path, script)


def test_the_clock_is_pulled_out_and_the_call_on_the_other_card_goes_on(tmp_path: Path) -> None:
    other = SimCard("sim2", paced=False)

    async def script(box: Box) -> None:
        caller = other.exchange.add_phone("other", "13900000003")
        phone = next(each for each in other.phones if each.port == "sim2/5")
        box.sign_in("1003", "3")
        caller.call("13900000003")
        await box.answered(caller)
        caller.press("1")
        await box.rings(phone)
        phone.lift()
        await box.in_state(CallState.CONNECTED)
        frame = box.engine.media.frame
        box.card.pull_out()
        await box.passes(10)
        assert box.engine.media.frame - frame >= 495
        assert [call.state for call in box.engine.switch.book] == [CallState.CONNECTED]
        assert [state.there for state in box.engine.media.card_states()] == [False, True]
        caller.hang_up()
        record = await box.record()
        assert (record.line, record.hang_up_side) == (3, Side.PEER)
        phone.hang_up()
        box.card.plug_in()
        await box.until(lambda: set(states(box).values()) == {LineState.IDLE}, 3)

    conversation(tmp_path, script, plan=two_cards(), other_cards=[other])


def test_a_card_that_is_absent_at_start_is_a_fault_of_its_lines_until_it_is_plugged_in(tmp_path: Path) -> None:
    other = SimCard("sim2", paced=False)
    other.pull_out()

    async def script(box: Box) -> None:
        await box.until(lambda: states(box)[3] is LineState.OUT_OF_SERVICE, 1)
        assert "板卡已拔出" in box.engine.switch.lines[3].view().fault
        assert states(box)[1] is LineState.IDLE
        caller = box.outside()
        caller.call("13905620001")
        await box.answered(caller)
        other.plug_in()
        await box.until(lambda: states(box)[3] is LineState.IDLE, 3)
        on_it = other.exchange.add_phone("other", "13900000003")
        on_it.call("13900000003")
        await box.answered(on_it)
        on_it.hang_up()
        caller.hang_up()
        assert {(await box.record(n)).line for n in (1, 2)} == {1, 3}

    conversation(tmp_path, script, plan=two_cards(), other_cards=[other])


def test_people_see_the_cards_and_what_is_plugged_in_but_not_used(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        hotplug = box.engine.hotplug
        box.card.identity = "SIM-1"
        hotplug._found = (
            FoundCard("sim", "SIM-1", "the card itself", frozenset({"SIM-1"})),
            FoundCard("modem", "24680246", "Conexant", frozenset({"24680246", "/dev/ttyACM0"})),
        )
        assert [(card.name, card.there, len(card.ports)) for card in hotplug.cards()] == [("sim", True, 8)]
        assert [(spare.family, spare.identity) for spare in hotplug.spares()] == [("modem", "24680246")]
        box.card.pull_out()
        await box.passes(0.1)
        (card,) = hotplug.cards()
        assert not card.there
        assert {port.fault for port in card.ports} == {"板卡已拔出：请重新插好，几秒后自动恢复。"}
        assert box.engine.snapshot().health.cards == (card,)

    def named() -> SimCard:
        made = make_card(CardOrder("sim", "sim"))
        assert isinstance(made, SimCard)
        made.paced = False
        return made

    conversation(tmp_path, script, card=named)
