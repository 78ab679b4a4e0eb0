"""Virtual phones: relays commands and opaque PCM between browsers and the engine's simulated card.

Binary frames both ways: one byte length of the phone's name, the name (ASCII), then 16-bit little-endian PCM at 8 kHz.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

import msgspec

from appliance.wire.client import EngineDown
from appliance.wire.messages import AnyEvent, PhoneChanged, PhoneHeard, Refused, Snapshot
from appliance.wire.virtualphone import (
    ListenPhone,
    PhoneAudio,
    PhoneCall,
    PhoneFlash,
    PhoneHook,
    PhoneKey,
    SetLineFault,
)
from webui.engine_link import EngineLink
from webui.errors import Refusal
from webui.outbox import Outbox

log = logging.getLogger(__name__)

PhoneCommand = PhoneHook | PhoneCall | PhoneKey | PhoneFlash | ListenPhone | SetLineFault


class EngineDownNotice(msgspec.Struct, frozen=True, tag_field="type", tag="EngineDown"):
    """Tells a browser that the engine is out of reach; a `Snapshot` (or `PhoneChanged`) says when it is back."""


class PhoneBrowser(Protocol):
    """A browser at `/phones`."""

    outbox: Outbox
    listening: set[str]


def pack_audio(phone: str, pcm: bytes) -> bytes:
    """A binary frame for the browser."""
    name = phone.encode("ascii")
    return bytes([len(name)]) + name + pcm


def unpack_audio(frame: bytes) -> tuple[str, bytes]:
    """Phone and PCM of a binary frame. Raises `Refusal` when it is none."""
    length = frame[0] if frame else 0
    name, pcm = frame[1 : 1 + length], frame[1 + length :]
    if not 0 < len(name) == length or not name.isascii() or len(pcm) % 2:
        raise Refusal(400, "虚拟话机的声音数据格式不对，请刷新页面。")
    return name.decode("ascii"), pcm


class PhoneRelay:
    """One for all browsers; asks the engine for a phone's sound as long as at least one browser listens."""

    def __init__(self, link: EngineLink) -> None:
        self._link = link
        self._browsers: set[PhoneBrowser] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def join(self, browser: PhoneBrowser) -> None:
        """Begin with the state of every phone."""
        self._browsers.add(browser)
        self._show_all(browser)

    def leave(self, browser: PhoneBrowser) -> None:
        self._browsers.discard(browser)
        for phone in browser.listening:
            self._stop_if_unheard(phone)

    async def carry_out(self, command: PhoneCommand, browser: PhoneBrowser) -> None:
        """Raises `Refusal` and `EngineDown`."""
        if not isinstance(command, ListenPhone):
            await self._link.command(command)
        elif command.on:
            await self._link.command(command)
            browser.listening.add(command.phone)
        else:
            browser.listening.discard(command.phone)
            self._stop_if_unheard(command.phone)

    def speak(self, frame: bytes) -> None:
        """Microphone of a browser. Raises `Refusal` and `EngineDown`."""
        phone, pcm = unpack_audio(frame)
        self._link.send(PhoneAudio(phone=phone, pcm=pcm))

    def engine_event(self, event: AnyEvent) -> None:
        match event:
            case PhoneHeard(phone=phone, pcm=pcm):
                frame = pack_audio(phone, pcm)
                for browser in self._browsers:
                    if phone in browser.listening:
                        browser.outbox.put_audio(frame)
            case PhoneChanged():
                self._tell(event)
            case Snapshot():
                for phone in sorted({phone for browser in self._browsers for phone in browser.listening}):
                    self._later(ListenPhone(phone=phone, on=True))
                for browser in self._browsers:
                    self._show_all(browser)
            case _:
                pass

    def engine_lost(self) -> None:
        self._tell(EngineDownNotice())

    def _show_all(self, browser: PhoneBrowser) -> None:
        snapshot = self._link.mirror.snapshot()
        if snapshot is None:
            browser.outbox.put(msgspec.json.encode(EngineDownNotice()).decode())
            return
        for phone in snapshot.phones:
            browser.outbox.put(msgspec.json.encode(PhoneChanged(phone=phone)).decode())

    def _tell(self, message: PhoneChanged | EngineDownNotice) -> None:
        text = msgspec.json.encode(message).decode()
        for browser in list(self._browsers):
            browser.outbox.put(text)

    def _stop_if_unheard(self, phone: str) -> None:
        if not any(phone in browser.listening for browser in self._browsers):
            self._later(ListenPhone(phone=phone, on=False))

    def _later(self, command: ListenPhone) -> None:
        task = asyncio.create_task(self._listen(command))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen(self, command: ListenPhone) -> None:
        try:
            await self._link.command(command)
        except (EngineDown, Refusal) as error:
            log.info("phone %s: %s", command.phone, error)


def refusal_text(text: str) -> str:
    """The JSON message that tells a browser why its command was not carried out."""
    return msgspec.json.encode(Refused(seq=0, text=text)).decode()
