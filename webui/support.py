"""The page 远程支持: the administrator's leave for the vendor, what happens under it, and the support bundle.

The web lets nobody in itself: it writes the leave (`appliance/support/grant.py`) and takes it away; the gate, which has
other rights, does the rest and writes down what happened, which is entered here into the operation log, each line once.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import sys
import zipfile
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec

from appliance.settings import Settings
from appliance.store.audit import add_audit_entry
from appliance.store.connection import Connection
from appliance.store.database import Database
from appliance.store.errors import StoreError
from appliance.store.settings import get_setting, set_setting
from appliance.support.casefile import PartSize, sizes_in, text_in
from appliance.support.grant import Grant, GrantFile, Reach, Relay, boot_id, since_start_s
from appliance.support.happenings import Happening, HappeningKind, happenings_after
from appliance.support.sessionlog import RecordedSession, list_sessions
from appliance.support.supportplaces import serial_of, support_places
from appliance.support.tunnel import TunnelState
from webui.errors import Refusal
from webui.supportwords import happened

log = logging.getLogger(__name__)

ACTION = "sys.remote"
_LOOK_EVERY_S = 1.0
_RELAY, _POSITION = "support.relay", "support.happenings"
_MOST_PREVIEW = 200_000
_BUNDLE_PATIENCE_S = 180.0


class SupportOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    hours: Annotated[int, msgspec.Meta(ge=1, le=72)]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    reach: Reach


class BundleView(msgspec.Struct, frozen=True, kw_only=True):
    making: bool
    made_at: str
    """Empty: there is none."""
    text: str
    """Why it could not be made; empty: it could."""
    parts: tuple[PartSize, ...]


class SupportView(msgspec.Struct, frozen=True, kw_only=True):
    services: bool
    """Whether the units of remote support carry the leave; otherwise somebody has to do it by hand."""
    certified: bool
    """Whether the vendor's key is there, without which nobody can be let in."""
    serial: str
    relay: Relay | None
    host_key: str
    tunnel_key: str
    """Public keys of this box, empty until they are made."""
    grant: Grant | None
    """What holds now."""
    left_s: float
    tunnel: TunnelState | None
    sessions: tuple[RecordedSession, ...]
    """The newest first."""
    bundle: BundleView


