"""The options that say which box a command is about: `--data`, `--config`, `--port`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import msgspec

from appliance.settings import Settings, SettingsError, load_settings


def add_options(parser: argparse.ArgumentParser) -> None:
    """`--data` and `--config`."""
    parser.add_argument("--data", metavar="目录", help="数据目录（数据库、录音、流水……），默认 data")
    named = os.environ.get("HOTLINEBOX_CONFIG")  # set where the box is installed as a service
    parser.add_argument(
        "--config", type=Path, metavar="文件", default=Path(named) if named else None, help="设置文件 settings.toml"
    )


def settings_of(parsed: argparse.Namespace) -> Settings:
    """The settings file with the command line's options over it. Raises `SettingsError`."""
    settings = load_settings(parsed.config)
    if parsed.data:
        settings = msgspec.structs.replace(settings, data_dir=parsed.data)
    port: int | None = getattr(parsed, "port", None)
    if port is not None:
        settings = msgspec.structs.replace(settings, web=msgspec.structs.replace(settings.web, port=port))
    return settings


def make_data_folder(settings: Settings) -> None:
    """The data folder is there and can be written. Raises `SettingsError`."""
    folder = settings.data
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        text = "不是目录" if isinstance(error, FileExistsError | NotADirectoryError) else f"不能建立：{error.strerror}"
        raise SettingsError(f"数据目录 {folder} {text}。请检查路径和权限，或用 --data 换一个目录。") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsError(f"数据目录 {folder} 不可写。请检查属主和权限，或用 --data 换一个目录。")
