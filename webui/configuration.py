"""Settings from one box to another: a file of them, what it would change here, and putting chosen pieces in force."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import shutil
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from appliance.callplan import CallPlan
from appliance.ivr.graph import FlowGraph
from appliance.ivr.prompts import promptbook
from appliance.settings import Settings
from appliance.store.connection import Connection
from appliance.store.customer_form import get_form, set_form
from appliance.store.database import Database
from appliance.store.flows import Author
from appliance.store.reasons import reason_tree, set_reason_tree
from appliance.store.roles import list_roles, save_role
from appliance.telephony.ids import PromptId
from appliance.wire.client import EngineDown
from appliance.wire.messages import ReloadCallPlan
from webui.alarms.alarms import Alarms
from webui.alarms.rules import MonitorRules
from webui.configurationdiff import (
    ALARMS,
    FLOWS,
    FORM,
    PROMPTS,
    REASONS,
    ROLES,
    Piece,
    Present,
    changed_flows,
    merged_reasons,
    pieces,
    with_flows,
    with_pins,
)
from webui.configurationfile import (
    NAMES,
    Configuration,
    Office,
    prompt_files,
    read_configuration,
    unpack_configuration,
    write_configuration,
)
from webui.engine_link import EngineLink
from webui.errors import Refusal
from webui.flows import Flows
from webui.planfile import NO_PLAN, PlanFile
from webui.planparts import PARTS
from webui.prompts import PromptName

_REASON = "导入配置"


class ConfigurationView(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was uploaded, and what it would change."""

    made_at: str
    bureau: str
    version: str
    pieces: tuple[Piece, ...]
    """Empty: all is the same already."""


