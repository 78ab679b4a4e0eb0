"""After a crash: which calls the last engine left open, and the record that the facts so far allow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from appliance.journal.reader import journal_files, read_facts
from appliance.telephony.call import (
    CallerIdKind,
    CallResult,
    CallState,
    Direction,
    HangUpCause,
    NoRecordingReason,
    Side,
    StepKind,
)
from appliance.telephony.ids import AgentId, CallId, QueueId, StationId
from appliance.wire.facts import (
    AnyFact,
    CallEnded,
    CallProgressed,
    CallRecord,
    CallStarted,
    Recording,
    RecordingStarted,
    Step,
    Voicemail,
    VoicemailStarted,
)

LOOK_BACK_S = 2 * 86_400
"""Files whose last change is older than this before the newest one cannot hold an open call or a signed-in agent."""

_UNFINISHED = {
    CallState.OFFERED: CallResult.HUNG_UP_BEFORE_ANSWER,
    CallState.IN_FLOW: CallResult.HUNG_UP_IN_FLOW,
    CallState.QUEUED: CallResult.ABANDONED_IN_QUEUE,
    CallState.ALERTING: CallResult.ABANDONED_IN_QUEUE,
    CallState.IN_VOICEMAIL: CallResult.VOICEMAIL,
    CallState.DIALING: CallResult.PEER_NO_ANSWER,
}
"""Result of a call in which nobody talked, by the state in which the engine died."""


class OpenCall(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal knows of a call that has no `CallEnded`."""

    started: CallStarted
    progress: tuple[CallProgressed, ...] = ()
    recording: RecordingStarted | None = None
    voicemail: VoicemailStarted | None = None


def open_calls(folder: Path) -> list[OpenCall]:
    """Calls that were started and not ended, oldest first. Raises `OSError` when the journal cannot be read."""
    calls: dict[CallId, OpenCall] = {}
    for fact in recent_facts(folder):
        if isinstance(fact, CallStarted):
            calls[fact.call_id] = OpenCall(started=fact)
        elif isinstance(fact, CallEnded):
            calls.pop(fact.record.call_id, None)
        elif isinstance(fact, CallProgressed | RecordingStarted | VoicemailStarted) and fact.call_id in calls:
            calls[fact.call_id] = _with(calls[fact.call_id], fact)
    return list(calls.values())


def recent_facts(folder: Path) -> Iterator[AnyFact]:
    """Facts of the files that were written to in the last two days, in order. Raises `OSError`."""
    changed = {path: path.stat().st_mtime for path in journal_files(folder)}
    newest = max(changed.values(), default=0.0)
    skip = {path.name: path.stat().st_size for path, at in changed.items() if at < newest - LOOK_BACK_S}
    return (line.fact for line in read_facts(folder, skip) if line.fact is not None)


