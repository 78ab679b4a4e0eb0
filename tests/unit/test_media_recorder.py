"""Recordings: what is in the file, at every moment and after every accident."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.media.events import RecordingFinished, RecordingToken
from appliance.media.recorder import Recorder, WriterThread
from appliance.media.recordingfile import RING_S, RecordingRing
from appliance.media.wav import HEADER_BYTES, WavDamagedError, repair_wav, wav_header
from appliance.telephony.call import NoRecordingReason

TOKEN = RecordingToken(1)


def frames(count: int) -> NDArray[np.int16]:
    """`[count, ports 3, 160]`, every sample of it different from its neighbours."""
    return np.random.default_rng(3).integers(-20000, 20000, (count, 3, 160)).astype(np.int16)


def recorder(*, disk_reserve_mb: int = 0) -> Recorder:
    return Recorder(disk_reserve_mb=disk_reserve_mb, durable=True)


def read_wav(path: Path) -> NDArray[np.int16]:
    """`[sample, channel]`."""
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getsampwidth()) == (8000, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())


def test_customer_is_left_and_seat_is_right(tmp_path: Path) -> None:
    path, said, rec = tmp_path / "2026" / "a.wav", frames(37), recorder()
    rec.start(RecordingRing(TOKEN, path, ((2,), (0,))))
    for index, frame in enumerate(said):
        rec.tap(frame)
        if index % 10 == 0:
            rec.drain()
    rec.stop(TOKEN, 0.0)
    rec.drain()
    assert list(rec.finished()) == [RecordingFinished(TOKEN, path, 37 * 0.02)]
    content = read_wav(path)
    assert (content[:, 0] == said[:, 2].reshape(-1)).all()
    assert (content[:, 1] == said[:, 0].reshape(-1)).all()


def test_the_ring_may_wrap(tmp_path: Path) -> None:
    count = round(RING_S / 0.02) + 300
    said, rec = frames(count), recorder()
    rec.start(RecordingRing(TOKEN, tmp_path / "a.wav", ((0,), (1,))))
    for index, frame in enumerate(said):
        rec.tap(frame)
        if index == 700:
            rec.drain()
    rec.stop(TOKEN, 0.0)
    rec.drain()
    assert (read_wav(tmp_path / "a.wav")[:, 1] == said[:, 1].reshape(-1)).all()


def test_the_header_is_true_after_every_drain(tmp_path: Path) -> None:
    path, rec = tmp_path / "a.wav", recorder()
    rec.start(RecordingRing(TOKEN, path, ((0,), (1,))))
    for seconds, frame in enumerate(frames(30), 1):
        rec.tap(frame)
        rec.drain()
        assert read_wav(path).shape == (160 * seconds, 2)
        assert path.stat().st_size == HEADER_BYTES + 640 * seconds
        assert path.read_bytes()[:HEADER_BYTES] == wav_header(2, 640 * seconds)


def test_voicemail_is_mono_trimmed_and_knows_how_much_was_said(tmp_path: Path) -> None:
    path, rec = tmp_path / "a.wav", recorder()
    said = frames(200)
    said[:100] = 3
    rec.start(RecordingRing(TOKEN, path, ((1,),)))
    for frame in said:
        rec.tap(frame)
    rec.stop(TOKEN, 1.5)
    rec.drain()
    (finished,) = rec.finished()
    assert (finished.length_s, finished.voice_s) == (pytest.approx(2.5), pytest.approx(0.5))
    assert (read_wav(path)[:, 0] == said[:125, 1].reshape(-1)).all()


def test_hum_noise_and_clicks_are_no_voice(tmp_path: Path) -> None:
    path, rec = tmp_path / "a.wav", recorder()
    at_s = np.arange(500 * 160) / 8000
    line = 900.0 * np.sin(2 * np.pi * 50 * at_s) + np.random.default_rng(1).normal(0.0, 60.0, len(at_s))
    line[::8000] = 20000.0
    rec.start(RecordingRing(TOKEN, path, ((0,),)))
    for frame in line.astype(np.int16).reshape(-1, 1, 160):
        rec.tap(frame)
    rec.stop(TOKEN, 0.0)
    rec.drain()
    (finished,) = rec.finished()
    assert finished.voice_s == 0.0


def test_nothing_recorded_leaves_no_file(tmp_path: Path) -> None:
    path, rec = tmp_path / "a.wav", recorder()
    rec.start(RecordingRing(TOKEN, path, ((1,),)))
    for frame in frames(10):
        rec.tap(frame)
    rec.stop(TOKEN, trim_tail_s=5.0)
    rec.drain()
    assert list(rec.finished()) == [RecordingFinished(TOKEN, path, 0.0)]
    assert not path.exists()


def test_a_stopped_recording_takes_no_more_and_an_unknown_stop_is_harmless(tmp_path: Path) -> None:
    path, rec = tmp_path / "a.wav", recorder()
    rec.start(RecordingRing(TOKEN, path, ((0,), (1,))))
    said = frames(5)
    rec.tap(said[0])
    rec.stop(RecordingToken(99), 0.0)
    rec.stop(TOKEN, 0.0)
    rec.tap(said[1])
    rec.drain()
    assert read_wav(path).shape[0] == 160


def test_below_the_disk_reserve_none_is_begun(tmp_path: Path) -> None:
    path, rec = tmp_path / "new" / "a.wav", recorder(disk_reserve_mb=1 << 40)
    rec.start(RecordingRing(TOKEN, path, ((0,), (1,))))
    rec.tap(frames(1)[0])
    rec.drain()
    (finished,) = rec.finished()
    assert (finished.reason, finished.length_s) == (NoRecordingReason.DISK, 0.0)
    assert not path.parent.exists()
    rec.tap(frames(1)[0])
    rec.stop(TOKEN, 0.0)
    rec.drain()
    assert list(rec.finished()) == []


def test_a_folder_that_cannot_be_made_fails_the_recording_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    rec = recorder()
    rec.start(RecordingRing(TOKEN, tmp_path / "file" / "a.wav", ((0,), (1,))))
    rec.start(RecordingRing(RecordingToken(2), tmp_path / "b.wav", ((0,), (1,))))
    rec.tap(frames(1)[0])
    rec.drain()
    (finished,) = rec.finished()
    assert (finished.token, finished.reason) == (TOKEN, NoRecordingReason.FAILED)
    assert read_wav(tmp_path / "b.wav").shape[0] == 160


def test_a_write_that_fails_ends_the_recording_and_keeps_what_was_there(tmp_path: Path) -> None:
    path, rec = tmp_path / "a.wav", recorder()
    rec.start(RecordingRing(TOKEN, path, ((0,), (1,))))
    said = frames(60)
    for frame in said[:40]:
        rec.tap(frame)
    rec.drain()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (HEADER_BYTES + 640 * 50, limits[1]))
    try:
        for frame in said[40:]:
            rec.tap(frame)
        rec.drain()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    (finished,) = rec.finished()
    assert (finished.reason, finished.length_s) == (NoRecordingReason.FAILED, pytest.approx(0.8))
    assert (read_wav(path)[:, 0] == said[:40, 0].reshape(-1)).all()


def test_a_disk_that_stalls_for_longer_than_the_ring_ends_it(tmp_path: Path) -> None:
    path, rec = tmp_path / "a.wav", recorder()
    rec.start(RecordingRing(TOKEN, path, ((0,), (1,))))
    frame = frames(1)[0]
    for _ in range(round(RING_S / 0.02) + 5):
        rec.tap(frame)
    rec.drain()
    (finished,) = rec.finished()
    assert (finished.reason, finished.length_s) == (NoRecordingReason.DISK, pytest.approx(RING_S))
    assert read_wav(path).shape[0] == RING_S * 8000


_KILLED = """
import os, sys
from pathlib import Path
import numpy as np
from appliance.media.events import RecordingToken
from appliance.media.recorder import Recorder
from appliance.media.recordingfile import RecordingRing
rec = Recorder(disk_reserve_mb=0, durable=False)
rec.start(RecordingRing(RecordingToken(1), Path(sys.argv[1]), ((0,), (1,))))
frame = np.arange(320, dtype=np.int16).reshape(2, 160)
while True:
    for _ in range(10):
        rec.tap(frame)
    rec.drain()
    os.write(1, b".")
