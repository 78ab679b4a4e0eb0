"""Every scenario file holds what it expects; the 300 mixed calls hold the bars of the whole box."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from scipy.fft import irfft, next_fast_len, rfft

from appliance.cli.expectations import failures
from appliance.cli.rehearsal import Played, Rehearsal, rehearse
from appliance.media.virtualloop import run_virtually
from appliance.settings import Settings
from appliance.store.connection import fetch_all
from appliance.store.database import open_read_only
from appliance.telephony.call import CallResult, Direction, HangUpCause, Side
from appliance.telephony.ids import StationId
from drivers.base import FRAME_S, FRAME_SAMPLES, SAMPLE_RATE
from drivers.sim.party import Utterance
from drivers.sim.phone import Phone
from drivers.sim.placed import CallDirection, Outcome, PlacedCall
from drivers.sim.scenario import Scenario
from drivers.sim.scenario_file import load_scenario
from drivers.wavefile import read_wav

FOLDER = Path(__file__).parents[1] / "scenarios"
MIXED = FOLDER / "mixed300.yaml"
SMALL_MIX = """
name: 六次混合通话
seed: 20
agents:
  - {agent: "1001", name: 王芳, seat: "1"}
  - {agent: "1002", name: 李军, seat: "2"}
mix:
  - calls: 6
    gap_s: 6
    kinds: {talked_caller_ends: 2, talked_agent_ends: 2, in_flow: 1, before_answer: 1}
