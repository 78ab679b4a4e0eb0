"""`hotlinebox analyse --plot`: a recording as a picture, its spectrogram with what was found drawn in.

What: `draw` writes a PNG: the spectrogram with axes in seconds and hertz, a frame or a line where each digit and tone
    sounded, and beneath it one lane each for digits, tones and caller ID with their values.
How: Pillow; Chinese words where a Noto CJK font is installed, the plain English names of the tones where not.
Limits: labels that find no room are left out; the frames stay.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from drivers.dsp.analysis import TONE_NAMES, Finding, FindingKind, FoundCallerId
from drivers.dsp.spectrogram import BIN_HZ, Spectrogram
from drivers.dsp.toneplan import TonePlan
from drivers.dsp.tones import dtmf_pair_hz
from drivers.signals import Tone

_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
)
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 92, 44, 64
_WIDTH, _HEIGHT = 1320, 516
_LANE, _LANE_GAP = 26, 4
_HIGHEST_HZ = 4000.0
_LOWEST_DBM0, _HIGHEST_DBM0 = -75.0, -5.0
_COLOURS = np.array([(12, 10, 30), (58, 20, 96), (140, 41, 99), (213, 72, 64), (248, 149, 38), (252, 250, 170)], float)
_INK, _GRID, _PAPER = (30, 34, 42), (222, 226, 232), (255, 255, 255)
_DIGIT_GAP = 3
"""Digits closer than this, in pixels, share one label."""
_MOST_SHIFT = 16
"""Pixels that a label may stand to the right of its place, to make room for the one before."""
_KIND_COLOURS = {
    FindingKind.DTMF: (0, 140, 200),
    FindingKind.TONE: (20, 130, 70),
    FindingKind.CALLER_ID: (170, 60, 160),
}
_FRAME = (120, 235, 255)
_LANE_NAMES = {
    FindingKind.DTMF: ("按键", "keys"),
    FindingKind.TONE: ("信号音", "tones"),
    FindingKind.CALLER_ID: ("来显", "caller"),
}
_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200)


class _Canvas:
    """The picture and its scales."""

    def __init__(self, duration_s: float) -> None:
        lanes = len(_KIND_COLOURS) * (_LANE + _LANE_GAP)
        self.image = Image.new("RGB", (_LEFT + _WIDTH + _RIGHT, _TOP + _HEIGHT + lanes + _BOTTOM), _PAPER)
        self.pen = ImageDraw.Draw(self.image)
        self.duration_s = max(duration_s, 0.1)
        path = next((path for path in _FONTS if Path(path).exists()), None)
        self.chinese = path is not None
        self.font: ImageFont.FreeTypeFont | ImageFont.ImageFont = (
            ImageFont.truetype(path, 15) if path else ImageFont.load_default(15)
        )

    def x(self, at_s: float) -> float:
        return _LEFT + min(1.0, at_s / self.duration_s) * _WIDTH

    def y(self, hz: float) -> float:
        return _TOP + (1.0 - hz / _HIGHEST_HZ) * _HEIGHT

    def text(self, at: tuple[float, float], text: str, anchor: str, colour: tuple[int, int, int] = _INK) -> None:
        self.pen.text(at, text, fill=colour, font=self.font, anchor=anchor)


def draw(
    path: Path, title: str, spectrogram: Spectrogram, duration_s: float, findings: Sequence[Finding], plan: TonePlan
) -> None:
    """Write the picture to `path`. Raises `OSError`."""
    canvas = _Canvas(duration_s)
    _draw_spectrogram(canvas, spectrogram)
    _draw_axes(canvas, title)
    _draw_scale(canvas)
    for finding in findings:
        _draw_in_spectrogram(canvas, finding, plan)
    for lane, kind in enumerate(_KIND_COLOURS):
        _draw_lane(canvas, lane, kind, [finding for finding in findings if finding.kind is kind])
    canvas.image.save(path, format="PNG")


def _colours_of(levels_dbm0: NDArray[np.float32]) -> NDArray[np.uint8]:
    share = np.clip((levels_dbm0 - _LOWEST_DBM0) / (_HIGHEST_DBM0 - _LOWEST_DBM0), 0.0, 1.0) * (len(_COLOURS) - 1)
    steps = np.arange(len(_COLOURS))
    channels = [np.interp(share, steps, _COLOURS[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).astype(np.uint8)


def _draw_spectrogram(canvas: _Canvas, spectrogram: Spectrogram) -> None:
    levels_dbm0 = spectrogram.levels_dbm0()
    box = (_LEFT, _TOP, _LEFT + _WIDTH, _TOP + _HEIGHT)
    canvas.pen.rectangle(box, fill=tuple(int(part) for part in _COLOURS[0]))
    if levels_dbm0.shape[1] == 0:
        return
    picture = Image.fromarray(_colours_of(levels_dbm0[::-1]))
    covered_s = levels_dbm0.shape[1] * spectrogram.column_s
    width = max(1, min(_WIDTH, round(_WIDTH * covered_s / canvas.duration_s)))
    row = _HEIGHT * BIN_HZ / _HIGHEST_HZ
    # The first and the last bin stand half beyond the axes.
    whole = picture.resize((width, round(len(levels_dbm0) * row)), Image.Resampling.BILINEAR)
    canvas.image.paste(whole.crop((0, round(row / 2), width, round(row / 2) + _HEIGHT)), (_LEFT, _TOP))


def _draw_axes(canvas: _Canvas, title: str) -> None:
    canvas.text((_LEFT, _TOP / 2), title, "lm")
    for hz in range(0, 4001, 500):
        y = canvas.y(hz)
        canvas.pen.line((_LEFT - 6, y, _LEFT, y), fill=_INK)
        canvas.text((_LEFT - 10, y), f"{hz}", "rm")
    canvas.text((_LEFT - 10, _TOP - 16), "Hz", "rm")
    bottom = canvas.image.height - _BOTTOM
    step_s = next((step for step in _STEPS_S if canvas.duration_s / step <= 14), _STEPS_S[-1])
    for index in range(math.floor(canvas.duration_s / step_s + 1e-6) + 1):
        x = canvas.x(index * step_s)
        canvas.pen.line((x, bottom, x, bottom + 6), fill=_INK)
        canvas.pen.line((x, _TOP + _HEIGHT, x, bottom), fill=_GRID)
        canvas.text((x, bottom + 18), _clock(index * step_s, step_s), "mm")
    canvas.pen.line((_LEFT, bottom, _LEFT + _WIDTH, bottom), fill=_INK)
    canvas.text((_LEFT + _WIDTH / 2, bottom + 44), "时间" if canvas.chinese else "time", "mm")


def _clock(at_s: float, step_s: float) -> str:
    if step_s < 1:
        return f"{at_s:.1f} s"
    if at_s < 60 and step_s < 30:
        return f"{at_s:.0f} s"
    minutes, seconds = divmod(round(at_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _draw_scale(canvas: _Canvas) -> None:
    left = _LEFT + _WIDTH + 16
    ramp = np.linspace(_HIGHEST_DBM0, _LOWEST_DBM0, _HEIGHT, dtype=np.float32)[:, np.newaxis]
    canvas.image.paste(Image.fromarray(np.repeat(_colours_of(ramp), 14, axis=1)), (left, _TOP))
    for level in range(-10, -76, -10):
        y = _TOP + (_HIGHEST_DBM0 - level) / (_HIGHEST_DBM0 - _LOWEST_DBM0) * _HEIGHT
        canvas.pen.line((left + 14, y, left + 18, y), fill=_INK)
        canvas.text((left + 22, y), f"{level}", "lm")
    canvas.text((left + 4, _TOP - 16), "dBm0", "lm")


def _draw_in_spectrogram(canvas: _Canvas, finding: Finding, plan: TonePlan) -> None:
    """A small box on each frequency for as long as it sounded; caller ID as a box over the modem's band."""
    begin, end = canvas.x(finding.start_s), max(canvas.x(finding.end_s), canvas.x(finding.start_s) + 1)
    if isinstance(finding.value, FoundCallerId):
        canvas.pen.rectangle((begin - 1, canvas.y(2600), end + 1, canvas.y(600)), outline=_FRAME)
        return
    for hz in _frequencies_of(finding, plan):
        canvas.pen.rectangle((begin, canvas.y(hz + 60), end, canvas.y(hz - 60)), outline=_FRAME)


