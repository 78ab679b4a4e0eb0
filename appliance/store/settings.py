"""The bureau's own settings that change in daily life: bureau name, hotline number and the like, as text by key."""

from __future__ import annotations

from appliance.store.connection import Connection
from appliance.store.models.people import SettingRow


def get_setting(db: Connection, key: str, default: str = "") -> str:
    """Value of `key`, `default` when it was never set."""
    row = SettingRow.select().where(SettingRow.key == key).first(db)
    return default if row is None else str(row.value)


def all_settings(db: Connection) -> dict[str, str]:
    """Every key that was set."""
    return dict(SettingRow.select(SettingRow.key, SettingRow.value).tuples().execute(db))


def set_setting(db: Connection, key: str, value: str) -> None:
    """Set `key`; the former value is gone."""
    SettingRow.insert(key=key, value=value).on_conflict(
        conflict_target=[SettingRow.key], update={SettingRow.value: value}
    ).execute(db)