"""
CERTAIN_SIGNS = {HangUpCause.BUSY_TONE, HangUpCause.CONGESTION_TONE, HangUpCause.POLARITY, HangUpCause.LOOP_BREAK}


@dataclass(frozen=True)
class Play:
    """What came of a scenario, and where its files lie."""

    scenario: Scenario
    rehearsal: Rehearsal
    data: Path
    took_s: float

    def at_s(self, moment: str) -> float:
        """Seconds since the start of the play."""
        return (datetime.fromisoformat(moment) - self.scenario.start.astimezone()).total_seconds()


def play(scenario: Scenario, data: Path) -> Play:
    began_s = time.monotonic()
    settings = Settings(data_dir=str(data))
    rehearsal = run_virtually(rehearse(scenario, settings, virtual=True, on_call=lambda _played: None))
    return Play(scenario, rehearsal, data, time.monotonic() - began_s)


def journal(data: Path) -> bytes:
    """Every byte of the journal, in order of its files."""
    return b"".join(path.read_bytes() for path in sorted((data / "journal").glob("*.jsonl")))


def journal_of(path: Path, data: Path) -> bytes:
    """Run in another process: the journal that a scenario file leaves."""
    return journal(play(load_scenario(path, None), data).data)


@pytest.mark.parametrize("path", sorted(set(FOLDER.glob("*.yaml")) - {MIXED}), ids=lambda path: path.stem)
def test_scenario_holds_its_expectations(path: Path, tmp_path: Path) -> None:
    played = play(load_scenario(path, None), tmp_path)
    assert failures(played.scenario, played.rehearsal) == []
    assert played.rehearsal.calls


def test_the_seed_decides_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "mix.yaml"
    path.write_text(SMALL_MIX, encoding="utf-8")
    one, again, other = (
        play(load_scenario(path, seed), tmp_path / str(run)) for run, seed in enumerate((None, None, 21))
    )
    assert failures(one.scenario, one.rehearsal) == []
    assert len(one.rehearsal.calls) == 6
    assert journal(one.data) == journal(again.data)
    renamed = journal(other.data).replace(b"00000015", b"00000014")  # the boot's name is the seed
    assert renamed != journal(one.data)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Play, bytes]]:
    """The 300 calls, and the journal of a second run with the same seed, played meanwhile on the other core."""
    data = tmp_path_factory.mktemp("mixed300")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        second = pool.submit(journal_of, MIXED, data / "second")
        first = play(load_scenario(MIXED, None), data / "first")
        yield first, second.result()


def by_call(played: Play) -> list[tuple[Played, PlacedCall]]:
    return [(each, each.placed) for each in played.rehearsal.calls if each.placed is not None]


@pytest.mark.slow
def test_mixed300_holds_its_expectations_and_repeats(mixed: tuple[Play, bytes]) -> None:
    played, second_journal = mixed
    length_s = played.rehearsal.length_s
    sys.stderr.write(f"\n{length_s:.0f} s in {played.took_s:.1f} s: {length_s / played.took_s:.0f} x real time\n")
    assert failures(played.scenario, played.rehearsal) == []
    assert journal(played.data) == second_journal


@pytest.mark.slow
def test_mixed300_has_one_record_for_each_call(mixed: tuple[Play, bytes]) -> None:
    played, _ = mixed
    calls, rehearsal = by_call(played), played.rehearsal
    reached = [placed for placed in rehearsal.placed if placed.outcome is not Outcome.LINE_BUSY]
    assert len(rehearsal.calls) == len(reached) == 300
    assert {id(placed) for _, placed in calls} == {id(placed) for placed in reached}
    assert len({each.record.call_id for each in rehearsal.calls}) == 300
    for each, placed in calls:
        inbound = placed.direction is CallDirection.INBOUND
        assert each.record.direction is (Direction.INBOUND if inbound else Direction.OUTBOUND)
        assert each.record.line is not None
        assert played.rehearsal.card is not None
        assert played.rehearsal.card.ports[each.record.line - 1].port == placed.line
    database = open_read_only("", played.data)
    try:
        stored = [row[0] for row in database.read_now(fetch_all, "SELECT call_id FROM call_details")]
    finally:
        database.close()
    assert sorted(stored) == sorted(each.record.call_id for each in rehearsal.calls)


@pytest.mark.slow
def test_mixed300_shows_every_result_side_and_sign(mixed: tuple[Play, bytes]) -> None:
    """(S004) Self-service, agents, voicemail and recording all have their part in one day of 300 calls."""
    played, _ = mixed
    records = [each.record for each in played.rehearsal.calls]
    results = Counter(record.result for record in records)
    assert {
        CallResult.TALKED,
        CallResult.VOICEMAIL,
        CallResult.HUNG_UP_BEFORE_ANSWER,
        CallResult.HUNG_UP_IN_FLOW,
        CallResult.ABANDONED_IN_QUEUE,
        CallResult.NO_AGENT,
        CallResult.BUSY,
        CallResult.PEER_NO_ANSWER,
    } <= set(results), results
    talked = [record for record in records if record.result is CallResult.TALKED]
    assert {record.hang_up_side for record in talked} >= {Side.PEER, Side.AGENT}
    assert {record.hang_up_cause for record in talked if record.hang_up_side is Side.PEER} == CERTAIN_SIGNS
    wrong = [
        (each.record.call_id, each.record.hang_up_side, placed.ended_by)
        for each, placed in by_call(played)
        if each.record.result is CallResult.TALKED
        and (each.record.hang_up_side is Side.PEER) is not (placed.ended_by == "outside")
    ]
    assert wrong == [], "who hung up first, by the exchange's own book"


@pytest.mark.slow
def test_mixed300_recordings_hold_both_voices(mixed: tuple[Play, bytes]) -> None:
    played, _ = mixed
    checked = Counter[str]()
    for each, placed in by_call(played):
        record = each.record
        if record.result is not CallResult.TALKED:
            assert record.recording is None
            continue
        assert record.recording is not None, record.call_id
        heard = read_wav(played.data / record.recording.path).samples
        began_s = played.at_s(record.started_at) + record.recording.start_s
        ended_s = began_s + record.recording.length_s
        outside = within(placed.said, began_s, ended_s)
        inside = within(said_by(station_phone(played, record.station), began_s, ended_s), began_s, ended_s)
        assert outside, f"{record.call_id}: the outside party said nothing"
        assert inside, f"{record.call_id}: the agent said nothing"
        for side, utterances in enumerate((outside, inside)):
            for utterance in utterances:
                at_s = utterance.start_frame * FRAME_S - began_s
                likeness, own = held(heard[:, side], utterance.samples, at_s)
                _, other = held(heard[:, 1 - side], utterance.samples, at_s)
                where = f"{record.call_id} {'left' if side == 0 else 'right'} at {at_s:.1f} s"
                assert likeness >= 0.9, f"{where}: correlation {likeness:.2f}"
                assert other < 0.35 * own, f"{where}: heard on the other side as well ({own:.2f}, {other:.2f})"
                checked["left" if side == 0 else "right"] += 1
    assert checked["left"] >= 166
    assert checked["right"] >= 166


def station_phone(played: Play, station: StationId | None) -> Phone:
    card = played.rehearsal.card
    assert card is not None
    assert station is not None
    return card.phones[int(station) - 801]


def said_by(phone: Phone, began_s: float, ended_s: float) -> list[Utterance]:
    """What the phone said while it was off the hook in that time."""
    spells = [spell for spell in phone.spells if began_s - 60.0 < spell.lifted_at_frame * FRAME_S < ended_s]
    return [utterance for spell in spells for utterance in spell.said]


def within(said: list[Utterance], began_s: float, ended_s: float) -> list[Utterance]:
    """The utterances that lie in the time wholly; a frame at either end is not worth a dispute."""
    slack_s = 2 * FRAME_S
    return [
        each
        for each in said
        if each.start_frame * FRAME_S >= began_s - slack_s
        and each.start_frame * FRAME_S + len(each.samples) / SAMPLE_RATE <= ended_s + slack_s
    ]


def held(channel: np.ndarray, said: np.ndarray, at_s: float) -> tuple[float, float]:
    """How alike (normalised correlation) and how loud (gain) the utterance is within 0.1 s of where it must be."""
    first = max(0, round(at_s * SAMPLE_RATE) - 5 * FRAME_SAMPLES)
    part = channel[first : first + len(said) + 10 * FRAME_SAMPLES].astype(np.float32)
    voice = said[: len(part)].astype(np.float32)
    size = next_fast_len(len(part), real=True)
    cross = irfft(rfft(part, size) * np.conj(rfft(voice, size)), size)[: 10 * FRAME_SAMPLES]
    at = int(np.argmax(np.abs(cross)))
    there = part[at : at + len(voice)]
    likeness = cross[at] / (np.linalg.norm(there) * np.linalg.norm(voice) + 1e-9)
    return float(likeness), float(abs(cross[at]) / (voice @ voice + 1e-9))
