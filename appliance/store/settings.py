"""The bureau's own settings that change in daily life: bureau name, hotline number and the like, as text by key."""

from __future__ import annotations

from appliance.store.connection import Connection
from appliance.store.models.people import SettingTable


def get_setting(db: Connection, key: str, default: str = "") -> str:
    """Value of `key`, `default` when it was never set."""
    row = SettingTable.select().where(SettingTable.key == key).first(db)
    return default if row is None else str(row.value)


def set_setting(db: Connection, key: str, value: str) -> None:
    """Set `key`; the former value is gone."""
    SettingTable.insert(key=key, value=value).on_conflict(
        conflict_target=[SettingTable.key], update={SettingTable.value: value}
    ).execute(db)
