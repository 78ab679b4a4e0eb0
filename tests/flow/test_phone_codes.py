"""Feature codes dialled at a phone set: sign in and out, status, redial, pick-up, supervision, voicemail, prompts."""

from __future__ import annotations

import wave
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import pytest

from appliance.callplan import Agent, CallPlan, check_callplan
from appliance.defaults.plan import default_plan
from appliance.ivr.prompts import BUILTIN_DIR
from appliance.journal import read_facts
from appliance.phoneplan import FeatureCodes, PhoneRules
from appliance.pincode import hash_pin
from appliance.telephony.call import (
    AgentState,
    AgentStatus,
    CallResult,
    CallState,
    Direction,
    HangUpCause,
    StationState,
    StepKind,
)
from appliance.telephony.ids import AgentId, CallId, QueueId, SeatId, StationId
from appliance.wire.facts import PromptRecorded, VoicemailClosed, VoicemailHeard
from appliance.wire.messagebook import BookedMessage, MessageBook, MessageBox, write_messagebook
from appliance.wire.messages import PickUp, ReloadMessages
from drivers.sim.card import SimCard
from drivers.sim.directory import DirectoryEntry, FarOutcome
from drivers.sim.phone import Phone
from drivers.sim.profile import HangUpShown, LineProfile
from drivers.sim.speech import speech
from drivers.sim.steps import Say, Voice, Wait, WaitHangUp
from drivers.wavefile import read_wav

from .box import Box, conversation, correlation

MOBILE = "13900000001"
FAR = (DirectoryEntry(MOBILE, FarOutcome.ANSWERS, after_s=4.0, steps=(Wait(1.0), Say(Voice(7, 3.0)), WaitHangUp())),)


@cache
def plan() -> CallPlan:
    agents = (
        Agent(id=AgentId("1001"), name="王芳", queues=(QueueId("repair"),), pin_hash=hash_pin("2580")),
        Agent(id=AgentId("1002"), name="李梅", queues=(QueueId("repair"),), pin_hash=hash_pin("1470")),
        Agent(id=AgentId("1003"), name="赵班长", supervises=True, records_prompts=True, pin_hash=hash_pin("3690")),
    )
    plain = default_plan("铜陵广电", "0562-96599", "0562")
    return msgspec.structs.replace(plain, agents=agents, break_reasons=("用餐", "培训", "会议"))


def card() -> SimCard:
    return SimCard(lines=[LineProfile(hang_up=HangUpShown.POLARITY)] * 4, directory=FAR, paced=False)


def run(tmp_path: Path, script: Callable[[Box], Awaitable[None]], changed: CallPlan | None = None) -> Box:
    return conversation(tmp_path, script, card=card, plan=changed or plan())


async def hears(box: Box, phone: Phone, prompt: str, within_s: float = 8.0) -> None:
    """Until the phone has heard this prompt to its end."""
    said = read_wav(BUILTIN_DIR / f"{prompt}.wav").samples.reshape(-1)
    last = said[-6000:]
    for _ in range(round(within_s / 0.1)):
        if just_heard(phone, last):
            return
        await box.passes(0.1)
    raise AssertionError(f"{phone.label} does not hear {prompt}")


def just_heard(phone: Phone, said: np.ndarray) -> bool:
    """Whether this sound has ended within the last 0.12 s."""
    recent, said = phone.ear.recent()[-len(said) - 960 :].astype(np.float64), said.astype(np.float64)
    if len(recent) < len(said):
        return False
    places = np.lib.stride_tricks.sliding_window_view(recent, len(said))
    like = places @ said
    at = int(np.argmax(like))
    return bool(like[at] > 0.95 * np.linalg.norm(said) * np.linalg.norm(places[at]) > 0)


async def keys(box: Box, phone: Phone, digits: str, after_s: float = 1.0) -> None:
    await box.passes(after_s)
    phone.press(digits)
    await box.until(lambda: not phone.mouth.speaking)


async def dials(box: Box, phone: Phone, code: str) -> None:
    phone.lift()
    await keys(box, phone, code)


