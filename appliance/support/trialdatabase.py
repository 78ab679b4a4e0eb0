"""What a version on trial may change for good: the database and the call plan as they were before it.

What: before a new version opens the database for the first time, it is copied; when the box returned to the old version
    and that cannot read what the new one wrote, the copy takes its place.
How: where the reading of the journal stands is in the database, so all calls of the trial come back from the journal.
    Lost is what people typed during the trial, which is minutes; the newer files are kept for the vendor.
Limits: SQLite only; a PostgreSQL server has its own backups.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from appliance.callplan import CallPlan
from appliance.store.schema_age import is_newer_than_program
from appliance.store.sqlite_copy import SIDE_FILES, copy_file
from appliance.support.updatestate import Phase, UpdateFolder


class TrialDatabase:
    """`database` and `plan` are the files in use; nobody has them open."""

    def __init__(self, database: Path, plan: Path, folder: UpdateFolder) -> None:
        self._database = database
        self._plan = plan
        self._folder = folder

    def before_start(self) -> str:
        """Keep or put back what has to be; a sentence about it, or ''. Raises `StoreError`, `OSError`."""
        state = self._folder.state()
        match state.phase:
            case Phase.TRIAL:
                return self._keep(state.version_from)
            case Phase.RETURNED:
                return self._put_back()
            case Phase.DONE:
                shutil.rmtree(self._folder.kept, ignore_errors=True)
        return ""

    def _keep(self, version: str) -> str:
        kept = self._folder.kept
        if kept.exists() or not self._database.exists():
            return ""  # the second try of the same trial
        beside = kept.with_name("before.new")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        copy_file(self._database, beside / self._database.name)
        if self._plan.exists():
            shutil.copyfile(self._plan, beside / self._plan.name)
        beside.rename(kept)
        return f"已保留 {version} 的数据库，新版本没有通过时恢复。"

    def _put_back(self) -> str:
        kept, newer = self._folder.kept, self._folder.path / "newer"
        wanted = []
        if is_newer_than_program(self._database):
            wanted.append(self._database)
        if self._plan.exists() and not _readable(self._plan):
            wanted.append(self._plan)
        told = [path.name for path in wanted if (kept / path.name).exists()]
        if told:
            shutil.rmtree(newer, ignore_errors=True)
            newer.mkdir()
        for path in wanted:
            if (kept / path.name).exists():
                for end in SIDE_FILES:
                    if Path(f"{path}{end}").exists():
                        Path(f"{path}{end}").replace(newer / f"{path.name}{end}")
                (kept / path.name).replace(path)
        shutil.rmtree(kept, ignore_errors=True)
        return f"已恢复升级前的 {'、'.join(told)}；试运行期间的通话会从流水中补回。" if told else ""


def _readable(plan: Path) -> bool:
    try:
        msgspec.json.decode(plan.read_bytes(), type=CallPlan)
    except msgspec.DecodeError:
        return False
    return True
