"""All detectors in one table beside libspandsp, multimon-ng, minimodem and libspeexdsp; cost of the whole media path.

Run: `./dev bench dsp`, or `python -m bench.dsp [messages per caller-ID case]`. The tables behind each line: `dtmf`,
`callprogress`, `callerid`, `echo`.
"""

# slow: about five minutes, most of them multimon-ng's and minimodem's processes

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

import numpy as np

from bench import callerid, callprogress, dtmf_peers, echo
from bench.dtmf_cases import CASES
from bench.dtmf_score import Detector, our_digits, run_case
from bench.dtmf_signals import at_active_level, carried, syllables
from bench.mediapath import print_costs
from drivers.dsp.callerid_dtmf import DtmfCallerIdReceiver
from drivers.signals import Tone
from tests.audio.drive import heard_by
from tests.audio.dtmf_callerid_cases import DTMF_CALLER_ID_CASES, dtmf_case_samples
from tests.audio.fsk_cases import FSK_CASES
from tests.audio.tone_cells import CONDITIONS, cell_samples, tone_starts_s

NAMES = ("ours", "libspandsp", "multimon-ng", "minimodem", "libspeexdsp")
_SPEEDS = 6


def row(what: str, cells: Mapping[str, str]) -> None:
    print(f"{what:50}" + "".join(f"{cells.get(name, '-'):>15}" for name in NAMES), flush=True)


def dtmf_rows() -> None:
    found: dict[str, Detector | None] = {
        "ours": our_digits,
        "libspandsp": dtmf_peers.spandsp(),
        "multimon-ng": dtmf_peers.multimon(),
    }
    graded = [case for case in CASES if case.least is not None]
    passed = {
        name: f"{sum(bool(run_case(case, detector).passes(case)) for case in graded)} of {len(graded)}"
        for name, detector in found.items()
        if detector
    }
    row("DTMF: acceptance and reject cases passed", passed)
    speech = [carried([at_active_level(syllables(seed), -17.0)])[0] for seed in range(_SPEEDS)]
    hours = sum(audio.size for audio in speech) / 8000 / 3600
    false = {
        name: f"{sum(len(detector(audio[None, :])[0]) for audio in speech)} in {60 * hours:.0f} min"
        for name, detector in found.items()
        if detector
    }
    row("DTMF: false digits on Mandarin syllables", false)


def tone_rows() -> None:
    peer = callprogress.spandsp()
    found: dict[str, callprogress.Detector] = {"ours": callprogress.ours} | ({"libspandsp": peer} if peer else {})
    passed, busy_s = {}, {}
    for name, detect in found.items():
        right, delays = 0, []
        for tone in callprogress.CADENCES:
            for condition in CONDITIONS:
                reports = detect(cell_samples(tone, condition, 1))
                good = bool(reports) and {heard for _, heard in reports} == {tone}
                right += good
                if good and tone is Tone.BUSY:
                    delays.append(reports[0][0] - tone_starts_s(condition))
        passed[name] = f"{right} of {len(CONDITIONS) * len(callprogress.CADENCES)}"
        busy_s[name] = f"{max(delays):.2f} s" if delays else "-"
    row("tones: cells passed", passed)
    row("tones: busy reported after, worst", busy_s)


def caller_id_rows(messages: int) -> None:
    found = {"ours": callerid.ours, "libspandsp": callerid.spandsp(), "minimodem": callerid.minimodem()}
    right, wrong = {}, {}
    for name, read in found.items():
        if read:
            scores = np.array([callerid.score(case, read, messages) for case in FSK_CASES])
            right[name] = f"{100 * scores[:, 0].sum() / (messages * len(FSK_CASES)):.1f} %"
            wrong[name] = f"{scores[:, 1].sum()}"
    row("caller ID, FSK: numbers read", right)
    row("caller ID, FSK: wrong numbers delivered", wrong)
    row("caller ID, DTMF: numbers read", dtmf_caller_id(messages))


def dtmf_caller_id(messages: int) -> dict[str, str]:
    def own(samples: callerid.Samples, _is_v23: bool) -> list[str]:
        return [event.number for _, event in heard_by(DtmfCallerIdReceiver(1), samples) if event.ok]

    found: dict[str, callerid.Reader | None] = {"ours": own, "libspandsp": callerid.dtmf_spandsp()}
    cells = {}
    for name, read in found.items():
        if read:
            sent = [dtmf_case_samples(case, seed) for case in DTMF_CALLER_ID_CASES for seed in range(messages)]
            right = sum(read(samples, False) == [number] for number, samples in sent)
            cells[name] = f"{100 * right / len(sent):.1f} %"
    return cells


def echo_rows() -> None:
    makers: dict[str, Callable[[], echo.Canceller | None]] = {
        "ours": echo.ours,
        "libspandsp": echo.spandsp,
        "libspeexdsp": echo.speexdsp,
    }
    after, worst, double = {}, {}, {}
    for name, make in makers.items():
        canceller = make()
        if canceller is not None:
            single, talking = echo.measured(make)
            after[name] = f"{single.mean(axis=0)[2]:.1f} dB"
            worst[name] = f"{single.min(axis=0)[2]:.1f} dB"
            double[name] = f"{talking.min(axis=0)[1]:.1f} dB"
    row("echo: loss enhancement at 3-5 s, mean", after)
    row("echo: the same, worst path", worst)
    row("echo: in double talk, worst path", double)


def main() -> None:
    """Print the table of accuracy, then those of cost."""
    print(f"{'':50}" + "".join(f"{name:>15}" for name in NAMES))
    dtmf_rows()
    tone_rows()
    caller_id_rows(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
    echo_rows()
    print()
    print_costs()


if __name__ == "__main__":
    main()
