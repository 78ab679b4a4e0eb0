"""Holds files against records and the ledger: `python -m appliance.jobs.check --data DIR [--all]`.

See `inspection.py` for what it looks for and what it repairs. Exit code 0 done (the outcome as JSON on stdout, whatever
was found), 1 failed, 3 another run has not ended.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from appliance.jobs.inspection import Inspection
from appliance.jobs.storage_job import Work, run_process
from appliance.store.storage_runs import RunKind


def checking_work(data: Path, *, everything: bool) -> Work:
    """What the job does, for `carry_out`."""
    return lambda database, now, stopped, progress: Inspection(
        data, database, now, repair=True, everything=everything, stopped=stopped, progress=progress
    ).run()


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the process."""
    return run_process("check", RunKind.CHECK, arguments, _work_of)


def _work_of(options: argparse.Namespace) -> Work:
    return checking_work(options.data, everything=options.all)


if __name__ == "__main__":
    sys.exit(main())