async def hangs_up(box: Box, phone: Phone) -> None:
    phone.hang_up()
    await box.passes(1.0)


async def signs_in(box: Box, station: str, staff: str, pin: str) -> Phone:
    phone = box.phone(station)
    await dials(box, phone, "*11")
    await keys(box, phone, f"{staff}#")
    await keys(box, phone, f"{pin}#")
    return phone


def present(box: Box, agent: str) -> AgentStatus | None:
    there = box.engine.switch.roster.get(AgentId(agent))
    return there.status if there else None


# --- sign in, sign out, status ----------------------------------------------------------------------------------------


def test_signing_in_at_the_phone_with_staff_number_and_pin(tmp_path: Path) -> None:
    """(S053) Nobody takes calls at a phone without a staff number and its PIN; the web is not needed for it."""

    async def script(box: Box) -> None:
        phone = await signs_in(box, "801", "1001", "2580")
        await hears(box, phone, "phone_signed_in")
        agent = box.engine.switch.roster.get(AgentId("1001"))
        assert agent is not None
        assert (agent.name, agent.seat, agent.status) == ("王芳", "1", AgentStatus.READY)
        assert agent.queues == {"repair"}
        await box.passes(1.0)
        assert phone.ear.level_dbm0() > -25, "dial tone again"
        await hangs_up(box, phone)
        caller = box.outside()
        caller.call("13905620001")
        await box.answered(caller)
        caller.press("1")
        await box.rings(phone)
        phone.lift()
        await box.in_state(CallState.CONNECTED)
        caller.hang_up()
        record = await box.record()
        assert record.agent == "1001"
        await hangs_up(box, phone)
        await dials(box, phone, "*12")
        await hears(box, phone, "phone_signed_out")
        assert present(box, "1001") is None
        await hangs_up(box, phone)

    run(tmp_path, script)


def test_a_wrong_pin_three_times_locks_the_staff_number_everywhere(tmp_path: Path) -> None:
    """(S053)"""

    async def script(box: Box) -> None:
        for pin in ("0000", "1111"):
            phone = await signs_in(box, "801", "1001", pin)
            await hears(box, phone, "phone_pin_wrong")
            await hangs_up(box, phone)
        phone = await signs_in(box, "801", "1001", "2222")
        await hears(box, phone, "phone_pin_locked")
        await hangs_up(box, phone)
        other = await signs_in(box, "802", "1001", "2580")
        await hears(box, other, "phone_pin_locked")
        assert present(box, "1001") is None, "not even with the right PIN, not even at another phone"
        await hangs_up(box, other)
        assert [record.result for record in box.records] == [CallResult.REJECTED] * 4
        assert {record.hang_up_cause for record in box.records} == {HangUpCause.NOT_ALLOWED}
        notes = [step.note for record in box.records for step in record.steps if step.kind is StepKind.REFUSED]
        assert notes[0] == "工号 1001 的话机密码错误。"
        assert "锁定" in notes[2]
        assert not any("2222" in note for note in notes)
        await box.passes(900)
        again = await signs_in(box, "802", "1001", "2580")
        await hears(box, again, "phone_signed_in")
        await hangs_up(box, again)

    run(tmp_path, script)


def test_guessing_staff_numbers_from_one_phone_locks_the_phone(tmp_path: Path) -> None:
    """(S053) Unknown staff numbers sound and count like known ones."""

    async def script(box: Box) -> None:
        for staff in ("1001", "1002"):
            phone = await signs_in(box, "804", staff, "0852")
            await hears(box, phone, "phone_pin_wrong")
            await hangs_up(box, phone)
        phone = await signs_in(box, "804", "7777", "0852")
        await hears(box, phone, "phone_pin_locked")
        await hangs_up(box, phone)
        phone = await signs_in(box, "804", "1003", "3690")
        await hears(box, phone, "phone_pin_locked")
        await hangs_up(box, phone)
        elsewhere = await signs_in(box, "801", "1003", "3690")
        await hears(box, elsewhere, "phone_signed_in")
        await hangs_up(box, elsewhere)
        assert len(box.records) == 4
        assert all(record.station == "804" and record.result is CallResult.REJECTED for record in box.records)

    run(tmp_path, script)


