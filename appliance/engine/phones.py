"""Virtual phones: the browser's hand on the telephones of the simulated card.

Stations are the card's phones by their number (`801`), outside telephones are `out-1`…. Everything that touches the
card is posted into the tick thread; what a phone hears is collected here every 40 ms for whoever listens.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np

from appliance.callplan import CallPlan
from appliance.wire.messages import AnyEvent, PhoneChanged, PhoneHeard
from appliance.wire.virtualphone import PhoneView
from drivers.base import PortId
from drivers.sim.caller import CallerState, OutsideCaller
from drivers.sim.card import SimCard
from drivers.sim.phone import Phone
from drivers.sim.profile import Fault

COLLECT_S = 0.04
MAX_PUSH_SAMPLES = 8000
"""One second of microphone at once is more than a phone call needs."""


class PhoneError(Exception):
    """Refused; the text is a Chinese sentence for the person at the virtual phone."""


class VirtualPhones:
    """All phones of a simulated card under their browser names."""

    def __init__(
        self, card: SimCard, outside: int, publish: Callable[[AnyEvent], None], listened: Callable[[str], bool]
    ) -> None:
        self._card = card
        self._publish = publish
        self._listened = listened
        self._parties: dict[str, Phone | OutsideCaller] = {}
        for number in range(1, outside + 1):
            self._parties[f"out-{number}"] = card.exchange.add_phone(f"外部话机 {number}", f"1390562000{number}")
        self._outside = dict(self._parties)
        self._seen: dict[str, PhoneView] = {}
        self._live: set[str] = set()

    def load(self, plan: CallPlan) -> None:
        """Give the card's phones the station numbers of the plan."""
        by_port = {phone.port: phone for phone in self._card.phones}
        stations = {str(each.id): by_port[each.port] for each in plan.stations if each.port in by_port}
        self._parties = {**self._outside, **stations}

    def hook(self, phone: str, *, off_hook: bool) -> None:
        """Lift or put down; an outside phone that rings is answered."""
        party = self._party(phone)
        if isinstance(party, Phone):
            self._card.post(party.lift if off_hook else party.hang_up)
        elif off_hook:
            self._card.post(party.answer)
        else:
            self._card.post(party.hang_up)

    def call(self, phone: str, number: str, line: PortId | None) -> None:
        """An outside phone calls the hotline."""
        party = self._party(phone)
        if not isinstance(party, OutsideCaller):
            raise PhoneError("座席话机请直接摘机拨号；只有外部话机可以呼叫热线。")
        if party.off_hook:
            raise PhoneError("这部外部话机已经摘机，请先挂机再呼叫。")
        self._card.post(lambda: None if party.off_hook else _ignore(party.call(number, line)))

    def press(self, phone: str, digit: str) -> None:
        key, party = known_key(digit), self._party(phone)
        self._card.post(lambda: party.press(key))

    def flash(self, phone: str) -> None:
        party = self._party(phone)
        if not isinstance(party, Phone):
            raise PhoneError("外部话机没有拍叉簧功能。")
        self._card.post(party.flash)

    def push(self, phone: str, pcm: bytes) -> None:
        """Microphone audio; what cannot be used is dropped: late audio is worthless."""
        party = self._parties.get(phone)
        if party is not None and pcm and len(pcm) % 2 == 0 and len(pcm) <= 2 * MAX_PUSH_SAMPLES:
            party.push_audio(np.frombuffer(pcm, np.dtype("<i2")).astype(np.int16))

    def set_fault(self, port: PortId, fault: str, *, on: bool) -> None:
        try:
            kind = Fault(fault)
        except ValueError:
            raise PhoneError(f"没有名为 {fault} 的故障，应为 {'、'.join(Fault)} 之一。") from None
        self._card.post(lambda: self._card.set_fault(port, kind, on))

    def require(self, phone: str) -> None:
        """Raises `PhoneError` when there is no such phone."""
        self._party(phone)

    def views(self) -> tuple[PhoneView, ...]:
        return tuple(self._view(name, party) for name, party in self._parties.items())

    async def run(self) -> None:
        """Report changes and hearing for ever."""
        while True:
            await asyncio.sleep(COLLECT_S)
            for name, party in self._parties.items():
                self._report(name, party)
                self._relay(name, party)

    def _report(self, name: str, party: Phone | OutsideCaller) -> None:
        view = self._view(name, party)
        if self._seen.get(name) != view:
            self._seen[name] = view
            self._publish(PhoneChanged(phone=view))

    def _relay(self, name: str, party: Phone | OutsideCaller) -> None:
        wanted = self._listened(name)
        if wanted is not (name in self._live):
            party.listen_live(wanted)
            (self._live.add if wanted else self._live.discard)(name)
        heard = []
        while wanted and (frame := party.pull_audio()) is not None:
            heard.append(frame)
        if heard:
            self._publish(PhoneHeard(phone=name, pcm=np.concatenate(heard).astype("<i2").tobytes()))

    def _party(self, phone: str) -> Phone | OutsideCaller:
        party = self._parties.get(phone)
        if party is None:
            raise PhoneError(f"没有名为 {phone} 的虚拟话机。")
        return party

    def _view(self, name: str, party: Phone | OutsideCaller) -> PhoneView:
        if isinstance(party, Phone):
            return PhoneView(
                phone=name,
                label=f"分机 {name}",
                outside=False,
                off_hook=party.off_hook,
                ringing=party.ringing is not None,
                status="talking" if party.off_hook else "idle",
                display=_display(party),
                lamp=party.message_lamp,
            )
        return PhoneView(
            phone=name,
            label=party.label,
            outside=True,
            off_hook=party.off_hook,
            ringing=party.state is CallerState.RINGING,
            status=party.state.value,
        )


def known_key(digit: str) -> str:
    """A key that phones have. Raises `PhoneError` for another."""
    if len(digit) != 1 or digit not in "0123456789*#ABCD":
        raise PhoneError(f"按键 {digit!r} 不存在，应为 0-9、* 或 #。")
    return digit


def _display(phone: Phone) -> str:
    """What the set shows of who calls."""
    ringing = phone.ringing
    shown = ringing.shown if ringing is not None else None
    return f"{shown.number} {shown.name}".strip() if shown is not None else ""


def _ignore(_value: object) -> None:
    return None
