"""The control loop's hand on the media: connect, play, listen, record; signals and events come back in batches.

What: the one object through which the engine touches ports and samples. Every method returns at once; what it asks
for happens in the next tick, in the order asked. Make it and call it on the control loop.
How: commands go through a deque that the tick drains; one `Batch` per tick that has anything comes back on the loop.
On a `VirtualLoop` the same tick runs inline in virtual time and recordings are written synchronously: deterministic.
Errors: an unknown port raises `UnknownPortError` here, in the caller; nothing raises in the tick. A card that refuses
a command is reported as `CommandRefused`, a disk that refuses as `RecordingFinished` with a reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import assert_never

from appliance.media.clip import Clip, ToneClips, made_clip
from appliance.media.events import Batch, PlaybackFinished, PlaybackToken, RecordingFinished, RecordingToken
from appliance.media.items import CallerIdBurst, Digits, LineTones, PlayItem, Prompt, ServiceTone, Silence, SoundFile
from appliance.media.ledger import Ledger
from appliance.media.mixer import ratio_of
from appliance.media.promptstore import PromptStore
from appliance.media.recorder import Recorder, WriterThread
from appliance.media.recordingfile import RecordingRing
from appliance.media.tick import TickEngine
from appliance.media.ticks import RealtimeTicks, Ticks, VirtualTicks
from appliance.media.virtualloop import VirtualLoop
from appliance.telephony.ids import PromptId
from drivers.bank import Listen, PortBank
from drivers.base import LineCard, PortCommand, PortId, PortInfo
from drivers.dsp.linecheck import LineFindings
from drivers.dsp.toneplan import TonePlan, load_tone_plan
from drivers.hangup import HangUpProfile
from drivers.rack import CardState


@dataclass(frozen=True, slots=True)
class TickHealth:
    """How the ticks went; times in milliseconds of real time (all 0 in virtual time)."""

    ticks: int
    """Since start."""
    late_p50_ms: float
    late_p99_ms: float
    late_max_ms: float
    work_p99_ms: float
    overruns: int
    """Ticks whose work did not fit into 20 ms, since start."""
    realtime: bool
    """The tick thread runs with real-time priority."""
    last_tick_s: float
    """`time.monotonic()` of the last tick, for a watchdog."""


class UnknownPortError(LookupError):
    """No card has this port."""


class Playback:
    """One `play`. Keep it to wait for the end; dropping it is fine."""

    def __init__(self, token: PlaybackToken, port: PortId, ended: asyncio.Future[bool]) -> None:
        self.token = token
        self.port = port
        self._ended = ended

    async def finished(self) -> bool:
        """Wait for the end: True when played to its end, False when stopped, replaced or connected over."""
        return await asyncio.shield(self._ended)


class RecordingHandle:
    """One recording or voicemail that is being written."""

    def __init__(self, token: RecordingToken, path: Path, ended: asyncio.Future[RecordingFinished]) -> None:
        self.token = token
        self.path = path
        self._ended = ended

    async def finished(self) -> RecordingFinished:
        """Wait until the file is closed and safe on disk (or was given up, with the reason)."""
        return await asyncio.shield(self._ended)


class Media:
    """Ports, mixer, player and recorder as the engine sees them."""

    def __init__(
        self,
        cards: Sequence[LineCard],
        *,
        own_prompts: Path,
        built_in_prompts: Path,
        country: str = "cn",
        realtime_priority: int = 0,
        disk_reserve_mb: int = 0,
        ledger: Ledger | None = None,
    ) -> None:
        """Media over `cards` (the first is the clock); prompts come from `own_prompts`, else `built_in_prompts`.

        Raises `TonePlanError` for a country without a tone plan.
        """
        self._loop = asyncio.get_running_loop()
        self._virtual = isinstance(self._loop, VirtualLoop)
        tone_plan = load_tone_plan(country)
        self.tone_plan = tone_plan
        """The country's tones."""
        self._tones = ToneClips(tone_plan)
        self._prompts = PromptStore(own_prompts, built_in_prompts, beside=not self._virtual)
        self._bank = PortBank(cards, tone_plan, virtual=self._virtual)
        self._recorder = Recorder(disk_reserve_mb=disk_reserve_mb, durable=not self._virtual, ledger=ledger)
        self._engine = TickEngine(self._bank, self._recorder, drains=self._virtual)
        self._ticks: Ticks = (
            VirtualTicks(self._engine, self._take, self._fail)
            if self._virtual
            else RealtimeTicks(self._engine, self._take, self._fail, priority=realtime_priority)
        )
        self._writer: WriterThread | None = None
        self._callback: Callable[[Batch], None] = lambda _: None
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._started = False
        self._tokens = count(1)
        self._playbacks: dict[PlaybackToken, asyncio.Future[bool]] = {}
        self._recordings: dict[RecordingToken, asyncio.Future[RecordingFinished]] = {}

    def dials(self, port: PortId) -> bool:
        """Whether the card of a line dials by itself, and knows surely who answered."""
        return self._bank.ports[self._row(port)].dials

    @property
    def ports(self) -> Sequence[PortInfo]:
        """All sockets of all cards; known before `start`."""
        return self._bank.ports

    @property
    def frame(self) -> int:
        """Number of the last tick, 20 ms units since `start`."""
        return self._bank.frame

    def on_batch(self, callback: Callable[[Batch], None]) -> None:
        """Call `callback` on the control loop for each tick that has something to tell. Set before `start`."""
        self._callback = callback

    async def start(self) -> None:
        """Open the cards and start the tick; a card that cannot be had is a fault of its ports."""
        self._bank.open()
        self._started = True
        self._ticks.start()
        if not self._virtual:
            self._writer = WriterThread(self._recorder, self._fail_from_thread, realtime=self._ticks.realtime)
            self._writer.start()

    async def close(self) -> None:
        """End recordings (their `finished` completes), stop the tick, put every line on hook; safe to call twice."""
        if self._virtual:
            self._shut()
        else:
            await asyncio.to_thread(self._shut)
        self._take(Batch(self._bank.frame, (), tuple(self._recorder.finished())))
        for playback in self._playbacks.values():
            if not playback.done():
                playback.set_result(False)
        self._playbacks.clear()
        if not self._ended.done():
            self._ended.set_result(None)

    def _shut(self) -> None:
        if self._started:
            self._started = False
            self._ticks.close()
            self._engine.finish()
            if self._writer:
                self._writer.close()
            else:
                self._recorder.drain()
        self._prompts.close()

    async def failure(self) -> None:
        """Returns after `close`; raises what killed the tick or the writer thread. Run it as a task of the engine."""
        await asyncio.shield(self._ended)

    def health(self) -> TickHealth:
        """Lateness and work of the ticks since the last call of `health` (a report window)."""
        late, work = self._ticks.punctuality.take_window()
        return TickHealth(
            ticks=self._bank.frame + 1,
            late_p50_ms=late.percentile_s(0.5) * 1000,
            late_p99_ms=late.percentile_s(0.99) * 1000,
            late_max_ms=late.max_s * 1000,
            work_p99_ms=work.percentile_s(0.99) * 1000,
            overruns=self._ticks.punctuality.overruns,
            realtime=self._ticks.realtime,
            last_tick_s=self._ticks.last_tick_s,
        )

    def connect(self, *ports: PortId) -> None:
        """Let these two (or three, mix-minus) hear each other and nobody else; playback on them stops."""
        rows = tuple(self._row(port) for port in ports)
        self._engine.ask(lambda: self._engine.connect(rows))

    def disconnect(self, port: PortId) -> None:
        """`port` hears nobody and nobody hears it; playback on it goes on."""
        row = self._row(port)
        self._engine.ask(lambda: self._engine.mixer.isolate(row))

    def hold(self, port: PortId, music: PromptId) -> Playback:
        """Disconnect `port` and play it `music` until `connect`, `play` or `stop`."""
        self.disconnect(port)
        return self.play(port, [Prompt(music)], loop=True)

    def set_path(self, listener: PortId, source: PortId, gain_db: float | None) -> None:
        """One direction only (monitor, whisper): `listener` hears `source` at `gain_db`; None takes it away."""
        rows = self._row(listener), self._row(source)
        ratio = 0.0 if gain_db is None else ratio_of(gain_db)
        self._engine.ask(lambda: self._engine.mixer.set_path(*rows, ratio))

    def set_port_gains(self, port: PortId, *, rx_db: float, tx_db: float) -> None:
        """Level correction of a line: `rx_db` on what comes from it (bridge and recordings), `tx_db` towards it."""
        row = self._row(port)
        self._engine.ask(lambda: self._engine.mixer.set_port_gains(row, ratio_of(rx_db), ratio_of(tx_db)))

    def cancel_echo(self, port: PortId, on: bool) -> None:
        """Take the echo of what is sent to `port`, a line, out of what comes from it; on by itself."""
        self._row(port)
        self._engine.ask(lambda: self._bank.cancel_echo(port, on))

    def wake_cards(self) -> None:
        """Something was plugged in: look at once for cards that are away."""
        self._bank.wake()

    def card_states(self) -> tuple[CardState, ...]:
        """Every card with its ports and what is wrong with them, in the order of the settings."""
        return self._bank.card_states()

    def line_checks(self) -> dict[PortId, LineFindings]:
        """Level, noise, hum and clicks of the outside lines on which something was heard; over the last minute."""
        found = {info.port: self._bank.line_findings(info.port) for info in self._bank.ports}
        return {port: findings for port, findings in found.items() if findings is not None}

    def measure_line(self, port: PortId, on: bool) -> None:
        """Let `line_checks` go on with what is heard on the line, or leave it out; on by itself."""
        self._row(port)
        self._engine.ask(lambda: self._bank.measure_line(port, on))

    def listen_by(self, port: PortId, plan: TonePlan) -> None:
        """Recognise the tones of a line by `plan`, learnt from it, instead of the country's."""
        self._row(port)
        self._engine.ask(lambda: self._bank.listen_by(port, plan))

    def play(self, port: PortId, items: Sequence[PlayItem], *, loop: bool = False, over: bool = False) -> Playback:
        """Play `items` to `port` without a gap, instead of whatever it was playing.

        The port hears only the playlist; with `over` it goes on hearing its bridge under it. `loop` starts again at
        the end. A prompt not yet in memory is loaded beside the tick; silence until it is there (normally no tick).
        Raises `ValueError` for digits that cannot be dialled.
        """
        row = self._row(port)
        clips = [self._clip(item) for item in items]
        token = PlaybackToken(next(self._tokens))
        ended: asyncio.Future[bool] = self._loop.create_future()
        self._playbacks[token] = ended
        self._engine.ask(lambda: self._engine.player.play(row, token, clips, loop=loop, over=over))
        return Playback(token, port, ended)

    def _clip(self, item: PlayItem) -> Clip:
        match item:
            case Prompt(prompt):
                return self._prompts.clip(prompt)
            case ServiceTone(tone, duration_s):
                return self._tones.clip(tone, duration_s)
            case SoundFile(path):
                return self._prompts.sound(path)
            case Digits() | CallerIdBurst() | Silence() | LineTones():
                return made_clip(item)
            case _:
                assert_never(item)

    def stop(self, port: PortId) -> None:
        """Stop what `port` is playing; nothing happens when it plays nothing."""
        row = self._row(port)
        self._engine.ask(lambda: self._engine.player.stop(row))

    def listen(self, port: PortId, what: Listen, *, pause_s: float = 5.0) -> None:
        """Listen on `port` for exactly this from now on; `Listen.NOTHING` ends it. `pause_s` belongs to `Listen.PAUSE`.

        `ReleaseLine` ends it too. Caller ID needs no call: the bank listens for it on every FXO port that is on hook.
        """
        self._row(port)
        self._engine.ask(lambda: self._bank.listen_for(port, what, pause_s=pause_s))

    def watch_hang_up(self, port: PortId, profile: HangUpProfile | None) -> None:
        """Report `FarEndHungUp` for an off-hook line once, by `profile`; None (or `ReleaseLine`) ends the watch."""
        self._row(port)
        self._engine.ask(lambda: self._bank.watch_hang_up(port, profile))

    def command(self, port: PortId, command: PortCommand) -> None:
        """Pass `command` to the card of `port` in the next tick."""
        self._row(port)
        self._engine.ask(lambda: self._engine.command(port, command))

    def start_recording(self, path: Path, left: PortId, right: PortId, *, at: str = "") -> RecordingHandle:
        """Record what comes from two ports as a stereo WAV: `left` the customer's, `right` the seat's.

        Folders are made as needed. For an internal call left is the caller's station. `at`: wall time now, with which
        the recording begins its hash chain if there is a ledger; without it there is none.
        """
        return self._record(path, ((self._row(left),), (self._row(right),)), chained_at=at)

    def start_voicemail(self, path: Path, port: PortId) -> RecordingHandle:
        """Record what comes from `port` as a mono WAV."""
        return self._record(path, ((self._row(port),),))

    def keep_heard(self, path: Path, port: PortId) -> RecordingHandle:
        """Make a mono WAV of the last 5 s of the call that is, or just was, on a line; less if it was shorter."""
        row, handle = self._row(port), self._handle(path)
        ring = RecordingRing(handle.token, path, ((row,),))
        self._engine.ask(lambda: self._recorder.keep(ring, self._bank.heard_of_call(port)))
        return handle

    def _record(self, path: Path, sources: Sequence[tuple[int, ...]], *, chained_at: str = "") -> RecordingHandle:
        handle = self._handle(path)
        ring = RecordingRing(handle.token, path, sources, chained_at=chained_at)
        self._engine.ask(lambda: self._recorder.start(ring))
        return handle

    def _handle(self, path: Path) -> RecordingHandle:
        token, ended = RecordingToken(next(self._tokens)), self._loop.create_future()
        self._recordings[token] = ended
        return RecordingHandle(token, path, ended)

    def follow(self, recording: RecordingHandle, *seats: PortId) -> None:
        """From the next tick on the seat's channel holds what comes from these ports: a transfer, three, or nobody."""
        rows = tuple(self._row(port) for port in seats)
        self._engine.ask(lambda: self._recorder.follow(recording.token, rows))

    def pause_recording(self, recording: RecordingHandle, *, on: bool) -> None:
        """Keep nothing from the next tick on (the file waits, open), or go on in the same file."""
        self._engine.ask(lambda: self._recorder.pause(recording.token, on))

    def stop_recording(self, recording: RecordingHandle, *, trim_tail_s: float = 0.0) -> None:
        """End it after this tick; `trim_tail_s` is cut off the end (the busy tone after a hang-up)."""
        self._engine.ask(lambda: self._recorder.stop(recording.token, trim_tail_s))

    def drop_recording(self, path: Path) -> RecordingHandle:
        """Throw a finished recording away, its chain with it; the ledger says that it was there."""
        handle = self._handle(path)
        self._recorder.drop(handle.token, path)
        return handle

    def reserve_disk(self, disk_reserve_mb: int) -> None:
        """Begin no recording below so much free space."""
        self._recorder.disk_reserve_mb = disk_reserve_mb

    def _row(self, port: PortId) -> int:
        try:
            return self._bank.row(port)
        except KeyError:
            raise UnknownPortError(f"no card has a port {port}; there are {', '.join(self._bank.names)}") from None

    def _take(self, batch: Batch) -> None:
        """On the loop: wake who waits for an end, then tell the engine."""
        for event in batch.events:
            if isinstance(event, PlaybackFinished):
                playback = self._playbacks.pop(event.token, None)
                if playback and not playback.done():
                    playback.set_result(not event.stopped)
            elif isinstance(event, RecordingFinished):
                recording = self._recordings.pop(event.token, None)
                if recording and not recording.done():
                    recording.set_result(event)
        if batch.signals or batch.events:
            self._callback(batch)

    def _fail(self, error: BaseException) -> None:
        if not self._ended.done():
            self._ended.set_exception(error)

    def _fail_from_thread(self, error: BaseException) -> None:
        self._loop.call_soon_threadsafe(self._fail, error)
