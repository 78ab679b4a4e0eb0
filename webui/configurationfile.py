"""Settings as a file: call plan, own prompts, roles, call reasons, customer form, alarm rules. No customer, no call.

The format is that of backups (`appliance/support/backuparchive.py`), of a kind of its own: `callplan.json`,
`office.json`, `prompts/`. No secrets are in it: PINs of agents stay with their box.
"""

from __future__ import annotations

import io
import shutil
import wave
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from appliance.callplan import CallPlan
from appliance.ivr.prompts import is_prompt_id
from appliance.store.customer_form import CustomerForm
from appliance.store.reasons import ReasonNode
from appliance.store.roles import Role
from appliance.support.backuparchive import About, ArchiveKind, ArchiveReader, ArchiveWriter, Entry
from appliance.support.backuperrors import BackupError, NotOursError
from webui.alarms.rules import MonitorRules
from webui.errors import Refusal

MOST_BYTES = 512 << 20
_PLAN = "callplan.json"
_OFFICE = "office.json"
_PROMPTS = "prompts"
NAMES = "names.json"
"""What the bureau calls prompts of its own."""
_NEWER = "这份配置由更新的版本写成，请先升级本机再导入。"


class Office(msgspec.Struct, frozen=True, kw_only=True):
    """What of the settings stands in the database."""

    roles: tuple[Role, ...]
    reasons: tuple[ReasonNode, ...]
    form: CustomerForm
    monitor: MonitorRules


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds, with its prompts in a folder."""

    about: About
    plan: CallPlan
    office: Office
    prompts: Path


def write_configuration(
    out: BinaryIO, plan: CallPlan, office: Office, prompts: Path, version: str, now: datetime
) -> None:
    """Raises `OSError`."""
    agents = tuple(msgspec.structs.replace(agent, pin_hash="") for agent in plan.agents)
    texts = {
        _PLAN: msgspec.json.encode(msgspec.structs.replace(plan, agents=agents)),
        _OFFICE: msgspec.json.encode(office),
    }
    about = About(
        kind=ArchiveKind.CONFIGURATION,
        made_at=now.isoformat(timespec="seconds"),
        version=version,
        schema=0,
        bureau=plan.bureau,
    )
    with ArchiveWriter(out, about) as archive:
        for name, content in texts.items():
            archive.add(name, io.BytesIO(content), len(content))
        for path in prompt_files(prompts):
            with path.open("rb") as file:
                archive.add(f"{_PROMPTS}/{path.name}", file, path.stat().st_size, path.stat().st_mtime)


def prompt_files(folder: Path) -> Sequence[Path]:
    """Own prompts and their names."""
    return [path for path in sorted(folder.glob("*")) if _is_prompt_file(path.name)]


def unpack_configuration(source: Path, folder: Path) -> None:
    """Put what is in the file into `folder`, which begins anew. Raises `Refusal` (422: what is wrong), `OSError`."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / _PROMPTS).mkdir(parents=True)
    try:
        with source.open("rb") as file:
            _unpack(ArchiveReader(file), folder)
        read_configuration(folder)
    except (BackupError, Refusal) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise error if isinstance(error, Refusal) else Refusal(422, str(error)) from error


def _unpack(reader: ArchiveReader, folder: Path) -> None:
    if reader.about.kind is not ArchiveKind.CONFIGURATION:
        raise NotOursError("这个文件是整机备份，不是配置文件，请用“从文件恢复”。")
    (folder / "about.json").write_bytes(msgspec.json.encode(reader.about))
    total = 0
    for entry in reader.entries():
        total += entry.size
        if total > MOST_BYTES:
            raise NotOursError("这个文件太大，不是本机导出的配置，请确认选对了文件。")
        if entry.path not in {_PLAN, _OFFICE} and not _is_prompt(entry):
            raise NotOursError(_NEWER)
        with (folder / entry.path).open("wb") as out:
            out.writelines(entry.pieces())


def read_configuration(folder: Path) -> Configuration:
    """What was unpacked there. Raises `Refusal` (422, 404: nothing is there)."""
    try:
        texts = [(folder / name).read_bytes() for name in ("about.json", _PLAN, _OFFICE)]
    except FileNotFoundError as error:
        raise Refusal(404, "还没有上传配置文件，请先选择文件。") from error
    try:
        found = Configuration(
            about=msgspec.json.decode(texts[0], type=About),
            plan=msgspec.json.decode(texts[1], type=CallPlan),
            office=msgspec.json.decode(texts[2], type=Office),
            prompts=folder / _PROMPTS,
        )
    except msgspec.DecodeError as error:
        raise Refusal(422, _NEWER) from error
    for path in prompt_files(found.prompts):
        if path.name != NAMES and not _sounds(path):
            raise Refusal(422, f"配置里的提示音 {path.stem} 不能播放，请重新导出配置。")
    return found


def _is_prompt(entry: Entry) -> bool:
    folder, _, name = entry.path.partition("/")
    return folder == _PROMPTS and _is_prompt_file(name)


def _is_prompt_file(name: str) -> bool:
    return name == NAMES or (name.endswith(".wav") and is_prompt_id(name.removesuffix(".wav")))


def _sounds(path: Path) -> bool:
    with suppress(OSError, EOFError, wave.Error), wave.open(str(path), "rb") as sound:
        return (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
    return False
