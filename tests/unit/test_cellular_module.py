"""Our driver's conversation with a simulated module, in made-up time: no port, no thread."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from drivers.cellular.happening import CallComes, CallConnected, CallGone, CallRings, FarKey
from drivers.cellular.module import Module
from drivers.cellular.simanswers import QUECTEL_EC20, SIMCOM_SIM7600, SimDialect
from drivers.cellular.simmodule import ROOM, ModuleFault, SimModule
from drivers.cellular.sms import DeliveryReport, DeliveryState, decode_incoming, join_text, submit_pdus
from drivers.smsmodule import PartsRefused, PartsTaken, PduArrived, PduToSend, SimState

AT = datetime(2026, 6, 1, 9, 12, tzinfo=timezone(timedelta(hours=8)))
LONG = "您的报修工单已派单😀师傅将于今天上门" + "测试长短信" * 30


class Bench:
    """The two, and a clock of ours."""

    def __init__(self, pin: str = "", dialect: SimDialect = QUECTEL_EC20) -> None:
        self.far = SimModule(lambda: AT, dialect=dialect)
        self.ours = Module("cellular/1", pin=pin)
        self.now_s = 100.0
        self.ours.reconnect()

    def run(self, seconds: float) -> Bench:
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.far.tick(self.now_s)
            self.ours.feed(self.far.output(), self.now_s)
            self.ours.tick(self.now_s)
            self.far.feed(self.ours.output())
            self.now_s += 0.01
        return self

    def happened(self) -> list[object]:
        taken = list(self.ours.happened)
        self.ours.happened.clear()
        return taken

    def told(self, kind: type) -> list:
        return [event for event in self.ours.told if isinstance(event, kind)]

    def texts(self) -> list[str]:
        """Of the messages told, parts in their order."""
        return [join_text([decode_incoming(event.hex_text)]) for event in self.told(PduArrived)]

    def submit(self, text: str, ticket: str = "t1") -> None:
        pdus = [PduToSend(pdu.octets, pdu.hex_text) for pdu in submit_pdus("13905620001", text, 7)]
        self.ours.sms.submit(ticket, pdus)


@pytest.fixture(params=[QUECTEL_EC20, SIMCOM_SIM7600], ids=lambda dialect: dialect.maker)
def bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(dialect=request.param).run(4)


def test_the_module_is_found_out(bench):
    status = bench.ours.status
    known = {"Quectel": "EC20F", "SIMCOM INCORPORATED": "SIMCOM_SIM7600CE"}
    assert (status.model, status.imei) == (known[status.maker], "860000000000001")
    assert (status.sim, status.registered, status.fault) == (SimState.READY, True, "")
    assert (status.operator, status.signal_dbm) == ("CHINA MOBILE", -65)
    assert not bench.far.unknown
    assert bench.ours.can_call


def test_a_call_with_its_number_is_answered_and_the_caller_hangs_up(bench):
    bench.far.ring("13905620001")
    bench.run(1)
    assert bench.happened() == [CallComes("13905620001")]
    bench.ours.call.answer()
    bench.run(1)
    assert bench.happened() == [CallConnected(outgoing=False)]
    assert bench.far.voice_on
    bench.far.far_presses("5")
    bench.ours.call.keys("12#")
    bench.run(1)
    assert bench.happened() == [FarKey("5")]
    assert bench.far.keys_sent == "12#"
    bench.far.far_hangs_up()
    bench.run(1)
    assert bench.happened() == [CallGone()]
    assert bench.ours.can_call


def test_a_withheld_number_is_a_call_without_number(bench):
    bench.far.ring("")
    bench.run(1)
    assert bench.happened() == [CallComes("")]


def test_a_caller_who_gives_up_without_a_word_from_the_module_is_noticed(bench):
    bench.far.ring("13905620001")
    bench.run(1)
    bench.far.call = None
    bench.run(2)
    assert bench.happened()[-1] == CallGone()


def test_dialling_ringing_answer_and_our_hang_up(bench):
    bench.ours.call.dial("05622812345")
    bench.run(1)
    assert bench.far.call == ("out", 2, "05622812345")
    bench.far.far_rings()
    bench.run(1)
    bench.far.far_answers()
    bench.run(1)
    assert bench.happened() == [CallRings(), CallConnected(outgoing=True)]
    bench.ours.call.hang_up()
    bench.run(1)
    assert bench.far.call is None
    assert bench.happened() == []


@pytest.mark.parametrize("busy", [True, False])
def test_a_far_end_that_does_not_take_the_call(bench, busy):
    bench.ours.call.dial("05622812345")
    bench.run(1)
    bench.far.far_hangs_up(busy=busy)
    bench.run(1)
    assert bench.happened() == [CallGone(busy=busy)]


def test_a_long_message_with_emoji_arrives_and_is_deleted_only_when_safe(bench):
    bench.far.deliver("+8613905620001", LONG)
    bench.run(2)
    assert "".join(bench.texts()) == LONG
    assert bench.far.kept["SM"]
    for event in bench.told(PduArrived):
        bench.ours.sms.forget(event.place)
    bench.run(2)
    assert not bench.far.kept["SM"]
    assert not any(event.found for event in bench.told(PduArrived))


def test_what_lay_on_the_card_before_is_told_as_found():
    bench = Bench()
    bench.far.deliver("10086", "您的余额")
    bench.run(4)
    assert [event.found for event in bench.told(PduArrived)] == [True]


def test_more_messages_than_the_card_holds_all_come_in_the_end(bench):
    for number in range(ROOM + 20):
        bench.far.deliver("13905620001", f"第{number}条")
    for _ in range(8):
        bench.run(5)
        for event in bench.told(PduArrived):
            bench.ours.sms.forget(event.place)
    assert sorted(bench.texts()) == sorted(f"第{number}条" for number in range(ROOM + 20))


def test_a_notice_that_is_lost_loses_no_message(bench):
    bench.far.kept["ME"][3] = (0, bench_pdu("手机里存的"))
    bench.run(25)
    assert bench.texts() == ["手机里存的"]


def bench_pdu(text: str) -> str:
    far = SimModule(lambda: AT)
    far.deliver("13905620001", text)
    return far.kept["SM"][0][1]


def test_a_long_message_goes_out_and_every_part_is_reported(bench):
    sent: list[str] = []
    bench.far.on_sent = sent.append
    bench.submit(LONG)
    bench.run(3)
    (taken,) = bench.told(PartsTaken)
    assert taken.ticket == "t1"
    assert len(taken.references) == len(sent) == 3
    reports = [decode_incoming(event.hex_text) for event in bench.told(PduArrived)]
    assert all(isinstance(each, DeliveryReport) and each.state is DeliveryState.DELIVERED for each in reports)
    assert tuple(report.reference for report in reports) == taken.references


def test_a_message_refused_by_the_network_may_be_tried_again_or_not(bench):
    bench.far.faults.add(ModuleFault.NO_NETWORK)
    bench.submit("你好")
    bench.run(3)
    (refused,) = bench.told(PartsRefused)
    assert (refused.again, refused.uncertain) == (True, False)
    bench.far.faults = {ModuleFault.REFUSES_SMS}
    bench.submit("你好", "t2")
    bench.run(3)
    assert bench.told(PartsRefused)[-1].again is False


def test_a_module_that_restarts_while_it_sends_leaves_the_message_uncertain(bench):
    bench.far.feed = lambda _octets: None  # it takes nothing any more
    bench.submit("你好")
    bench.ours.tick(bench.now_s)
    bench.ours.output()
    bench.ours.feed(b"\r\n> ", bench.now_s)
    assert b"\x1a" in bench.ours.output()
    bench.ours.feed(b"\r\nRDY\r\n", bench.now_s)
    (refused,) = bench.told(PartsRefused)
    assert (refused.again, refused.uncertain) == (False, True)


@pytest.mark.parametrize(
    ("fault", "words"),
    [(ModuleFault.SILENT, "没有回应"), (ModuleFault.GARBAGE, "乱码")],
)
def test_silence_and_garbage_are_named_within_5_s_and_mended(bench, fault, words):
    bench.far.ring("13905620001")
    bench.run(1)
    bench.far.faults.add(fault)
    began_s = bench.now_s
    while not bench.ours.status.fault and bench.now_s < began_s + 10:
        bench.run(0.1)
    assert bench.now_s - began_s < 5
    assert words in bench.ours.status.fault
    assert bench.happened()[-1] == CallGone()
    bench.far.faults.clear()
    bench.far.restart()
    bench.run(6)
    assert bench.ours.status.fault == ""
    assert bench.ours.can_call


@pytest.mark.parametrize(
    ("fault", "state", "words"),
    [
        (ModuleFault.NO_SIM, SimState.MISSING, "没有检测到 SIM 卡"),
        (ModuleFault.PIN, SimState.PIN, "PIN"),
        (ModuleFault.NO_NETWORK, SimState.READY, "没有移动网络"),
    ],
)
def test_card_and_network_faults_are_named_and_mended(fault, state, words):
    bench = Bench()
    bench.far.faults.add(fault)
    bench.run(5)
    assert bench.ours.status.sim is state
    assert words in bench.ours.status.fault
    assert not bench.ours.can_call
    bench.far.faults.clear()
    bench.run(8)
    assert bench.ours.status.fault == ""
    assert bench.ours.can_call


def test_the_pin_is_entered_once_and_a_wrong_one_never_again():
    right, wrong = Bench(pin="1234"), Bench(pin="9999")
    tried = 0
    for bench in (right, wrong):
        bench.far.faults.add(ModuleFault.PIN)
    feed = wrong.far.feed

    def counted(octets: bytes) -> None:
        nonlocal tried
        tried += octets.count(b"9999")
        feed(octets)

    wrong.far.feed = counted
    right.run(6)
    wrong.run(20)
    assert right.ours.can_call
    assert (tried, wrong.ours.status.sim) == (1, SimState.PIN)


def test_a_module_that_restarts_is_prepared_again(bench):
    bench.far.restart()
    bench.run(4)
    bench.far.ring("13905620001")
    bench.run(1)
    assert bench.happened() == [CallComes("13905620001")]


def test_voice_is_switched_to_the_sound_card_where_the_module_is_one():
    bench = Bench().run(4)
    bench.ours.call.usb_sound = True
    bench.far.ring("13905620001")
    bench.run(1)
    bench.ours.call.answer()
    assert b"AT+QPCMV=1,2\r" in bench.ours.output() + _written(bench)


def _written(bench: Bench) -> bytes:
    """What the driver writes in a second in which the module only says OK."""
    written = b""
    for _ in range(10):
        bench.now_s += 0.1
        bench.ours.feed(b"\r\nOK\r\n", bench.now_s)
        bench.ours.tick(bench.now_s)
        written += bench.ours.output()
    return written