def recover_record(call: OpenCall, ended_at: datetime, recording_length_of: Callable[[str], float]) -> CallRecord:
    """The record of a call that the engine's death ended.

    `ended_at` (aware) is the latest moment that it can have ended: now. The record ends with the last thing known of
    the call: its last fact or the end of its recording. `recording_length_of` gives the seconds of a recording or
    voicemail by its path below the data folder, 0 when there is no such file.
    """
    began = datetime.fromisoformat(call.started.at)
    recording = _recording(call, recording_length_of)
    voicemail = _voicemail(call, recording_length_of)
    end_s = _end_s(call, began, recording, voicemail)
    end_s = max(0.0, min(end_s, (ended_at - began).total_seconds()))
    steps = tuple(progress.step for progress in call.progress)
    inbound = call.started.direction is Direction.INBOUND
    connected_s = _first(steps, StepKind.CONNECTED if inbound else StepKind.PEER_ANSWERED)
    queued_s = _first(steps, StepKind.QUEUED)
    answered_s = _first(steps, StepKind.ANSWERED if inbound else StepKind.PEER_ANSWERED)
    agents = tuple(
        dict.fromkeys(AgentId(step.agent) for step in steps if step.kind is StepKind.CONNECTED and step.agent)
    )
    ring_end_s = next((at_s for at_s in (answered_s, connected_s) if at_s is not None), end_s)
    last = _last_identified(call)
    return CallRecord(
        call_id=call.started.call_id,
        direction=call.started.direction,
        result=CallResult.TALKED if connected_s is not None else _result(call),
        started_at=call.started.at,
        ended_at=_later(began, end_s),
        answered_at=None if answered_s is None else _later(began, answered_s),
        answer_inferred=any(not step.certain for step in steps if step.kind is StepKind.PEER_ANSWERED),
        connected_at=None if connected_s is None else _later(began, connected_s),
        line=call.started.line,
        hotline=call.started.hotline,
        peer_number=last.peer_number if last else "",
        peer_number_raw=last.peer_number_raw if last else "",
        peer_name=last.peer_name if last else "",
        caller_id=last.caller_id if last else CallerIdKind.NONE,
        queue=next((QueueId(step.queue) for step in reversed(steps) if step.queue), None),
        agents=agents or ((call.started.agent,) if call.started.agent and connected_s is not None else ()),
        agent=agents[-1] if agents else call.started.agent,
        seat=call.started.seat,
        station=next((StationId(step.station) for step in reversed(steps) if step.station), call.started.station),
        ring_s=round(ring_end_s, 3),
        wait_s=round(max(0.0, (end_s if connected_s is None else connected_s) - queued_s), 3)
        if queued_s is not None
        else 0.0,
        talk_s=round(max(0.0, end_s - connected_s), 3) if connected_s is not None else 0.0,
        total_s=round(end_s, 3),
        hang_up_side=Side.SYSTEM,
        hang_up_cause=HangUpCause.ENGINE_RESTART,
        transfers=tuple(_transfer(step) for step in steps if step.kind is StepKind.TRANSFERRED),
        steps=(*steps, Step(at_s=round(end_s, 3), kind=StepKind.HUNG_UP, note=HangUpCause.ENGINE_RESTART)),
        recording=recording,
        no_recording=None if recording else _why_no_recording(call, connected_s),
        voicemail=voicemail,
    )


def _with(call: OpenCall, fact: CallProgressed | RecordingStarted | VoicemailStarted) -> OpenCall:
    if isinstance(fact, CallProgressed):
        return msgspec.structs.replace(call, progress=(*call.progress, fact))
    if isinstance(fact, RecordingStarted):
        return call if call.recording else msgspec.structs.replace(call, recording=fact)
    return msgspec.structs.replace(call, voicemail=fact)


def _recording(call: OpenCall, length_of: Callable[[str], float]) -> Recording | None:
    if call.recording is None:
        return None
    length_s = length_of(call.recording.path)
    if length_s <= 0.0:
        return None
    return Recording(path=call.recording.path, start_s=call.recording.start_s, length_s=round(length_s, 3))


def _voicemail(call: OpenCall, length_of: Callable[[str], float]) -> Voicemail | None:
    if call.voicemail is None:
        return None
    length_s = length_of(call.voicemail.path)
    if length_s <= 0.0:
        return None
    return Voicemail(
        path=call.voicemail.path,
        length_s=round(length_s, 3),
        box=call.voicemail.box,
        for_agent=call.voicemail.for_agent,
    )


def _end_s(call: OpenCall, began: datetime, recording: Recording | None, voicemail: Voicemail | None) -> float:
    known = [0.0, *(progress.step.at_s for progress in call.progress)]
    if recording is not None:
        known.append(recording.start_s + recording.length_s)
    if voicemail is not None and call.voicemail is not None:
        voicemail_began_s = (datetime.fromisoformat(call.voicemail.at) - began).total_seconds()
        known.append(voicemail_began_s + voicemail.length_s)
    return max(known)


def _result(call: OpenCall) -> CallResult:
    state = call.progress[-1].state if call.progress else CallState.OFFERED
    if call.started.direction is not Direction.INBOUND:
        return CallResult.PEER_NO_ANSWER
    return _UNFINISHED.get(state, CallResult.HUNG_UP_IN_FLOW)


def _why_no_recording(call: OpenCall, connected_s: float | None) -> NoRecordingReason:
    if connected_s is None:
        return NoRecordingReason.NOT_TALKED
    return NoRecordingReason.RULE if call.recording is None else NoRecordingReason.FAILED


def _last_identified(call: OpenCall) -> CallProgressed | None:
    return next(
        (progress for progress in reversed(call.progress) if progress.peer_number_raw or progress.peer_number), None
    )


def _transfer(step: Step) -> str:
    return f"external:{step.number}" if step.number else f"agent:{step.agent or step.queue}"


def _first(steps: tuple[Step, ...], kind: StepKind) -> float | None:
    return next((step.at_s for step in steps if step.kind is kind), None)


def _later(began: datetime, seconds: float) -> str:
    return (began + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
