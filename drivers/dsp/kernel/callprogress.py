"""Typed door to `callprogress.c`: owns its buffers, takes frames, gives bursts."""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from drivers.dsp.kernel._hotlinebox_dsp import ffi, lib

if TYPE_CHECKING:
    from collections.abc import Sequence

BLOCK_SAMPLES = 40
BLOCK_S = 0.005
MOST_CHANNELS = 8
_HISTORY_BLOCKS = 32
_CAPACITY_PER_PORT = 2 * MOST_CHANNELS


class BurstStage(IntEnum):
    """Why a burst is reported."""

    STARTED = 1
    GROWN = 2
    """It has lasted as long as its channel asked to be told of."""
    ENDED = 3


@dataclass(frozen=True, slots=True)
class ChannelPlan:
    """One watched frequency. `gain` makes up for the block filter's loss at the tone's true frequencies."""

    frequency_hz: float
    gain: float
    grown_s: float
    """Age at which a burst is reported as grown; 0 for never."""


@dataclass(frozen=True, slots=True)
class Burst:
    """A stretch of steady tone in one channel; times in blocks of 5 ms since the front end began."""

    port: int
    channel: int
    stage: BurstStage
    start: int
    end: int
    """Last block in which it was seen (the true end once ended)."""
    offset_hz: float
    """Mean frequency, relative to the channel's."""
    coherence: float
    """1 for one steady sine, 0.92 for two of them 25 Hz apart, about 0.5 and less for speech."""
    level: float
    """Mean power per sample (squared sample units)."""
    purity: float
    """Its share of all power (above 300 Hz) while it lasted."""
    gap_level: float
    """Mean power per sample in the pause before it; negative if there was none to measure."""
    correlation: tuple[complex, ...]
    """Autocorrelation of the channel's baseband at lags 0 to 4 blocks, lag 0 being its power."""


class BurstFrontEnd:
    """Finds bursts of tone in the watched channels of all ports."""

    def __init__(self, ports: int, channels: Sequence[ChannelPlan], floor_power: float) -> None:
        """`floor_power` is the mean square (sample units) below which nothing is a tone."""
        if len(channels) > MOST_CHANNELS:
            raise ValueError(f"{len(channels)} channels; the kernel watches at most {MOST_CHANNELS}")
        self._plan = ffi.new("cp_plan *")
        self._plan.floor_power = floor_power
        self._plan.gate = 0.7 * math.sqrt(2 * floor_power)
        for index, channel in enumerate(channels):
            lib.cp_plan_channel(self._plan, index, channel.frequency_hz, channel.gain, round(channel.grown_s / BLOCK_S))
        self._ports = ffi.new("cp_port[]", ports)
        for port in range(ports):
            lib.cp_reset(ffi.addressof(self._ports, port))
        self._capacity = _CAPACITY_PER_PORT * ports
        self._records = ffi.new("cp_record[]", self._capacity)
        self._port_count = ports
        self.block = 0
        """Blocks seen so far."""

    def step(self, frames: NDArray[np.int16], armed: NDArray[np.bool_]) -> list[Burst]:
        """Take one frame of every port, shape `[port, 160]`; ports that are not armed keep their state."""
        first_block = self.block
        self.block += 4
        count = lib.cp_step(
            self._plan,
            self._ports,
            ffi.from_buffer("int16_t[]", frames),
            ffi.from_buffer("uint8_t[]", armed),
            self._port_count,
            first_block,
            self._records,
            self._capacity,
        )
        return [_burst(self._records[index]) for index in range(count)] if count else []

    def reset(self, port: int) -> None:
        """Forget what `port` has heard."""
        lib.cp_reset(ffi.addressof(self._ports, port))

    def going_on(self, port: int, channel: int) -> Burst | None:
        """The burst of `channel` as far as it has come, `ENDED` while it fades, not told of yet; None if none is."""
        track = self._ports[port].track[channel]
        fading = track.below > 0
        count = track.count_kept if fading else track.count
        if not track.told & 1 or not count:
            return None
        correlation = tuple(complex(track.lag_re[lag], track.lag_im[lag]) for lag in range(5))
        return Burst(
            port=port,
            channel=channel,
            stage=BurstStage.ENDED if fading else BurstStage.STARTED,
            start=track.start,
            end=track.end,
            offset_hz=cmath.phase(correlation[1]) / (2 * math.pi * BLOCK_S),
            coherence=abs(correlation[1]) / track.lag_norm if track.lag_norm > 0 else 0.0,
            level=(track.level_kept if fading else track.level_sum) / count,
            purity=(track.ratio_kept if fading else track.ratio_sum) / count,
            gap_level=self.pause_level(port, channel),
            correlation=correlation,
        )

    def power(self, port: int) -> float:
        """Mean power per sample of the newest frame of `port`, without hum and DC."""
        total = self._ports[port].total
        return float(sum(total[(self.block - back) % _HISTORY_BLOCKS] for back in range(1, 5))) / 4.0

    def pause_level(self, port: int, channel: int) -> float:
        """Mean power per sample in the pause since the last burst of `channel`; negative if none is known."""
        track = self._ports[port].track[channel]
        return float(track.gap_sum / track.gap_count) if track.gap_count else -1.0


def _burst(record: Any) -> Burst:
    correlation = tuple(complex(record.lag_re[lag], record.lag_im[lag]) for lag in range(5))
    norm = record.lag_norm
    return Burst(
        port=record.port,
        channel=record.channel,
        stage=BurstStage(record.kind),
        start=record.start,
        end=record.end,
        offset_hz=cmath.phase(correlation[1]) / (2 * math.pi * BLOCK_S),
        coherence=abs(correlation[1]) / norm if norm > 0 else 0.0,
        level=record.level,
        purity=record.purity,
        gap_level=record.gap_level,
        correlation=correlation,
    )
