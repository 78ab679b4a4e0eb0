"""`hotlinebox analyse FILE.wav`: what a line recording contains, by the detectors the engine itself uses."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from drivers.dsp.analysis import TONE_NAMES, Finding, FindingKind, FoundCallerId, LineAnalysis
from drivers.dsp.resample import Resampler
from drivers.dsp.spectrogram import Spectrogram
from drivers.dsp.toneplan import COUNTRIES, TonePlan, load_tone_plan
from drivers.signals import CallerIdModulation, Tone
from drivers.wavestream import WavError, WavStream

_BAD_INPUT = 2
_ABSENCES = {"O": "主叫号码不可得", "P": "主叫要求保密"}
_MODULATIONS = {
    CallerIdModulation.FSK_BELL202: "FSK（Bell 202）",
    CallerIdModulation.FSK_V23: "FSK（V.23）",
    CallerIdModulation.DTMF: "DTMF",
}


class RecordingError(Exception):
    """The recording cannot be analysed; the text is a Chinese sentence for the user."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `analyse` command."""
    parser = subparsers.add_parser("analyse", help="分析一段线路录音：按键、信号音、来电显示")
    parser.add_argument("file", type=Path, metavar="FILE.wav", help="WAV 录音")
    parser.add_argument("--json", action="store_true", help="每行输出一个 JSON 对象")
    parser.add_argument("--channel", type=int, default=1, metavar="N", help="声道，1 为第一（左）声道（默认 1）")
    parser.add_argument("--country", choices=COUNTRIES, default="cn", help="信号音方案（默认 cn）")
    parser.add_argument("--plot", type=Path, metavar="OUT.png", help="另存一幅图：时频图，并标出听到的内容")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the findings; 0, or 2 with one sentence on stderr when a file cannot be read or written."""
    try:
        findings = analyse_file(args.file, args.channel, args.country, args.plot)
    except RecordingError as error:
        print(error, file=sys.stderr)
        return _BAD_INPUT
    if args.json:
        for finding in findings:
            print(msgspec.json.encode(finding).decode())
    else:
        print(_table(findings))
    return 0


def analyse_file(path: Path, channel: int, country: str, plot: Path | None = None) -> list[Finding]:
    """Findings of one channel (1 is the first) of the file, drawn into `plot` as well. Raises `RecordingError`."""
    plan = load_tone_plan(country)
    analysis = LineAnalysis(plan)
    spectrogram = Spectrogram() if plot else None
    try:
        with path.open("rb") as file:
            stream = WavStream(file)
            channels = stream.form.channels
            if not 1 <= channel <= channels:
                raise RecordingError(
                    f"录音 {path} 只有 {channels} 个声道，没有第 {channel} 声道；请用 --channel 1 至 {channels}。"
                )
            for block in _at_line_rate(stream, channel - 1):
                analysis.take(block)
                if spectrogram:
                    spectrogram.take(block)
    except OSError as error:
        raise RecordingError(f"读不到录音 {path}：{error.strerror or error}。请检查路径和权限。") from error
    except WavError as error:
        raise RecordingError(f"录音 {path} 无法分析：{error}") from error
    duration_s = analysis.heard_s
    findings = analysis.finish()
    if plot and spectrogram:
        _plot(plot, f"{path.name} · {channel} · {country}", spectrogram, duration_s, findings, plan)
    return findings


def _at_line_rate(stream: WavStream, channel: int) -> Iterator[NDArray[np.float32]]:
    """The sound of one channel at 8 kHz, block by block."""
    resampler = Resampler(stream.form.rate_hz)
    for block in stream.blocks(channel):
        yield resampler.take(block)
    yield resampler.finish()


def _plot(
    path: Path, title: str, spectrogram: Spectrogram, duration_s: float, findings: list[Finding], plan: TonePlan
) -> None:
    from appliance.cli.plot import draw  # noqa: PLC0415 - Pillow is slow to load and rarely wanted

    try:
        draw(path, title, spectrogram, duration_s, findings, plan)
    except OSError as error:
        raise RecordingError(f"写不了图 {path}：{error.strerror or error}。请检查路径和权限。") from error


def _table(findings: list[Finding]) -> str:
    if not findings:
        return "没有听到按键、信号音或来电显示。"
    rows = [f"{finding.start_s:10.2f} {finding.end_s:10.2f}  {_described(finding)}" for finding in findings]
    return "\n".join(["   开始(秒)   结束(秒)  内容", *rows])


def _described(finding: Finding) -> str:
    if isinstance(finding.value, FoundCallerId):
        return _described_caller_id(finding.value)
    if finding.kind is FindingKind.DTMF:
        return f"按键 {finding.value}"
    return TONE_NAMES[Tone(finding.value)]


def _described_caller_id(value: FoundCallerId) -> str:
    how = _MODULATIONS[value.modulation]
    if not value.readable:
        return f"来电显示 {how}：无法辨认（校验不符）"
    parts = [value.number or _ABSENCES.get(value.absence, "无号码")]
    if value.name:
        parts.append(value.name)
    if value.time:
        parts.append(f"{value.time[:2]}-{value.time[2:4]} {value.time[4:6]}:{value.time[6:]}")
    doubt = "" if value.reliable else "（不完整）"
    return f"来电显示 {how}：{' '.join(parts)}{doubt}"