def test_a_taken_seat_is_not_signed_in_to(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        box.sign_in("1002", "1")
        phone = await signs_in(box, "801", "1001", "2580")
        await hears(box, phone, "phone_seat_taken")
        assert present(box, "1001") is None
        await hangs_up(box, phone)

    run(tmp_path, script)


def test_break_with_its_reason_and_ready_again(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        box.sign_in("1001", "1")
        phone = box.phone("801")
        await dials(box, phone, "*14")
        await keys(box, phone, "2")
        await hears(box, phone, "phone_on_break")
        agent = box.engine.switch.roster.get(AgentId("1001"))
        assert agent is not None
        assert (agent.status, agent.reason) == (AgentStatus.ON_BREAK, "培训")
        await keys(box, phone, "*13")
        await hears(box, phone, "phone_ready")
        assert agent.status is AgentStatus.READY
        await hangs_up(box, phone)
        await dials(box, phone, "*14")
        await keys(box, phone, "9")
        await keys(box, phone, "9", after_s=5.0)
        await hears(box, phone, "invalid_key")
        assert agent.status is AgentStatus.READY, "there are three reasons, not nine"
        await hangs_up(box, phone)

    run(tmp_path, script)


@pytest.mark.parametrize("code", ["*12", "*13", "*14", "*18"])
def test_a_phone_at_which_nobody_is_signed_in_has_no_status(tmp_path: Path, code: str) -> None:
    async def script(box: Box) -> None:
        phone = box.phone("804")
        await dials(box, phone, code)
        await hears(box, phone, "phone_not_signed_in")
        await hangs_up(box, phone)

    run(tmp_path, script)


# --- redial, wrong numbers --------------------------------------------------------------------------------------------


def test_the_last_number_is_dialled_again(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        phone = box.phone("801")
        await dials(box, phone, "*17")
        await hears(box, phone, "phone_no_last_number")
        await hangs_up(box, phone)
        await dials(box, phone, "9" + MOBILE)
        await box.in_state(CallState.CONNECTED)
        await hangs_up(box, phone)
        await box.record(1)
        await dials(box, phone, "*17")
        await box.in_state(CallState.CONNECTED)
        await hangs_up(box, phone)
        record = await box.record(2)
        assert (record.peer_number, record.result) == (MOBILE, CallResult.TALKED)

    run(tmp_path, script)


def test_left_off_the_hook_after_a_wrong_number_a_sentence_busy_tone_then_the_howler(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        phone = box.phone("801")
        await dials(box, phone, "7")
        await hears(box, phone, "phone_dial_invalid")
        await box.passes(2)
        assert box.engine.switch.stations[StationId("801")].state is StationState.OFF_HOOK
        await box.until(lambda: box.engine.switch.stations[StationId("801")].state is StationState.HOWLER, 35)
        await box.passes(9)
        assert phone.ear.level_dbm0() > -3, "the howler has risen"
        caller = box.outside()
        box.sign_in("1001", "1")
        caller.call("13905620001")
        await box.answered(caller)
        caller.press("1")
        await box.passes(10)
        assert phone.ringing is None, "a phone off the hook gets no caller"
        caller.hang_up()
        await hangs_up(box, phone)
        assert box.engine.switch.stations[StationId("801")].state is StationState.ON_HOOK

    run(tmp_path, script)


# --- picking up -------------------------------------------------------------------------------------------------------


async def caller_rings_801(box: Box) -> Phone:
    """1001 at 801 and 1002 at 802 are signed in; a caller of their queue rings 801."""
    box.sign_in("1001", "1")
    await box.passes(1)
    box.sign_in("1002", "2")
    caller = box.outside()
    caller.call("13905620001")
    await box.answered(caller)
    caller.press("1")
    await box.rings(box.phone("801"))
    return box.phone("801")


@pytest.mark.parametrize("code", ["*18", "*19801"])
def test_a_ringing_colleague_is_picked_up_with_a_code(tmp_path: Path, code: str) -> None:
    async def script(box: Box) -> None:
        ringing, mine = await caller_rings_801(box), box.phone("802")
        await dials(box, mine, code)
        await box.in_state(CallState.CONNECTED)
        await box.until(lambda: ringing.ringing is None, 1)
        assert box.agent_state("1001") is AgentState.IDLE
        assert box.agent_state("1002") is AgentState.ON_CALL
        mine.hang_up()
        record = await box.record()
        assert (record.agent, record.station, record.result) == ("1002", "802", CallResult.TALKED)
        assert StepKind.PICKED_UP in [step.kind for step in record.steps]
        assert record.recording is not None
        missed = box.engine.switch.roster.get(AgentId("1001"))
        assert missed is not None
        assert missed.missed == 0, "the colleague missed nothing"

    run(tmp_path, script)


def test_picked_up_from_the_screen_the_own_phone_rings_first(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        ringing, mine = await caller_rings_801(box), box.phone("802")
        await box.command(PickUp(seat=SeatId("2")))
        await box.rings(mine)
        assert ringing.ringing is not None, "until it is lifted the colleague may still answer"
        mine.lift()
        await box.in_state(CallState.CONNECTED)
        await box.until(lambda: ringing.ringing is None, 1)
        mine.hang_up()
        assert (await box.record()).agent == "1002"

    run(tmp_path, script)


def test_the_colleague_was_quicker_or_the_caller_left(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        ringing, mine = await caller_rings_801(box), box.phone("802")
        await box.command(PickUp(seat=SeatId("2"), station="801"))
        await box.rings(mine)
        ringing.lift()
        await box.in_state(CallState.CONNECTED)
        await box.until(lambda: mine.ringing is None, 2)
        ringing.hang_up()
        assert (await box.record()).agent == "1001"
        assert box.agent_state("1002") is AgentState.IDLE
        await dials(box, mine, "*18")
        await hears(box, mine, "phone_nothing_rings")
        await hangs_up(box, mine)

    run(tmp_path, script)


def test_an_internal_call_is_picked_up_by_station_without_signing_in(tmp_path: Path) -> None:
    """(S003)"""

    async def script(box: Box) -> None:
        one, two, three = box.phone("801"), box.phone("802"), box.phone("803")
        await dials(box, one, "802")
        await box.rings(two)
        await dials(box, three, "*19802")
        await box.in_state(CallState.CONNECTED)
        assert two.ringing is None
        three.ear.capture()
        said = speech(Voice(9, 2.0))
        one.say(said)
        await box.until(lambda: not one.mouth.speaking)
        await box.passes(0.2)
        assert correlation(three.ear.captured(), said) > 0.9
        await hangs_up(box, one)
        record = await box.record()
        assert (record.direction, record.result) == (Direction.INTERNAL, CallResult.TALKED)
        await hangs_up(box, three)

    run(tmp_path, script)


def test_somebody_of_another_queue_does_not_pick_up_blindly(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        await caller_rings_801(box)
        box.engine.commands.sign_in(AgentId("1005"), "外组", SeatId("4"), (QueueId("complaint"),))
        phone = box.phone("804")
        await dials(box, phone, "*18")
        await hears(box, phone, "phone_nothing_rings")
        await hangs_up(box, phone)

    run(tmp_path, script)


# --- supervision ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "agent_hears"), [("*21801", False), ("*22801", True), ("*23801", True)])
def test_a_team_leader_listens_whispers_and_barges_from_the_phone(tmp_path: Path, code: str, agent_hears: bool) -> None:
    """(S049)"""

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        box.sign_in("1003", "3")
        leader = box.phone("803")
        await dials(box, leader, code)
        await box.passes(1.0)
        for who in (leader, phone, caller):
            who.ear.capture()
        said, says = speech(Voice(61, 2.0)), speech(Voice(63, 2.0))
        caller.say(said)
        await box.until(lambda: not caller.mouth.speaking)
        leader.say(says)
        await box.until(lambda: not leader.mouth.speaking)
        await box.passes(0.3)
        assert correlation(leader.ear.captured(), said) > 0.9
        assert (correlation(phone.ear.captured(), says) > 0.9) is agent_hears
        assert (correlation(caller.ear.captured(), says) > 0.9) is (code == "*23801")
        await hangs_up(box, leader)
        assert any(call.state is CallState.CONNECTED for call in box.engine.switch.book), "the call goes on"
        caller.hang_up()
        await box.record()
        await hangs_up(box, phone)

    run(tmp_path, script)


def test_nobody_else_listens_from_a_phone_and_the_attempt_is_on_record(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        box.sign_in("1002", "2")
        curious, unattended = box.phone("802"), box.phone("804")
        await dials(box, curious, "*21801")
        await hears(box, curious, "phone_no_right")
        await dials(box, unattended, "*23801")
        await hears(box, unattended, "phone_not_signed_in")
        for each in (curious, unattended, phone):
            await hangs_up(box, each)
        caller.hang_up()
        await box.record(3)
        refused = [record for record in box.records if record.result is CallResult.REJECTED]
        assert [(each.station, each.peer_number_raw, each.agent) for each in refused] == [
            ("802", "*21", "1002"),
            ("804", "*23", None),
        ]

    run(tmp_path, script)


def test_a_phone_without_a_call_cannot_be_listened_to(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        box.sign_in("1003", "3")
        leader = box.phone("803")
        await dials(box, leader, "*21801")
        await hears(box, leader, "phone_no_call")
        await hangs_up(box, leader)

    run(tmp_path, script)


# --- voicemail --------------------------------------------------------------------------------------------------------

MESSAGES = (speech(Voice(31, 3.0)), speech(Voice(32, 3.0)))


def leave_messages(box: Box, *numbers: str, agent: str = "1001") -> None:
    folder = box.data / "voicemail"
    folder.mkdir(exist_ok=True)
    booked = []
    for n, number in enumerate(numbers):
        with wave.open(str(folder / f"m{n}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(MESSAGES[n].astype("<i2").tobytes())
        at = f"2026-11-02T08:0{n}:00.000+08:00"
        booked.append(BookedMessage(call_id=CallId(f"m{n}"), path=f"voicemail/m{n}.wav", at=at, number=number))
    book = MessageBook(boxes=(MessageBox(agent=AgentId(agent), messages=tuple(booked)),))
    write_messagebook(box.data / "messages.json", book)


def facts(box: Box, kind: type) -> list[object]:
    return [line.fact for line in read_facts(box.data / "journal", {}) if isinstance(line.fact, kind)]


def stutters(phone: Phone) -> bool:
    """Whether the last second of dial tone has gaps in it."""
    last = np.abs(phone.ear.recent()[-8000:].astype(float)).reshape(-1, 80).mean(axis=1)
    return bool((last < 50).sum() >= 4)


def test_voicemail_stutters_lights_the_lamp_and_is_heard_closed_and_called_back(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        phone = box.phone("801")
        box.sign_in("1001", "1")
        leave_messages(box, "13905620001", MOBILE)
        await box.command(ReloadMessages(seq=1))
        await box.until(lambda: phone.message_lamp, 2)
        assert box.engine.phones is not None
        assert [view.phone for view in box.engine.phones.views() if view.lamp] == ["801"]
        phone.lift()
        await box.passes(2.0)
        assert stutters(phone)
        phone.ear.capture()
        phone.press("*15")
        await hears(box, phone, "phone_message_menu", 40)
        heard = phone.ear.captured()
        assert correlation(heard, MESSAGES[0]) > 0.95
        for prompt in ("phone_messages_before", "phone_message_new", "phone_message_from", "zh-liang"):
            said = read_wav(BUILTIN_DIR / f"{prompt}.wav").samples.reshape(-1)
            assert (correlation(heard, said) > 0.95) is (prompt != "zh-liang"), prompt
        phone.press("3")
        await hears(box, phone, "phone_message_closed")
        await hears(box, phone, "phone_message_menu", 40)
        assert not phone.message_lamp, "everything was listened to"
        phone.press("5")
        await box.in_state(CallState.CONNECTED)
        await hangs_up(box, phone)
        assert (await box.record()).peer_number == MOBILE
        phone.lift()
        await box.passes(2.0)
        assert not stutters(phone)
        await hangs_up(box, phone)
        assert [fact.call_id for fact in facts(box, VoicemailHeard)] == ["m0", "m1"]
        (closed,) = facts(box, VoicemailClosed)
        assert (closed.call_id, closed.agent, closed.station) == ("m0", "1001", "801")

    run(tmp_path, script)


def test_one_hears_ones_own_voicemail_only_and_from_a_strange_phone_with_the_pin(tmp_path: Path) -> None:
    """(S025)"""

    async def script(box: Box) -> None:
        leave_messages(box, "13905620001")
        await box.command(ReloadMessages(seq=1))
        box.sign_in("1002", "2")
        other, strange = box.phone("802"), box.phone("804")
        await dials(box, other, "*15")
        await hears(box, other, "phone_no_messages")
        await hangs_up(box, other)
        await dials(box, strange, "*15")
        await keys(box, strange, "1001#")
        await keys(box, strange, "2580#")
        strange.ear.capture()
        await hears(box, strange, "phone_message_menu", 40)
        assert correlation(strange.ear.captured(), MESSAGES[0]) > 0.95
        strange.press("1")
        await box.passes(1.0)
        strange.ear.capture()
        await hears(box, strange, "phone_message_menu", 40)
        assert len(strange.ear.captured()) > 0
        strange.press("#")
        await box.passes(1.0)
        await hangs_up(box, strange)

    run(tmp_path, script)


def test_a_broken_or_strange_message_book_disturbs_nobody(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        box.sign_in("1001", "1")
        phone = box.phone("801")
        (box.data / "messages.json").write_text("{")
        await box.command(ReloadMessages(seq=1))
        leave_messages(box, "13905620001")
        (box.data / "voicemail" / "m0.wav").rename(box.data.parent / "secret.wav")
        outside = BookedMessage(call_id=CallId("x"), path="../secret.wav", at="yesterday", number="x")
        book = MessageBook(boxes=(MessageBox(agent=AgentId("1001"), messages=(outside,)),))
        write_messagebook(box.data / "messages.json", book)
        await box.command(ReloadMessages(seq=2))
        phone.ear.capture()
        await dials(box, phone, "*15")
        await hears(box, phone, "phone_message_menu", 40)
        assert correlation(phone.ear.captured(), MESSAGES[0]) < 0.5, "nothing outside the data folder is played"
        phone.press("5")
        await hears(box, phone, "phone_no_number")
        await hangs_up(box, phone)

    run(tmp_path, script)


# --- prompts ----------------------------------------------------------------------------------------------------------


def test_a_new_greeting_is_spoken_into_the_phone_and_the_next_caller_hears_it(tmp_path: Path) -> None:
    """(S008) Prompts are recorded by the bureau itself, at any phone set."""
    """(S008) A welcome of one's own, recorded at the phone."""
    greeting = speech(Voice(41, 4.0))

    async def script(box: Box) -> None:
        (box.data / "prompts").mkdir(exist_ok=True)
        box.sign_in("1003", "3")
        phone = box.phone("803")
        await dials(box, phone, "*16")
        await keys(box, phone, "1#")
        await hears(box, phone, "record_after_beep")
        await box.passes(1.0)
        phone.say(greeting)
        await box.until(lambda: not phone.mouth.speaking)
        phone.press("#")
        await hears(box, phone, "phone_prompt_menu", 12)
        phone.ear.capture()
        phone.press("1")
        await box.passes(6.0)
        assert correlation(phone.ear.captured(), greeting) > 0.9
        phone.press("3")
        await hears(box, phone, "phone_prompt_kept")
        await hangs_up(box, phone)
        (fact,) = facts(box, PromptRecorded)
        assert (fact.prompt, fact.agent, fact.station) == ("welcome", "1003", "803")
        assert [path.name for path in (box.data / "prompts").iterdir()] == ["welcome.wav"]
        caller = box.outside()
        caller.ear.capture()
        caller.call("13905620001")
        await box.answered(caller)
        await box.passes(4.5)
        assert correlation(caller.ear.captured(), greeting) > 0.9
        caller.hang_up()
        await box.record()

    run(tmp_path, script)


def test_given_up_or_silent_nothing_is_replaced_and_who_may_not_does_not(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        (box.data / "prompts").mkdir(exist_ok=True)
        box.sign_in("1003", "3")
        box.sign_in("1001", "1")
        phone, other = box.phone("803"), box.phone("801")
        await dials(box, phone, "*16")
        await keys(box, phone, "101#")
        await keys(box, phone, "#", after_s=6.0)
        await hears(box, phone, "phone_prompt_menu", 12)
        phone.press("3")
        await hears(box, phone, "phone_nothing_said")
        await hangs_up(box, phone)
        await dials(box, other, "*16")
        await hears(box, other, "phone_no_right")
        await hangs_up(box, other)
        assert list((box.data / "prompts").iterdir()) == []
        assert [record.result for record in box.records] == [CallResult.REJECTED]

    run(tmp_path, script)


def test_hung_up_while_speaking_nothing_is_left(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        (box.data / "prompts").mkdir(exist_ok=True)
        box.sign_in("1003", "3")
        phone = box.phone("803")
        await dials(box, phone, "*16")
        await keys(box, phone, "2#")
        await hears(box, phone, "record_after_beep")
        await box.passes(2.0)
        assert list((box.data / "prompts").iterdir()) != []
        await hangs_up(box, phone)
        assert list((box.data / "prompts").iterdir()) == []
        assert facts(box, PromptRecorded) == []

    run(tmp_path, script)


def test_the_bureau_may_be_spoken_to_in_english(tmp_path: Path) -> None:
    english = msgspec.structs.replace(plan(), phones=PhoneRules(language="en"))

    async def script(box: Box) -> None:
        phone = await signs_in(box, "801", "1001", "2580")
        await hears(box, phone, "phone_signed_in.en")
        await keys(box, phone, "90014155550100#")
        await hears(box, phone, "phone_dial_refused.en", 12)
        await hangs_up(box, phone)

    run(tmp_path, script, english)


def test_all_lines_taken_is_said(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        for number in range(1, 5):
            box.outside(f"1390562000{number}").call(f"1390562000{number}")
        await box.passes(4)
        phone = box.phone("801")
        await dials(box, phone, "9" + MOBILE)
        await hears(box, phone, "phone_lines_busy", 20)
        assert next(record for record in box.records).hang_up_cause is HangUpCause.NO_LINE_FREE
        await hangs_up(box, phone)

    run(tmp_path, script)


# --- the table --------------------------------------------------------------------------------------------------------


def test_codes_can_be_changed_and_switched_off(tmp_path: Path) -> None:
    codes = FeatureCodes(sign_in="70", sign_out="")

    async def script(box: Box) -> None:
        phone = box.phone("801")
        await dials(box, phone, "70")
        await keys(box, phone, "1001#")
        await keys(box, phone, "2580#")
        await hears(box, phone, "phone_signed_in")
        await keys(box, phone, "*12")
        await hears(box, phone, "phone_dial_invalid")
        assert present(box, "1001") is AgentStatus.READY
        await hangs_up(box, phone)

    run(tmp_path, script, msgspec.structs.replace(plan(), features=codes))


@pytest.mark.parametrize(
    ("codes", "field", "word"),
    [
        (FeatureCodes(sign_in="91"), "features.sign_in", "外线字冠"),
        (FeatureCodes(redial="801"), "features.redial", "分机"),
        (FeatureCodes(redial="80"), "features.redial", "分机"),
        (FeatureCodes(barge="*21"), "features.barge", "功能码"),
        (FeatureCodes(barge="*211"), "features.barge", "功能码"),
    ],
)
def test_a_code_that_means_something_else_as_well_is_refused(codes: FeatureCodes, field: str, word: str) -> None:
    found = check_callplan(msgspec.structs.replace(plan(), features=codes))
    assert [(problem.field, problem.grave) for problem in found] == [(field, True)]
    assert word in found[0].text
