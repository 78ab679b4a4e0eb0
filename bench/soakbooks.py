"""What the people of the soak and the exchange know of each call, and which results a record may therefore have: pure.

Nothing here is taken from the box's records but what is held against them. Where a hang-up falls into the moment in
which a call passes on (the tone that shows it needs up to three seconds), several results are right.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.telephony.call import CallResult, CallState
from bench.soakplan import INFO_KEY, MAIL_KEY, OUTSIDE_KEY, QUEUE_KEYS
from drivers.base import FRAME_S
from drivers.sim.placed import EndedBy, Outcome, PlacedCall

R = CallResult
BLINK_FRAMES = 15
"""Two things within 0.3 s may be seen by the box in either order."""
SURE_MESSAGE_S = 2.2
"""A message of at least `SURE_MESSAGE_S` is kept for certain (the plan's box wants 1 s)."""
CALLER_ID_FRAMES = 90
"""Before this much of the ringing has passed no number is there."""
ANSWER_SHOWN_S = 7.0
"""An inferred answer is known at the latest so long after it."""
_WAITING = {CallState.QUEUED, CallState.ALERTING}
_LEFT_QUEUE = {R.NO_AGENT, R.AGENT_NO_ANSWER}
_FLOW_GONE = {R.HUNG_UP_IN_FLOW, R.SELF_SERVED}


@dataclass
class Visit:
    """One caller's call, as the caller and the exchange know it."""

    number: str
    placed: PlacedCall
    key: str = ""
    """The menu key that was pressed, or ''."""
    left_queue_by_key: bool = False
    spoke_frames: int = 0
    """How long the caller spoke after the tone of a voicemail."""
    lifted_at_frame: int | None = None
    """One of our phones that rang for this number was lifted first then."""
    forced: bool = False
    """A supervisor ended it."""
    moved: bool = False
    """A supervisor sent the caller to another queue."""
    unplugged: bool = False
    """Its line was pulled out while it lasted."""
    overheard: bool = False
    """Its line touched another one's wires: the other's keys, tones and voice were heard on it, 20 dB down."""
    at_hang_up: CallState | None = None
    """Where the box had the call when the caller put the receiver down."""
    at_release: CallState | None = None
    """Where it was last seen before the line was released."""
    second_line_answered: bool = False
    taken_by_the_way: bool = False
    """A phone was lifted for another caller and may have had this one in the ear."""
    over: bool = False

    def __str__(self) -> str:
        p = self.placed
        frames = f"frames ring {p.first_ring_at_frame} answer {p.answered_at_frame} end {p.ended_at_frame}"
        ended = f"release {p.released_at_frame} by {p.ended_by} shown {p.shown}"
        faults = f"fault {self.unplugged} overheard {self.overheard}"
        marks = (
            f"lift {self.lifted_at_frame} spoke {self.spoke_frames} forced {self.forced} moved {self.moved} {faults}"
        )
        states = f"states {self.at_hang_up} {self.at_release}"
        return f"{self.number} on {p.line}, key {self.key!r}, {frames} {ended} {marks} {states}"


@dataclass
class DialledOut:
    """One outside number dialled at one of our phones."""

    number: str
    station: str
    dialled_frame: int
    put_down_frame: int | None = None
    placed: PlacedCall | None = None
    unplugged: bool = False
    overheard: bool = False
    over: bool = False


def visit_results(visit: Visit) -> set[CallResult]:
    """Which results are right for the record of this call."""
    if visit.unplugged or visit.overheard:
        return set(R)  # the box heard it in pieces, or another one's keys and busy tone as well
    placed = visit.placed
    gone = placed.ended_at_frame or 0
    if placed.answered_at_frame is None:
        # Who gives up between two rings is answered all the same if the ring before told to: dial tone ends it.
        answered = {R.HUNG_UP_IN_FLOW, *({R.SELF_SERVED} if visit.forced else set())}
        return {R.HUNG_UP_BEFORE_ANSWER, *(answered if _rang_late(placed) else set())}
    released = placed.released_at_frame if placed.released_at_frame is not None else gone
    talked, surely = False, False
    if visit.lifted_at_frame is not None and visit.lifted_at_frame <= released:
        talked, surely = True, visit.lifted_at_frame < min(released, gone) - BLINK_FRAMES
    if surely:
        return {R.TALKED}
    allowed = _unserved(visit, placed)
    # A caller who came in while the line was being seized to dial has no number: phones then ring for nobody known.
    unknown = placed.answered_at_frame - (placed.first_ring_at_frame or 0) < CALLER_ID_FRAMES
    by_chance = visit.second_line_answered or visit.taken_by_the_way or unknown
    maybe = {R.TALKED} if talked or by_chance else set()
    return allowed | maybe


def _rang_late(placed: PlacedCall) -> bool:
    """The box may have gone off hook before it could know that the ringing had stopped."""
    rang_frames = (placed.ended_at_frame or 0) - (placed.first_ring_at_frame or 0)
    return rang_frames >= CALLER_ID_FRAMES


def _unserved(visit: Visit, placed: PlacedCall) -> set[CallResult]:
    spoke_s = visit.spoke_frames * FRAME_S
    if spoke_s >= SURE_MESSAGE_S:
        return {R.VOICEMAIL}
    path = _by_path(visit, placed)
    return path | {R.VOICEMAIL} if spoke_s > 0 else path


def _by_path(visit: Visit, placed: PlacedCall) -> set[CallResult]:
    if placed.ended_by is EndedBy.LINE_FAULT:
        return {R.LINE_FAULT}
    if visit.forced or visit.moved:
        # A busy tone younger than the time it takes to recognise one is sound of a message like any other.
        message = {R.VOICEMAIL} if visit.forced and visit.at_hang_up is CallState.IN_VOICEMAIL else set()
        return {*_LEFT_QUEUE, *_FLOW_GONE, R.ABANDONED_IN_QUEUE, *message}
    return _flow_ended(visit) if placed.ended_by is EndedBy.BOX else _caller_gone(visit)


def _flow_ended(visit: Visit) -> set[CallResult]:
    if visit.key in {INFO_KEY, MAIL_KEY} or visit.left_queue_by_key:
        return {R.SELF_SERVED}
    if visit.key in QUEUE_KEYS:
        return set(_LEFT_QUEUE)
    return {R.AGENT_NO_ANSWER, *_FLOW_GONE}


def _caller_gone(visit: Visit) -> set[CallResult]:
    """The caller hung up first; the box may have gone on for a moment, or for long when nothing showed it."""
    before, after = visit.at_hang_up, visit.at_release
    in_queue = visit.key in QUEUE_KEYS
    if before in _WAITING and after in _WAITING:
        return {R.HUNG_UP_IN_FLOW if visit.key == OUTSIDE_KEY else R.ABANDONED_IN_QUEUE}
    if before not in _WAITING and after not in _WAITING and not in_queue:
        both = {R.HUNG_UP_IN_FLOW, R.SELF_SERVED} | (_LEFT_QUEUE if visit.key else set())
        return both | ({R.VOICEMAIL} if _not_shown(visit) else set())
    if in_queue and before in {CallState.IN_FLOW, CallState.IN_VOICEMAIL} and after not in _WAITING:
        left = {*_FLOW_GONE} if visit.left_queue_by_key else {*_LEFT_QUEUE, *_FLOW_GONE}
        return left | ({R.VOICEMAIL} if _not_shown(visit) else set())
    return {R.ABANDONED_IN_QUEUE, R.VOICEMAIL, *_LEFT_QUEUE, *_FLOW_GONE}


def _not_shown(visit: Visit) -> bool:
    """The exchange kept the hang-up to itself, or the box's own sounds hid it for long."""
    placed = visit.placed
    lag = (placed.released_at_frame or 0) - (placed.ended_at_frame or 0)
    return lag * FRAME_S > 4.0


def dialled_results(out: DialledOut) -> set[CallResult]:
    """Which results are right for a call that began at one of our phones."""
    placed = out.placed
    faults = {R.LINE_FAULT} if out.unplugged else set()
    if out.overheard:
        faults = {R.TALKED, R.BUSY, R.PEER_NO_ANSWER, *faults}
    if placed is None:
        return {R.BUSY, R.PEER_NO_ANSWER, *faults}
    put_down = out.put_down_frame or 10**9
    match placed.outcome:
        case Outcome.BUSY | Outcome.CONGESTION:
            return {R.BUSY, R.PEER_NO_ANSWER, *faults}
        case Outcome.NO_ANSWER:
            return {R.PEER_NO_ANSWER, *faults}
        case _ if placed.answered_at_frame is None:
            return {R.PEER_NO_ANSWER, *faults}
    known = placed.answered_at_frame + round(ANSWER_SHOWN_S / FRAME_S)
    early = min(put_down, placed.ended_at_frame or 10**9) < known
    return {R.TALKED, *faults, *({R.PEER_NO_ANSWER} if early else set())}
