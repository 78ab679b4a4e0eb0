"""Recording a card and playing it back."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.base import CardAbsentError, CardError, PortId, RingPhone, SeizeLine
from drivers.sim.card import SimCard
from drivers.sim.steps import Voice
from drivers.trace import Trace, TraceCard, TraceWriter
from drivers.wavefile import read_wav


def record(folder, frames=300):
    """A call on line 1, recorded; returns what was received and reported."""
    card = SimCard(paced=False)
    caller = card.exchange.add_phone("out-1")
    caller.call("13905621234")
    card.open()
    writer = TraceWriter(folder, card.name, card.ports)
    rx = np.zeros((8, 160), np.int16)
    tx = np.tile(np.arange(160, dtype=np.int16) * 20, (8, 1))
    received, reported = [], []
    for frame in range(frames):
        if frame == 60:
            card.command(PortId("sim/1"), SeizeLine())
            writer.command(PortId("sim/1"), SeizeLine())
            caller.say(card.sounds.samples(Voice(1, 2.0)))
        signals = card.read(rx)
        card.write(tx)
        writer.frame(rx, tx, signals)
        received.append(rx.copy())
        reported.append(signals)
    return writer, received, reported, tx


def test_a_replay_gives_the_same_samples_and_signals(tmp_path):
    writer, received, reported, tx = record(tmp_path / "t")
    writer.command(PortId("sim/5"), RingPhone("1", "王"))
    writer.close()
    writer.close()
    card = TraceCard(tmp_path / "t")
    card.open()
    rx = np.zeros((8, 160), np.int16)
    for frame, signals in zip(received, reported, strict=True):
        assert card.read(rx) == signals
        assert np.array_equal(rx, frame)
        card.write(tx)
    assert card.finished
    assert card.read(rx) == []
    assert not rx.any()
    assert np.array_equal(card.trace.audio[0][7, :, 1], tx[0])
    assert card.trace.commands() == [(60, "sim/1", SeizeLine()), (300, "sim/5", RingPhone("1", "王"))]


def test_a_trace_that_was_cut_off_is_readable_to_its_last_whole_frame_and_line(tmp_path):
    folder = tmp_path / "t"
    writer, received, reported, _ = record(folder)
    writer._settle()
    for sound in folder.glob("*.wav"):
        sound.write_bytes(sound.read_bytes()[:-700])
    log = folder / "signals.jsonl"
    log.write_bytes(log.read_bytes() + b'{"at_frame":30')
    trace = Trace(folder)
    assert trace.frames == 298
    assert np.array_equal(trace.audio[0][297, :, 0], received[297][0])
    assert trace.signals() == [signal for batch in reported for signal in batch]
    writer.close()


def test_the_sound_files_are_ordinary_wav_while_they_are_written(tmp_path):
    writer, received, *_ = record(tmp_path / "t", frames=100)
    wav = read_wav(tmp_path / "t" / "sim-1.wav")
    assert (wav.rate_hz, wav.samples.shape) == (8000, (16000, 2))
    assert np.array_equal(wav.samples[:, 0], np.concatenate([frame[0] for frame in received]))
    writer.close()


def test_a_folder_takes_one_trace(tmp_path):
    record(tmp_path / "t", frames=1)[0].close()
    with pytest.raises(CardError, match="已经有线路记录"):
        TraceWriter(tmp_path / "t", "sim", [])


def test_what_is_no_trace_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(CardAbsentError, match="读不到线路记录"):
        TraceCard(tmp_path / "nothing")
    record(tmp_path / "t", frames=2)[0].close()
    (tmp_path / "t" / "sim-3.wav").write_bytes(b"no sound")
    with pytest.raises(CardAbsentError, match="已损坏"):
        TraceCard(tmp_path / "t")
    (tmp_path / "t" / "signals.jsonl").write_bytes(b"{}\n")
    with pytest.raises(CardAbsentError, match="已损坏"):
        TraceCard(tmp_path / "t")
