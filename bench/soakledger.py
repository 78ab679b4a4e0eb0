"""Holds every record of the soak against the people's own knowledge of the call, and its recording to its length."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from appliance.telephony.call import CallResult, Direction, StepKind
from appliance.telephony.ids import CallId
from appliance.wire.facts import CallRecord
from bench.soakbooks import Visit, dialled_results, visit_results
from bench.soakpeople import Office
from bench.soakplan import TECHNICIAN
from drivers.base import FRAME_S, PortId
from drivers.sim.placed import CallDirection
from drivers.wavefile import WavError, read_wav

_NEAR_FRAMES = 2
_KEEP_FRAMES = 1500
"""A call whose record is not there 30 s after it was over has none."""
_ORDER_KEPT = 200
_OF_BROKEN_LINES = {CallResult.LINE_FAULT, CallResult.HUNG_UP_BEFORE_ANSWER, CallResult.HUNG_UP_IN_FLOW}
"""The last: ringing voltage came in the moment in which the line was seized; dial tone ends it."""


@dataclass
class Ledger:
    """`take` every record as it comes, `judge` now and then; `faults` are sentences."""

    office: Office
    start: datetime
    data: Path
    faults: list[str] = field(default_factory=list)
    records: int = 0
    results: Counter[CallResult] = field(default_factory=Counter)
    exact: int = 0
    """Records for which one result alone was right."""
    ambiguous: int = 0
    recordings: int = 0
    of_broken_lines: int = 0
    internal: int = 0
    order_looked_at: int = 0
    _pending: list[CallRecord] = field(default_factory=list)
    _looked_until: int = 0
    _seen: set[CallId] = field(default_factory=set)
    _matched: Counter[str] = field(default_factory=Counter)
    _over_since: dict[str, int] = field(default_factory=dict)
    _lines_of_queues: dict[str, deque[tuple[float, float, str]]] = field(default_factory=lambda: defaultdict(deque))

    def take(self, record: CallRecord) -> None:
        """A call is over for the box."""
        self.records += 1
        self.results[record.result] += 1
        if record.call_id in self._seen:
            self.faults.append(f"call {record.call_id} has two records")
        self._seen.add(record.call_id)
        self._pending.append(record)
        self._look_at_files(record)
        self._look_at_order(record)

    def judge(self, *, last: bool = False) -> None:
        """Hold what can be judged by now to what people know; `last`: nothing more will come."""
        self._pending = [record for record in self._pending if not self._judged(record, last=last)]
        self._look_at_exchange()
        self._forget(last=last)

    def _look_at_exchange(self) -> None:
        """What arrived there as a number is what somebody dialled, but for digits lost on a faulty line."""
        known = {TECHNICIAN, *self.office.dialled}
        faulty = any(out.unplugged or out.overheard for out in self.office.dialled.values())
        for placed in self.office.card.exchange.placed_calls:
            new = placed.direction is CallDirection.OUTBOUND and placed.placed_at_frame > self._looked_until
            if new and placed.number not in known and not faulty:
                self.faults.append(f"the exchange has a call to {placed.number} at {placed.placed_at_frame}")
        self._looked_until = self.office.frame

    def _judged(self, record: CallRecord, *, last: bool) -> bool:
        match record.direction:
            case Direction.INTERNAL:
                self.internal += 1
                return True
            case Direction.OUTBOUND:
                return self._judged_outbound(record, last=last)
        visit = self._visit_of(record)
        if visit is None:
            self._judge_stranger(record)
            return True
        if not visit.over and not last:
            return False
        self._matched[visit.number] += 1
        clear = not (visit.unplugged or visit.overheard)
        if visit.key and clear and record.answered_at and visit.lifted_at_frame is not None:
            keyed = "".join(step.digits for step in record.steps if step.kind is StepKind.NODE)
            if visit.key not in keyed:
                self.faults.append(f"{record.call_id}: key {visit.key} was pressed, the box has {keyed!r}")
        self._compare(record, visit_results(visit), visit)
        return True

    def _judged_outbound(self, record: CallRecord, *, last: bool) -> bool:
        out = self.office.dialled.get(record.peer_number)
        if out is None:
            self.faults.append(f"{record.call_id}: nobody dialled {record.peer_number}")
            return True
        if not out.over and not last:
            return False
        self._matched[out.number] += 1
        self._compare(record, dialled_results(out), out)
        return True

    def _compare(self, record: CallRecord, allowed: set[CallResult], known: object) -> None:
        if len(allowed) == 1:
            self.exact += 1
        else:
            self.ambiguous += 1
        if record.result not in allowed:
            right = "/".join(sorted(allowed))
            steps = " ".join(f"{step.at_s:.1f}:{step.kind}{step.station or step.note}" for step in record.steps)
            self.faults.append(f"{record.call_id} is {record.result} and should be {right}: {known} | {steps}")

    def _judge_stranger(self, record: CallRecord) -> None:
        """Rings without a caller: only a broken line makes them."""
        at, line = self._frame_of(record.started_at), record.line
        port = next((each.port for each in self.office.engine.switch.plan.lines if each.id == line), None)
        near = [1 for each, since, until in self._broken() if each == port and since - 50 <= at <= until + _KEEP_FRAMES]
        self.of_broken_lines += 1
        if not near or record.result not in _OF_BROKEN_LINES:
            steps = " ".join(f"{step.at_s:.1f}:{step.kind}" for step in record.steps)
            placed = [each for each in self.office.card.exchange.placed_calls if each.line == port][-3:]
            booked = " ".join(f"{each.number} {each.placed_at_frame}-{each.ended_at_frame}" for each in placed)
            self.faults.append(
                f"{record.call_id}: nobody called on line {line} at {at}: {record.result} {steps}; {booked}"
            )

    def _broken(self) -> Iterator[tuple[str, int, int]]:
        yield from self.office.broken
        for port, fault in self.office.card.faults():
            if fault.value in {"unplugged", "stuck_ring"}:
                yield port, 0, self.office.frame

    def _visit_of(self, record: CallRecord) -> Visit | None:
        at = self._frame_of(record.started_at)
        port = next((each.port for each in self.office.engine.switch.plan.lines if each.id == record.line), None)
        found = None
        for visit in self.office.visits.values():
            placed = visit.placed
            ended = placed.ended_at_frame if placed.ended_at_frame is not None else self.office.frame
            if placed.line == port and placed.placed_at_frame <= at + 1 and at <= ended + _NEAR_FRAMES:
                found = visit  # the last of them: they are in the order in which they were placed
        if found is None or found.unplugged:
            return self._visit_of_broken_line(port, at, self._frame_of(record.ended_at)) or found
        return found

    def _visit_of_broken_line(self, port: PortId | None, since: int, until: int) -> Visit | None:
        """The box heard ringing already before the caller called."""
        here = (each for each in self.office.visits.values() if each.unplugged and each.placed.line == port)
        return next((visit for visit in here if since <= visit.placed.placed_at_frame <= until), None)

    def _forget(self, *, last: bool) -> None:
        """Calls long over: each has its one record."""
        frame = self.office.frame
        for number, visit in list(self.office.visits.items()):
            if visit.over and (last or frame - self._over_since.setdefault(number, frame) > _KEEP_FRAMES):
                self._count(number, visit, may_vary=visit.unplugged, none_is_right=not visit.placed.first_ring_at_frame)
                del self.office.visits[number]
        for number, out in list(self.office.dialled.items()):
            if out.over and (last or frame - self._over_since.setdefault(number, frame) > _KEEP_FRAMES):
                self._count(number, out, may_vary=False, none_is_right=False)
                del self.office.dialled[number]

    def _count(self, number: str, known: object, *, may_vary: bool, none_is_right: bool) -> None:
        there = self._matched.pop(number, 0)
        self._over_since.pop(number, None)
        right = there in ((0, 1, 2, 3, 4) if may_vary else (0, 1) if none_is_right else (1,))
        if not right:
            self.faults.append(f"{number} has {there} records: {known}")

    def _look_at_files(self, record: CallRecord) -> None:
        """The recording is whole and as long as the record says; then it is thrown away."""
        for sound in (record.recording, record.voicemail):
            if sound is None:
                continue
            self.recordings += 1
            path = self.data / sound.path
            try:
                wav = read_wav(path)
            except (WavError, OSError) as error:
                self.faults.append(f"{record.call_id}: {error}")
                continue
            length_s = len(wav.samples) / wav.rate_hz
            if abs(length_s - sound.length_s) > 0.2:
                text = f"{record.call_id}: {sound.path} is {length_s:.1f} s long, the record says {sound.length_s:.1f}"
                self.faults.append(text)
            path.unlink()
        if record.result is CallResult.TALKED and record.recording is None and record.no_recording is None:
            self.faults.append(f"{record.call_id}: talked, no recording and no reason")

    def _look_at_order(self, record: CallRecord) -> None:
        """Who came first had an agent's phone rung first (all calls here are of one priority)."""
        if any(step.kind is StepKind.MOVED for step in record.steps):
            return
        began = self._frame_of(record.started_at) * FRAME_S
        queued = [(step.queue, began + step.at_s) for step in record.steps if step.kind is StepKind.QUEUED]
        queue, came = queued[0] if queued else ("", 0.0)
        offered = [step for step in record.steps if step.kind is StepKind.OFFERED]
        offers = [began + step.at_s for step in offered if step.queue == queue]  # not those before the queue
        if not queue or not offers:
            return
        line = self._lines_of_queues[queue]
        for earlier, rung, call_id in line:
            first, second = (
                ((came, offers[0]), (earlier, rung)) if came < earlier else ((earlier, rung), (came, offers[0]))
            )
            self.order_looked_at += 1
            if second[1] < first[1] - FRAME_S and second[0] > first[0] + FRAME_S:
                self.faults.append(f"queue {queue}: of {record.call_id} and {call_id} the later one was rung first")
        line.append((came, offers[0], record.call_id))
        while len(line) > _ORDER_KEPT:
            line.popleft()

    def _frame_of(self, at: str) -> int:
        return round((datetime.fromisoformat(at) - self.start) / timedelta(seconds=FRAME_S))