class Configurations:
    """An uploaded file waits in the folder of backups until somebody says what of it is wanted."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        plan: PlanFile,
        flows: Flows,
        alarms: Alarms,
        link: EngineLink,
        version: str,
    ) -> None:
        self._folder = settings.data / "backup" / "configuration"
        self._prompts = settings.prompts_dir
        self._database = database
        self._plan = plan
        self._flows = flows
        self._alarms = alarms
        self._link = link
        self._version = version
        self._lock = asyncio.Lock()

    async def export(self) -> Path:
        """A new file, which the caller removes. Raises `Refusal` (503) without a plan."""
        here = await self._here()
        return await asyncio.to_thread(self._write, here)

    def new_path(self) -> Path:
        """Blocking: where an uploaded or exported file may lie for a while."""
        self._folder.parent.mkdir(mode=0o770, exist_ok=True)
        return self._folder.with_name(f".configuration-{secrets.token_hex(6)}")

    async def take(self, source: Path) -> ConfigurationView:
        """An uploaded file: what it would change. Raises `Refusal` (422)."""
        async with self._lock:
            await asyncio.to_thread(unpack_configuration, source, self._folder)
            return await self._view()

    async def view(self) -> ConfigurationView:
        """Raises `Refusal` (404) when none was uploaded."""
        async with self._lock:
            return await self._view()

    async def discard(self) -> None:
        async with self._lock:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def put_in_force(self, chosen: Collection[str], author: Author) -> None:
        """Change the chosen pieces and nothing else.

        Raises `Refusal` (404, 409, 422) with what does not fit: all but new prompts is then as it was.
        """
        async with self._lock:
            file = await asyncio.to_thread(read_configuration, self._folder)
            here = await self._here()
            with suppress(_FitsError):
                await self._database.write(_try_office, file.office, frozenset(chosen))
            if PROMPTS in chosen:
                await asyncio.to_thread(self._take_prompts, file.prompts)
            await self._change_plan(here.plan, file.plan, chosen, author)
            await self._database.write(_change_office, file.office, frozenset(chosen))
            if ALARMS in chosen:
                await self._alarms.set_rules(file.office.monitor)
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _change_plan(self, here: CallPlan, file: CallPlan, chosen: Collection[str], author: Author) -> None:
        graphs: tuple[FlowGraph, ...] = ()
        if FLOWS in chosen:
            graphs = await self._flows.numbered(changed_flows(here, file))
        fields = [name for part in PARTS.values() if part.name in chosen for name in part.fields]

        def edit(present: CallPlan) -> CallPlan:
            given = with_pins(file, present)
            changed = msgspec.structs.replace(present, **{name: getattr(given, name) for name in fields})
            return with_flows(changed, graphs)

        before, after = await self._plan.change(edit)
        if graphs:
            await self._flows.remember(graphs, _REASON, author)
        if before is after and PROMPTS in chosen:
            try:
                await self._link.command(ReloadCallPlan())
            except EngineDown:
                return  # it reads prompts when it starts

    async def _view(self) -> ConfigurationView:
        file = await asyncio.to_thread(read_configuration, self._folder)
        here = await self._here()
        there = await asyncio.to_thread(_settings_of, file)
        return ConfigurationView(
            made_at=file.about.made_at,
            bureau=file.about.bureau,
            version=file.about.version,
            pieces=await asyncio.to_thread(pieces, here, there),
        )

    async def _here(self) -> Present:
        plan = await self._plan.read()
        if plan is None:
            raise Refusal(503, NO_PLAN)
        office = await self._database.read(_office)
        whole = msgspec.structs.replace(office, monitor=self._alarms.rules)
        return Present(plan=plan, office=whole, prompts=await asyncio.to_thread(_prompts_in, self._prompts))

    def _write(self, here: Present) -> Path:
        path = self.new_path()
        try:
            with path.open("wb") as out:
                now = datetime.now().astimezone()
                write_configuration(out, here.plan, here.office, self._prompts, self._version, now)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path

    def _take_prompts(self, folder: Path) -> None:
        """Own prompts that the file does not have stay."""
        self._prompts.mkdir(parents=True, exist_ok=True)
        for path in prompt_files(folder):
            beside = self._prompts / f".{path.name}.new"
            if path.name == NAMES:
                beside.write_bytes(msgspec.json.encode(_names(self._prompts) | _names(folder)))
            else:
                shutil.copyfile(path, beside)
            beside.replace(self._prompts / path.name)


def _office(db: Connection) -> Office:
    """Without the alarm rules, which `Alarms` holds."""
    return Office(roles=tuple(list_roles(db)), reasons=reason_tree(db), form=get_form(db), monitor=MonitorRules())


def _change_office(db: Connection, office: Office, chosen: frozenset[str]) -> None:
    """All of it or nothing. Raises `InvalidError`."""
    if ROLES in chosen:
        for role in office.roles:
            save_role(db, role.id, role.label, role.permissions)
    if REASONS in chosen:
        set_reason_tree(db, merged_reasons(reason_tree(db), office.reasons))
    if FORM in chosen:
        set_form(db, office.form)


class _FitsError(Exception):
    """Undoes what was only tried."""


def _try_office(db: Connection, office: Office, chosen: frozenset[str]) -> None:
    """Before anything else is changed. Raises `InvalidError`, else `_FitsError`."""
    _change_office(db, office, chosen)
    raise _FitsError


def _settings_of(file: Configuration) -> Present:
    return Present(plan=file.plan, office=file.office, prompts=_prompts_in(file.prompts))


def _prompts_in(folder: Path) -> dict[str, tuple[str, str]]:
    book = {prompt.id: prompt.label for prompt in promptbook()}
    names = _names(folder)
    found = {}
    for path in prompt_files(folder):
        if path.name != NAMES:
            prompt = PromptId(path.stem)
            label = book.get(prompt) or (names[prompt].label if prompt in names else prompt)
            found[path.stem] = (label, hashlib.sha256(path.read_bytes()).hexdigest())
    return found


def _names(folder: Path) -> dict[PromptId, PromptName]:
    try:
        return msgspec.json.decode((folder / NAMES).read_bytes(), type=dict[PromptId, PromptName])
    except (OSError, msgspec.DecodeError):
        return {}