def _frequencies_of(finding: Finding, plan: TonePlan) -> tuple[float, ...]:
    if finding.kind is FindingKind.DTMF:
        return dtmf_pair_hz(str(finding.value))
    planned = next(tone for tone in plan.tone if tone.tone == finding.value)
    return planned.frequencies_hz or planned.sequence_hz


def _draw_lane(canvas: _Canvas, lane: int, kind: FindingKind, findings: Sequence[Finding]) -> None:
    top = _TOP + _HEIGHT + _LANE_GAP + lane * (_LANE + _LANE_GAP)
    middle = top + _LANE / 2
    canvas.text((_LEFT - 10, middle), _LANE_NAMES[kind][0 if canvas.chinese else 1], "rm", _KIND_COLOURS[kind])
    labels: list[tuple[float, float, str]] = []
    for finding in findings:
        begin, end = canvas.x(finding.start_s), max(canvas.x(finding.end_s), canvas.x(finding.start_s) + 2)
        canvas.pen.rectangle((begin, top + _LANE - 6, end, top + _LANE), fill=_KIND_COLOURS[kind])
        label = _label_of(finding, canvas.chinese)
        if kind is FindingKind.DTMF and labels and begin - labels[-1][1] < _DIGIT_GAP:
            begin, _, before = labels.pop()  # too close for a place of its own
            label = before + label
        labels.append((begin, end, label))
    taken_until = 0.0
    for begin, end, label in labels:
        width = canvas.pen.textlength(label, font=canvas.font)
        left = min(max(begin, taken_until), _LEFT + _WIDTH - width)
        if taken_until <= left <= max(begin + _MOST_SHIFT, end - width):
            canvas.text((left, middle - 4), label, "lm")
            taken_until = left + width + (1 if len(label) == 1 else 6)


def _label_of(finding: Finding, chinese: bool) -> str:
    if isinstance(finding.value, FoundCallerId):
        if not finding.value.readable:
            return "无法辨认" if chinese else "unreadable"
        name = finding.value.name if chinese else ""
        return f"{finding.value.number or finding.value.absence} {name}".strip()
    if finding.kind is FindingKind.TONE and chinese:
        return TONE_NAMES[Tone(finding.value)]
    return str(finding.value)