"""


def test_kill_9_leaves_a_file_that_plays_all_that_was_drained(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with subprocess.Popen([sys.executable, "-c", _KILLED, str(path)], stdout=subprocess.PIPE) as writing:
        assert writing.stdout
        drained = 0
        while drained < 500:
            drained += len(os.read(writing.stdout.fileno(), 100))
        writing.send_signal(signal.SIGKILL)
        drained += len(writing.stdout.read())
    content = read_wav(path)
    assert content.shape[0] >= drained * 1600
    assert (content.reshape(-1, 160, 2) == np.arange(320, dtype=np.int16).reshape(2, 160).T).all()
    length_s = repair_wav(path)
    assert length_s == pytest.approx(read_wav(path).shape[0] / 8000)
    assert length_s * 8000 >= content.shape[0]


def test_repair_puts_a_torn_file_right(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    for promised, there, kept in [(0, 6400, 6400), (12800, 6400, 6400), (6400, 6403, 6400), (640, 640, 640)]:
        path.write_bytes(wav_header(2, promised) + bytes(there))
        assert repair_wav(path) == pytest.approx(kept / 32000)
        assert path.read_bytes() == wav_header(2, kept) + bytes(kept)


def test_repair_leaves_alone_what_it_does_not_know(tmp_path: Path) -> None:
    for content in (b"", b"RIFF", bytes(100), wav_header(2, 0).replace(b"data", b"LIST") + b"abcd"):
        path = tmp_path / "a.wav"
        path.write_bytes(content)
        with pytest.raises(WavDamagedError):
            repair_wav(path)
        assert path.read_bytes() == content


def test_the_writer_thread_drains_to_the_end(tmp_path: Path) -> None:
    rec = recorder()
    failures: list[BaseException] = []
    writer = WriterThread(rec, failures.append, realtime=False)
    writer.start()
    rec.start(RecordingRing(TOKEN, tmp_path / "a.wav", ((0,), (1,))))
    for frame in frames(50):
        rec.tap(frame)
    rec.stop_all()
    writer.close()
    (finished,) = rec.finished()
    assert finished.length_s == pytest.approx(1.0)
    assert failures == []
