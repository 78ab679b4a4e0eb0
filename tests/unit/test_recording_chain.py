"""The hash chain of recordings: written with the sound, found out by any change, alive after every accident."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from appliance.engine.recovery import seal_torn_recordings
from appliance.media.chainfile import chain_path, read_links
from appliance.media.events import RecordingFinished, RecordingToken
from appliance.media.ledger import (
    FIRST_LINK,
    Began,
    Dropped,
    Ended,
    Gap,
    Ledger,
    Line,
    Started,
    ledger_files,
    link_of,
    read_ledger,
)
from appliance.media.recorder import Recorder
from appliance.media.recordingfile import RecordingRing
from appliance.media.soundchain import SoundChain, block_bytes_of
from appliance.media.soundfile import chain_of
from appliance.media.wav import HEADER_BYTES, wav_header

AT = "2026-11-02T09:00:00.000+08:00"
TOKEN = RecordingToken(1)


def frames(count: int, seed: int = 3) -> NDArray[np.int16]:
    return np.random.default_rng(seed).integers(-20000, 20000, (count, 2, 160)).astype(np.int16)


class Rig:
    """A recorder with a ledger, and somebody who talks."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.ledger = Ledger(data, durable=False)
        self.running = self.ledger.open()
        self.recorder = Recorder(disk_reserve_mb=0, durable=False, ledger=self.ledger)
        self._next = 0

    def begin(self, name: str) -> RecordingToken:
        self._next += 1
        token = RecordingToken(self._next)
        path = self.data / "recordings" / f"{name}.wav"
        self.recorder.start(RecordingRing(token, path, ((0,), (1,)), chained_at=AT))
        return token

    def talk(self, sound: NDArray[np.int16]) -> None:
        for index, frame in enumerate(sound):
            self.recorder.tap(frame)
            if index % 10 == 9:
                self.recorder.drain()
        self.recorder.drain()

    def end(self, token: RecordingToken) -> RecordingFinished:
        self.recorder.stop(token, 0.0)
        self.recorder.drain()
        return next(each for each in self.recorder.finished() if each.token == token)

    def lines(self) -> list[Line]:
        return list(read_ledger(self.data))


def heads_told(rig: Rig) -> dict[str, tuple[str, Ended]]:
    """By path: the link at which it began, and its end."""
    begun = {line.entry.path: line.link for line in rig.lines() if isinstance(line.entry, Began)}
    return {
        line.entry.path: (begun[line.entry.path], line.entry) for line in rig.lines() if isinstance(line.entry, Ended)
    }


@given(st.lists(st.integers(0, 5000), max_size=30), st.integers(1, 2))
def test_the_chain_does_not_depend_on_the_pieces(sizes: list[int], channels: int) -> None:
    sound = np.random.default_rng(1).bytes(sum(sizes))
    whole, pieces = SoundChain(FIRST_LINK, channels), SoundChain(FIRST_LINK, channels)
    links, at = [], 0
    for size in sizes:
        links += pieces.take(sound[at : at + size])
        at += size
    assert whole.take(sound) == links
    assert (whole.head, whole.sha256, whole.bytes) == (pieces.head, pieces.sha256, len(sound))
    assert len(links) == len(sound) // block_bytes_of(channels)


def test_the_chain_is_what_its_description_says() -> None:
    sound = bytes(range(256)) * 200
    link = FIRST_LINK
    for at in range(0, len(sound), 16_000):
        link = hashlib.sha256(bytes.fromhex(link) + sound[at : at + 16_000]).hexdigest()
    chain = SoundChain(FIRST_LINK, 1)
    chain.take(sound)
    assert chain.head == link
    assert chain.sha256 == hashlib.sha256(sound).hexdigest()


