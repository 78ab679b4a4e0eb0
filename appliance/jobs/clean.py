"""Makes room on the disk: `python -m appliance.jobs.clean --data DIR`. See `cleaning.py` for what goes and what not.

Exit code 0 done (the outcome as JSON on stdout), 1 failed, 3 another run has not ended.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from appliance.callplan import CallPlan
from appliance.jobs.cleaning import Cleaning
from appliance.jobs.storage_job import Work, run_process
from appliance.storageplan import StorageRules
from appliance.store.storage_runs import RunKind


def rules_of(data: Path) -> StorageRules:
    """The bureau's rules; those of a new box while there is no plan that can be read."""
    try:
        return msgspec.json.decode((data / "callplan.json").read_bytes(), type=CallPlan).storage
    except (OSError, msgspec.DecodeError):
        return StorageRules()


def cleaning_work(data: Path) -> Work:
    """What the job does, for `carry_out`."""
    rules = rules_of(data)
    return lambda database, now, stopped, progress: Cleaning(
        data, database, rules, now, stopped=stopped, progress=progress
    ).run()


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the process."""
    return run_process("clean", RunKind.CLEAN, arguments, _work_of)


def _work_of(options: argparse.Namespace) -> Work:
    return cleaning_work(options.data)


if __name__ == "__main__":
    sys.exit(main())
