"""Short messages of a module: lists what it keeps, deletes what is safe, sends parts one after the other. Pure.

How: whatever tells of a message only makes both stores be listed anew (`+CMGL=4`, TS 27.005 §4.1), so a notice that is
    lost or wrong loses nothing; a place that was told and not yet forgotten is not told twice.
Limits: while a part is on its way (a few seconds) no other command gets through.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from drivers.cellular.at import fields_of, number_of
from drivers.cellular.dialogue import Answer, Dialogue
from drivers.smsmodule import PartsRefused, PartsTaken, PduArrived, PduToSend, SmsEvent

_STORES = ("SM", "ME")
_RECEIVED = (0, 1)
"""Unread and read; the others are drafts and what was sent."""
_SWEEP_EVERY_S = 20.0
_SEND_S = 60.0
"""A network may take so long (TS 27.005 names no limit; modules give up after 40–60 s themselves)."""
_FOR_GOOD = frozenset({1, 8, 10, 21, 28, 29, 30, 38, 50, 69, 304, 305})
"""Errors that another attempt does not mend (TS 24.011 §E.2, TS 27.005 §3.2.5): number, text or SIM is not right."""
_LOST = "发送时短信模块断开了"
_REASONS = {
    1: "这个号码不存在",
    8: "运营商禁止本卡发短信",
    10: "本卡没有开通短信",
    21: "网络拒收这条短信",
    28: "用户不存在",
    29: "本卡没有登记",
    30: "网络不认识本卡",
    38: "网络故障",
    41: "网络暂时故障",
    42: "网络拥塞",
    50: "本卡没有开通短信",
    310: "没有 SIM 卡",
    322: "存储已满",
    330: "短信中心号码没有设置",
    331: "没有网络",
    332: "网络没有回应",
}


@dataclass(slots=True)
class _Sending:
    ticket: str
    pdus: tuple[PduToSend, ...]
    references: list[int] = field(default_factory=list)


class ModuleSms:
    """`tell` is told what happens."""

    def __init__(self, dialogue: Dialogue, tell: Callable[[SmsEvent], None]) -> None:
        self._dialogue = dialogue
        self._tell = tell
        self._told: dict[str, str] = {}
        """Places told and not deleted yet, with the PDU that is there."""
        self._safe: set[str] = set()
        self._sendings: deque[_Sending] = deque()
        self._current: _Sending | None = None
        self._ready = False
        self._sweep_due_s = 0.0
        self._sweeping = False
        self._first_sweep = True
        self._store = ""
        self.kept = self.room = 0

    def ready(self) -> None:
        """The module takes commands about messages."""
        self._ready, self._sweep_due_s, self._sweeping, self._store = True, 0.0, False, ""

    def lost(self) -> None:
        """The module is away; a part that was handed over may have gone out."""
        self._ready = False
        current, self._current = self._current, None
        if current is not None:
            uncertain = bool(current.references) or self._dialogue.pdu_is_out
            self._tell(PartsRefused(current.ticket, _LOST, again=not uncertain, uncertain=uncertain))
        while self._sendings:
            self._tell(PartsRefused(self._sendings.popleft().ticket, _LOST, again=True, uncertain=False))

    def submit(self, ticket: str, pdus: Sequence[PduToSend]) -> None:
        """Send when it is its turn."""
        self._sendings.append(_Sending(ticket, tuple(pdus)))

    def forget(self, place: str) -> None:
        """Delete what is kept there."""
        if place in self._told:
            self._safe.add(place)
            self._delete(place)

    def unasked(self, line: str, pdu: str) -> bool:
        """Take a line; False when it is not about messages."""
        if line.startswith(("+CMTI:", "+CDSI:")):
            self._sweep_due_s = 0.0
        elif line.startswith(("+CMT:", "+CDS:")):
            self._tell(PduArrived("", pdu))
        else:
            return line.startswith("+CBM:")
        return True

    def tick(self, now_s: float, *, calm: bool) -> None:
        """Go on. `calm`: no call is being set up, so a part may occupy the module."""
        if not self._ready:
            return
        if now_s >= self._sweep_due_s and not self._sweeping and not self._dialogue.busy:
            self._sweep_due_s = now_s + _SWEEP_EVERY_S
            self._sweeping = True
            self._list(0)
        if calm and self._current is None and self._sendings and not self._dialogue.busy:
            self._current = self._sendings.popleft()
            self._send_next()

    def _list(self, at: int) -> None:
        store, selected_well = _STORES[at], False

        def selected(answer: Answer) -> None:
            nonlocal selected_well
            selected_well = answer.ok
            if answer.ok:
                self._note_room(store, answer)

        def listed(answer: Answer) -> None:
            if selected_well:  # else it is a store that the module has not
                self._take_list(store, answer)
                self._delete_left(store)
            if at + 1 < len(_STORES):
                self._list(at + 1)
            else:
                self._sweeping = self._first_sweep = False

        self._select(store, selected)
        self._dialogue.ask("+CMGL=4", listed, timeout_s=15.0)

    def _select(self, store: str, then: Callable[[Answer], None]) -> None:
        """What is asked next is about this store."""
        self._store = store
        self._dialogue.ask(f'+CPMS="{store}","{store}","{store}"', then)

    def _note_room(self, store: str, answer: Answer) -> None:
        for line in answer.lines:
            fields = fields_of(line)
            used, total = (number_of(each) for each in (*fields[:2], "", "")[:2])
            if used is not None and total is not None and store == _STORES[0]:
                self.kept, self.room = used, total

    def _take_list(self, store: str, answer: Answer) -> None:
        """Pairs of a header with the place and a PDU; anything else between them is passed over."""
        place = ""
        there: set[str] = set()
        for line in answer.lines:
            if line.startswith("+CMGL:"):
                index, state = (number_of(each) for each in (*fields_of(line), "")[:2])
                place = "" if index is None or state not in _RECEIVED else f"{store}:{index}"
            elif place:
                there.add(place)
                if self._told.get(place) != line:
                    self._told[place] = line
                    self._safe.discard(place)
                    self._tell(PduArrived(place, line, found=self._first_sweep))
                place = ""
        if answer.ok:
            for gone in [each for each in self._told if each.startswith(f"{store}:") and each not in there]:
                self._told.pop(gone)
                self._safe.discard(gone)

    def _delete_left(self, store: str) -> None:
        """What could not be deleted before."""
        for place in sorted(self._safe):
            if place.startswith(f"{store}:"):
                self._delete(place)

    def _delete(self, place: str) -> None:
        store, _, index = place.partition(":")
        pdu = self._told[place]

        def deleted(answer: Answer) -> None:
            if answer.ok and self._told.get(place) == pdu:
                self._told.pop(place)
                self._safe.discard(place)
                self.kept -= store == _STORES[0]

        if store != self._store:
            self._select(store, lambda _answer: None)
        self._dialogue.ask(f"+CMGD={index}", deleted)

    def _send_next(self) -> None:
        sending = self._current
        assert sending is not None
        if len(sending.references) == len(sending.pdus):
            self._current = None
            self._tell(PartsTaken(sending.ticket, tuple(sending.references)))
            return
        pdu = sending.pdus[len(sending.references)]
        self._dialogue.ask(f"+CMGS={pdu.octets}", self._sent, timeout_s=_SEND_S, pdu=pdu.hex_text)

    def _sent(self, answer: Answer) -> None:
        sending = self._current
        if sending is None:
            return
        told = next((line for line in answer.lines if line.startswith("+CMGS:")), "")
        reference = number_of(fields_of(told)[0]) if told else None
        if answer.ok:
            sending.references.append(reference or 0)
            self._send_next()
            return
        self._current = None
        code = number_of(fields_of(answer.result)[0]) if ":" in answer.result else None
        begun = bool(sending.references) or answer.silent
        self._tell(
            PartsRefused(
                sending.ticket,
                "模块没有回应" if answer.silent else _REASONS.get(code or 0, f"网络不接受（{answer.result}）"),
                again=not begun and code not in _FOR_GOOD,
                uncertain=begun,
            )
        )
