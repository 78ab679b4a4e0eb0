"""The control loop's hand on the media: connect, play, listen, record; signals and events come back in batches.

What: the one object through which the engine touches ports and samples. Every method returns at once; what it asks
for happens in the next tick, in the order asked. Call them from the control loop's thread.
How: commands go through a deque that the tick drains; one `Batch` per tick that has anything comes back on the loop.
On a `VirtualLoop` the same tick runs inline in virtual time and recordings are written synchronously: deterministic.
Errors: an unknown port raises `UnknownPortError` here, in the caller; nothing raises in the tick. A card that refuses
a command is reported as `CommandRefused`, a disk that refuses as `RecordingFinished` with a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.media.events import Batch, PlaybackToken, RecordingFinished, RecordingToken
from appliance.media.items import PlayItem
from appliance.telephony.ids import PromptId
from drivers.bank import Listen
from drivers.base import LineCard, PortCommand, PortId, PortInfo
from drivers.hangup import HangUpProfile


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

    token: PlaybackToken
    port: PortId

    async def finished(self) -> bool:
        """Wait for the end: True when played to its end, False when stopped, replaced or connected over."""
        raise NotImplementedError


class RecordingHandle:
    """One recording or voicemail that is being written."""

    token: RecordingToken
    path: Path

    async def finished(self) -> RecordingFinished:
        """Wait until the file is closed and safe on disk (or was given up, with the reason)."""
        raise NotImplementedError


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
    ) -> None:
        """Media over `cards` (the first is the clock); prompts come from `own_prompts`, else `built_in_prompts`."""
        raise NotImplementedError

    @property
    def ports(self) -> Sequence[PortInfo]:
        """All sockets of all cards; known before `start`."""
        raise NotImplementedError

    @property
    def frame(self) -> int:
        """Number of the last tick, 20 ms units since `start`."""
        raise NotImplementedError

    def on_batch(self, callback: Callable[[Batch], None]) -> None:
        """Call `callback` on the control loop for each tick that has something to tell. Set before `start`."""
        raise NotImplementedError

    async def start(self) -> None:
        """Open the cards and start the tick. Raises `CardError` when a card cannot be had."""
        raise NotImplementedError

    async def close(self) -> None:
        """End recordings (their `finished` completes), stop the tick, put every line on hook; safe to call twice."""
        raise NotImplementedError

    async def failure(self) -> None:
        """Returns after `close`; raises what killed the tick or the writer thread. Run it as a task of the engine."""
        raise NotImplementedError

    def health(self) -> TickHealth:
        """Lateness and work of the ticks since the last call of `health` (a report window)."""
        raise NotImplementedError

    def connect(self, *ports: PortId) -> None:
        """Let these two (or three, mix-minus) hear each other and nobody else; playback on them stops."""
        raise NotImplementedError

    def disconnect(self, port: PortId) -> None:
        """`port` hears nobody and nobody hears it; playback on it goes on."""
        raise NotImplementedError

    def hold(self, port: PortId, music: PromptId) -> Playback:
        """Disconnect `port` and play it `music` until `connect`, `play` or `stop`."""
        raise NotImplementedError

    def set_path(self, listener: PortId, source: PortId, gain_db: float | None) -> None:
        """One direction only (monitor, whisper): `listener` hears `source` at `gain_db`; None takes it away."""
        raise NotImplementedError

    def set_port_gains(self, port: PortId, *, rx_db: float, tx_db: float) -> None:
        """Level correction of a line: `rx_db` on what comes from it (bridge and recordings), `tx_db` towards it."""
        raise NotImplementedError

    def play(self, port: PortId, items: Sequence[PlayItem], *, loop: bool = False, over: bool = False) -> Playback:
        """Play `items` to `port` without a gap, instead of whatever it was playing.

        The port hears only the playlist; with `over` it goes on hearing its bridge under it. `loop` starts again at
        the end. A prompt not yet in memory is loaded beside the tick; silence until it is there (normally no tick).
        """
        raise NotImplementedError

    def stop(self, port: PortId) -> None:
        """Stop what `port` is playing; nothing happens when it plays nothing."""
        raise NotImplementedError

    def listen(self, port: PortId, what: Listen, *, pause_s: float = 5.0) -> None:
        """Listen on `port` for exactly this from now on; `Listen.NOTHING` ends it. `pause_s` belongs to `Listen.PAUSE`.

        Caller ID needs no call: the bank listens for it on every FXO port that is on hook.
        """
        raise NotImplementedError

    def watch_hang_up(self, port: PortId, profile: HangUpProfile | None) -> None:
        """Report `FarEndHungUp` for an off-hook line once, by `profile`; None (or `ReleaseLine`) ends the watch."""
        raise NotImplementedError

    def command(self, port: PortId, command: PortCommand) -> None:
        """Pass `command` to the card of `port` in the next tick."""
        raise NotImplementedError

    def start_recording(self, path: Path, left: PortId, right: PortId) -> RecordingHandle:
        """Record what comes from two ports as a stereo WAV: `left` the customer's, `right` the seat's.

        Folders are made as needed. For an internal call left is the caller's station.
        """
        raise NotImplementedError

    def start_voicemail(self, path: Path, port: PortId) -> RecordingHandle:
        """Record what comes from `port` as a mono WAV."""
        raise NotImplementedError

    def stop_recording(self, recording: RecordingHandle, *, trim_tail_s: float = 0.0) -> None:
        """End it after this tick; `trim_tail_s` is cut off the end (the busy tone after a hang-up)."""
        raise NotImplementedError