def test_a_recording_is_chained_while_it_is_written(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    token = rig.begin("a")
    rig.talk(frames(160))
    path = tmp_path / "recordings" / "a.wav"
    assert len(read_links(path).links) == 3, "a link is there as soon as its second is over"
    finished = rig.end(token)
    before, ended = heads_told(rig)["recordings/a.wav"]
    sound = chain_of(path, before, 2)
    assert sound.header_true
    assert (sound.head, sound.sha256) == (ended.head, ended.sha256) == (finished.chain, finished.sha256)
    assert ended.bytes == sound.bytes == 160 * 640
    assert sound.links == read_links(path).links
    assert finished.sha256 == hashlib.sha256(path.read_bytes()[HEADER_BYTES:]).hexdigest()


def test_recordings_at_the_same_time_follow_each_other(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    first = rig.begin("a")
    rig.talk(frames(60))
    second = rig.begin("b")
    rig.talk(frames(60))
    rig.end(second)
    rig.end(first)
    rig.end(rig.begin("c"))
    lines = rig.lines()
    assert [type(line.entry).__name__ for line in lines] == ["Began", "Began", "Ended", "Ended", "Began", "Ended"]
    assert all(line.follows for line in lines)
    before = FIRST_LINK
    for line in lines:
        assert line.link == link_of(before, line.text)
        before = line.link


@pytest.mark.parametrize("place", [0, 20, HEADER_BYTES, HEADER_BYTES + 31_999, -1])
def test_a_changed_byte_anywhere_gives_another_head_or_header(tmp_path: Path, place: int) -> None:
    rig = Rig(tmp_path)
    token = rig.begin("a")
    rig.talk(frames(130))
    rig.end(token)
    before, ended = heads_told(rig)["recordings/a.wav"]
    path = tmp_path / "recordings" / "a.wav"
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    sound = chain_of(path, before, 2)
    assert not sound.header_true or sound.head != ended.head
    assert sound.header_true is (place >= HEADER_BYTES or place < 0)


def test_a_changed_lost_or_moved_line_of_the_ledger_shows(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    for name in "abc":
        rig.end(rig.begin(name))
    (file,) = ledger_files(tmp_path)
    good = file.read_text().splitlines()
    assert all(line.follows for line in rig.lines())
    changed = [good[0], good[1].replace("a.wav", "x.wav"), *good[2:]]
    for broken in (changed, [good[0], *good[2:]], [good[1], good[0], *good[2:]], [*good[:2], "nonsense", *good[2:]]):
        file.write_text("\n".join(broken) + "\n")
        assert not all(line.follows for line in rig.lines())
    file.write_text("\n".join(good[:-1]) + "\n")
    assert all(line.follows for line in rig.lines()), "a ledger cut at its end is whole: only an older head tells"


def test_pauses_are_listed_with_their_length(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    token = rig.begin("a")
    rig.talk(frames(75))
    rig.recorder.pause(token, on=True)
    rig.talk(frames(40))
    rig.recorder.pause(token, on=False)
    rig.talk(frames(20))
    path = tmp_path / "recordings" / "a.wav"
    assert read_links(path).gaps == (Gap(1.5, 0.8),), "known on disk before the end"
    rig.recorder.pause(token, on=True)
    rig.talk(frames(30))
    rig.end(token)
    _, ended = heads_told(rig)["recordings/a.wav"]
    assert ended.gaps == (Gap(1.5, 0.8),), "what comes after the last sound is no gap"


def test_what_is_thrown_away_stays_in_the_ledger(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    token = rig.begin("a")
    rig.talk(frames(20))
    path = rig.end(token).path
    rig.recorder.drop(RecordingToken(9), path)
    rig.recorder.drain()
    assert [each.token for each in rig.recorder.finished()] == [9]
    assert not path.exists()
    assert not chain_path(path).exists()
    assert rig.lines()[-1].entry == Dropped(path="recordings/a.wav")
    rig.recorder.drop(RecordingToken(10), path)
    rig.recorder.drain()
    assert [each.token for each in rig.recorder.finished()] == [10], "also when there was no file"


def test_a_recording_without_a_sound_leaves_no_file(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.end(rig.begin("a"))
    assert not list((tmp_path / "recordings").iterdir())
    _, ended = heads_told(rig)["recordings/a.wav"]
    assert ended.bytes == 0


def test_the_ledger_goes_on_after_a_restart_and_a_torn_line(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.end(rig.begin("a"))
    (file,) = ledger_files(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole + b"0123456789 {torn")
    again = Rig(tmp_path)
    assert file.read_bytes() == whole
    again.end(again.begin("b"))
    assert len(again.lines()) == 4
    assert all(line.follows for line in again.lines())


def test_a_new_month_is_a_new_file_of_the_same_chain(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, durable=False)
    for at in ("2026-10-31T23:59:59", "2026-11-01T00:00:01", "2026-10-31T23:59:59", "2026-12-01T00:00:00"):
        ledger.append(Started(at=at))
    assert [file.name for file in ledger_files(tmp_path)] == ["2026-10.ledger", "2026-11.ledger", "2026-12.ledger"]
    lines = list(read_ledger(tmp_path))
    assert [line.file[:7] for line in lines] == ["2026-10", "2026-11", "2026-11", "2026-12"]
    assert all(line.follows for line in lines)


def test_a_disk_that_refuses_delays_lines_and_loses_none(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("not a folder")
    ledger = Ledger(tmp_path, durable=True)
    first = ledger.append(Started(at=AT))
    assert not ledger.save()
    (tmp_path / "ledger").unlink()
    second = ledger.append(Dropped(path="x"))
    assert [line.link for line in read_ledger(tmp_path)] == [first, second]
    assert all(line.follows for line in read_ledger(tmp_path))


def torn(tmp_path: Path, *, seconds: float = 3.5) -> Path:
    """A recording whose engine died in the middle: nothing is closed, the last drain a moment ago."""
    rig = Rig(tmp_path)
    rig.begin("a")
    rig.talk(frames(round(seconds * 50)))
    for file in rig.recorder._files:
        file.close()
    return tmp_path / "recordings" / "a.wav"


def seal(tmp_path: Path) -> Ended:
    return seal_torn_recordings(Ledger(tmp_path, durable=False), tmp_path)["recordings/a.wav"]


def test_a_torn_recording_is_sealed_at_the_next_start(tmp_path: Path) -> None:
    path = torn(tmp_path)
    with path.open("ab") as file:
        file.write(b"\x01")  # half a sample
    ended = seal(tmp_path)
    before = next(line.link for line in read_ledger(tmp_path) if isinstance(line.entry, Began))
    assert ended == list(read_ledger(tmp_path))[-1].entry
    assert ended.torn
    assert ended.unlike_at_s is None
    assert ended.bytes == 175 * 640
    assert ended.head == chain_of(path, before, 2).head
    assert Ledger(tmp_path, durable=False).open() == [], "once"


def test_a_change_while_the_box_was_dead_is_told(tmp_path: Path) -> None:
    path = torn(tmp_path)
    content = bytearray(path.read_bytes())
    content[HEADER_BYTES + 40_000] ^= 1
    path.write_bytes(content)
    assert seal(tmp_path).unlike_at_s == 1.0


def test_a_torn_recording_that_is_gone_or_empty(tmp_path: Path) -> None:
    path = torn(tmp_path)
    path.write_bytes(wav_header(2, 0))
    assert seal(tmp_path).bytes == 0
    assert not path.exists(), "an empty file is nobody's recording"


def test_recordings_without_a_ledger_have_no_chain(tmp_path: Path) -> None:
    recorder = Recorder(disk_reserve_mb=0, durable=False)
    recorder.start(RecordingRing(TOKEN, tmp_path / "a.wav", ((0,), (1,)), chained_at=AT))
    for frame in frames(20):
        recorder.tap(frame)
    recorder.stop(TOKEN, 0.0)
    recorder.drain()
    (finished,) = recorder.finished()
    assert (finished.chain, finished.sha256) == ("", "")
    assert [each.name for each in tmp_path.iterdir()] == ["a.wav"]
