"""`hotlinebox update keep`: at each start, before anybody opens the database."""

from __future__ import annotations

import sys
from pathlib import Path

from appliance.settings import Settings
from appliance.store.database import source_of
from appliance.store.errors import StoreError
from appliance.store.sqlite_file import SqliteFile
from appliance.support.trialdatabase import TrialDatabase
from appliance.support.updatestate import UpdateFolder


def keep(settings: Settings, folder: UpdateFolder) -> int:
    """Exit code. A failure is told and stops nothing: the box takes calls without."""
    source = source_of(settings.store.url, settings.data)
    if not isinstance(source, SqliteFile):
        return 0
    try:
        said = TrialDatabase(Path(source.path), settings.callplan_path, folder).before_start()
    except (StoreError, OSError) as error:
        print(f"没有保留或恢复升级前的数据库：{error}", file=sys.stderr)
        return 1
    if said:
        print(said)
    return 0