class Support:
    """Made once; `start` and `stop` belong to the web's life."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._places = support_places(settings)
        self._grants = GrantFile(self._places.grants)
        self.bundle_file = settings.data / "support" / "bundle.zip"
        self._task: asyncio.Task[None] | None = None
        self._making: asyncio.Task[None] | None = None
        self._trouble = ""

    @property
    def sessions_folder(self) -> Path:
        return self._places.sessions

    def start(self) -> asyncio.Task[None]:
        """Enter what happens into the operation log. The task ends only when it breaks."""
        self._task = asyncio.create_task(self._look_after(), name="support")
        return self._task

    async def stop(self) -> None:
        tasks = [task for task in (self._task, self._making) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def view(self) -> SupportView:
        relay = await self._relay()
        return await asyncio.to_thread(self._view, relay)

    async def set_relay(self, relay: Relay) -> None:
        """For the next time it is opened."""
        await self._database.write(set_setting, _RELAY, msgspec.json.encode(relay).decode())

    async def open(self, order: SupportOrder, by: str) -> Grant:
        """Let the vendor in for some hours. Raises `Refusal` (409, 422)."""
        relay = await self._relay()
        if relay is None:
            raise Refusal(409, "还没有设置厂家的中继服务器，请先填写。")
        if not order.reason.strip():
            raise Refusal(422, "请写明开放远程支持的原因。", "reason")
        return await asyncio.to_thread(self._open, order, by, relay)

    async def close(self) -> Grant | None:
        """Nobody gets in any more; running sessions end at once. Returns what was open."""
        grant = self._grants.valid()
        await asyncio.to_thread(self._grants.remove)
        return grant

    def make_bundle(self) -> None:
        """Begin. Raises `Refusal` (409)."""
        if self._making is not None and not self._making.done():
            raise Refusal(409, "正在生成支持包，请稍候。")
        self._making = asyncio.create_task(self._make_bundle(), name="support-bundle")

    def preview(self, name: str) -> str:
        """Blocking: the beginning of one text of the bundle. Raises `Refusal` (404)."""
        try:
            return text_in(self.bundle_file, name)[:_MOST_PREVIEW]
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise Refusal(404, "支持包里没有这个文件，请重新生成。") from error

    async def _relay(self) -> Relay | None:
        text = await self._database.read(get_setting, _RELAY)
        with suppress(msgspec.DecodeError):
            return msgspec.json.decode(text, type=Relay)
        return None

    def _view(self, relay: Relay | None) -> SupportView:
        grant = self._grants.valid()
        return SupportView(
            services=self._settings.support.services,
            certified=self._places.vendor_ca.exists(),
            serial=serial_of(self._settings),
            relay=relay,
            host_key=_text_of(self._places.state / "host_key.pub"),
            tunnel_key=_text_of(self._places.state / "tunnel_key.pub"),
            grant=grant,
            left_s=grant.left_s if grant else 0.0,
            tunnel=self._tunnel() if grant else None,
            sessions=tuple(list_sessions(self._places.sessions)),
            bundle=self._bundle(),
        )

    def _tunnel(self) -> TunnelState | None:
        with suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode(self._places.tunnel_note.read_bytes(), type=TunnelState)
        return None

    def _open(self, order: SupportOrder, by: str, relay: Relay) -> Grant:
        if self._grants.valid() is not None:
            raise Refusal(409, "远程支持已经开放，请先关闭。")
        if not self._places.vendor_ca.exists():
            raise Refusal(409, f"本机没有厂家的证书公钥 {self._places.vendor_ca}，不能开放远程支持。")
        now = datetime.now().astimezone()
        hours = timedelta(hours=order.hours)
        grant = Grant(
            id=secrets.token_hex(4),
            boot_id=boot_id(),
            until_s=since_start_s() + hours.total_seconds(),
            opened_at=now.isoformat(timespec="seconds"),
            until=(now + hours).isoformat(timespec="seconds"),
            opened_by=by,
            reason=order.reason.strip(),
            reach=order.reach,
            relay=relay,
        )
        self._grants.write(grant)
        return grant

    def _bundle(self) -> BundleView:
        making = self._making is not None and not self._making.done()
        made_at, parts = "", tuple[PartSize, ...]()
        with suppress(OSError, zipfile.BadZipFile):
            parts = sizes_in(self.bundle_file)
            made = datetime.fromtimestamp(self.bundle_file.stat().st_mtime).astimezone()
            made_at = made.isoformat(timespec="seconds")
        return BundleView(making=making, made_at=made_at, text=self._trouble, parts=parts)

    async def _make_bundle(self) -> None:
        self._trouble = ""
        await asyncio.to_thread(self.bundle_file.parent.mkdir, parents=True, exist_ok=True)
        words = ["nice", "-n", "10", sys.executable, "-m", "appliance.cli.main", "support", "bundle", "--given"]
        process = await asyncio.create_subprocess_exec(
            *words, str(self.bundle_file), stdin=PIPE, stdout=DEVNULL, stderr=PIPE
        )
        try:
            async with asyncio.timeout(_BUNDLE_PATIENCE_S):
                _, errors = await process.communicate(msgspec.json.encode(self._settings))
        except (TimeoutError, asyncio.CancelledError):
            process.kill()
            await process.wait()
            self._trouble = "支持包没有在规定时间内完成，请重试。"
            return
        if process.returncode != 0:
            log.error("the support bundle could not be made: %s", errors.decode("utf-8", "replace"))
            self._trouble = "支持包没有生成，请重试；仍不成功请查看系统日志。"

    async def _look_after(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self._drop_what_is_over)
                position = int(await self._database.read(get_setting, _POSITION, "0"))
                found, reached = await asyncio.to_thread(happenings_after, self._places.happenings, position)
                if found:
                    await self._database.write(_enter, found, reached)
            except (OSError, StoreError):
                log.exception("looking after remote support; trying again in a moment")
            await asyncio.sleep(_LOOK_EVERY_S)

    def _drop_what_is_over(self) -> None:
        grant = self._grants.read()
        if grant is not None and grant.left_s <= 0:
            self._grants.remove()


def _enter(db: Connection, found: list[Happening], position: int) -> None:
    for each in found:
        add_audit_entry(
            db,
            at=datetime.fromisoformat(each.at),
            user_id=None,
            user_name="厂家远程支持",
            action=ACTION,
            subject="support",
            subject_id="" if each.kind is HappeningKind.REFUSED else each.subject,
            after=happened(each),
        )
    set_setting(db, _POSITION, str(position))


def _text_of(path: Path) -> str:
    with suppress(OSError):
        return path.read_text(encoding="ascii").strip()
    return ""
