"""Recording and voicemail files of a call: where they lie, when they start, what the record says of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from appliance.callplan import RecordingRules
from appliance.engine.call import Call
from appliance.engine.diary import Diary
from appliance.media.events import RecordingFinished
from appliance.media.media import Media, RecordingHandle
from appliance.telephony.call import Direction, HangUpCause, NoRecordingReason, StepKind
from appliance.telephony.ids import AgentId, BoxId
from appliance.wire.facts import Recording, RecordingStarted, Voicemail, VoicemailStarted
from drivers.base import FRAME_S, PortId

MIN_VOICE_S = 0.3
"""Less sound than this is a click, the echo of our beep or the first of a busy tone: nobody said anything."""

AUTOMATIC = {
    HangUpCause.BUSY_TONE,
    HangUpCause.CONGESTION_TONE,
    HangUpCause.DIAL_TONE,
    HangUpCause.POLARITY,
    HangUpCause.LOOP_BREAK,
    HangUpCause.SILENCE,
    HangUpCause.PEER_BUSY,
    HangUpCause.MAX_DURATION,
}
"""The box itself decided that the call is over: the last seconds of the line are kept as evidence."""


def decide(rules: RecordingRules, call: Call, at: datetime) -> NoRecordingReason | None:
    """Why a conversation that begins now is not recorded, or None when it is: the recorder sits on the outside line."""
    exempt = (
        not rules.enabled
        or call.direction is Direction.INTERNAL
        or call.agent in rules.exempt_agents
        or call.line in rules.exempt_lines
        or (call.peer_number or call.peer_number_raw) in rules.exempt_numbers
        or (rules.windows and not any(span.holds(at.isoweekday(), at) for span in rules.windows))
    )
    return NoRecordingReason.RULE if exempt else None


@dataclass(frozen=True, slots=True)
class _Message:
    handle: RecordingHandle
    box: BoxId
    for_agent: AgentId | None
    min_s: float


class CallFiles:
    """Starts and ends the files of one call. Paths in the record are relative to the data folder."""

    def __init__(self, call: Call, media: Media, diary: Diary, data: Path) -> None:
        self._call = call
        self._media = media
        self._diary = diary
        self._data = data
        self._handle: RecordingHandle | None = None
        self._start_s = 0.0
        self.withheld = False
        """The agent keeps what is said now out of the recording."""
        self._longest = False
        """The file has reached its longest: nothing more goes into it."""
        self._message: _Message | None = None
        self._messages = 0
        self._evidence: RecordingHandle | None = None

    def start_recording(self, rules: RecordingRules, left: PortId, right: PortId) -> None:
        """Begin to record the conversation if the rules say so; a second conversation goes on in the same file."""
        reason = decide(rules, self._call, self._call.started_at + timedelta(seconds=self._call.elapsed_s))
        if reason is not None:
            self._call.no_recording = reason
            self.stop_recording()  # transferred to somebody exempt: what is recorded so far stays
            return
        if self._handle is not None:
            self._media.follow(self._handle, right)
            self._go_on()
            return
        path = self._path("recordings", self._call.started_at)
        self._start_s = self._call.elapsed_s
        at = self._call.started_at + timedelta(seconds=self._start_s)
        self._handle = handle = self._media.start_recording(path, left, right, at=at.isoformat(timespec="milliseconds"))
        asyncio.get_running_loop().call_later(rules.max_s, self._reached_longest, handle)
        self._call.recording_on = True
        self._diary.write(
            RecordingStarted, durable=True, call_id=self._call.id, path=self._relative(path), start_s=self._start_s
        )

    def follow(self, *seats: PortId) -> None:
        """Our side of the recording is now these phones: after a transfer, in a conference; none while on hold."""
        if self._handle is not None:
            self._media.follow(self._handle, *seats)

    def stop_recording(self) -> None:
        """The conversation is over: what happens in the flow is not recorded. `settle` ends the file."""
        if self._handle is not None:
            self._call.recording_on = False
            self._media.pause_recording(self._handle, on=True)

    @property
    def may_withhold(self) -> bool:
        """Whether there is a running recording that could be paused, or a paused one."""
        return self.withheld or self._call.recording_on

    def withhold(self, on: bool) -> None:
        """Keep what is said from now on out of the recording, or record again; does nothing without a recording."""
        if on is self.withheld or not self.may_withhold:
            return
        self.withheld = on
        if on:
            self.stop_recording()
        else:
            self._go_on()
        self._call.note(StepKind.RECORDING_PAUSED if on else StepKind.RECORDING_RESUMED, agent=self._call.agent or "")

    def _go_on(self) -> None:
        if self._handle is not None and not self._longest and not self.withheld:
            self._call.recording_on = True
            self._media.pause_recording(self._handle, on=False)

    def _reached_longest(self, handle: RecordingHandle) -> None:
        self._longest = True
        self._call.recording_on = False
        self._media.stop_recording(handle)

    def start_voicemail(self, port: PortId, box: BoxId, for_agent: AgentId | None, min_s: float) -> None:
        """Begin to record a message; shorter than `min_s` or without a word it will not be kept."""
        self._messages += 1
        path = self._path("voicemail", self._call.started_at, self._messages)
        self._message = _Message(self._media.start_voicemail(path, port), box, for_agent, min_s)
        self._diary.write(
            VoicemailStarted,
            durable=True,
            call_id=self._call.id,
            path=self._relative(path),
            box=box,
            for_agent=for_agent,
        )

    def stop_voicemail(self, trim_tail_s: float) -> None:
        """The message is over; `trim_tail_s` of its end is not message."""
        if self._message is not None:
            self._media.stop_recording(self._message.handle, trim_tail_s=trim_tail_s)

    async def settle_voicemail(self) -> Voicemail | None:
        """Wait until the message is safe on disk and put it into the call; None when nothing was said."""
        message, self._message = self._message, None
        if message is None:
            return self._call.voicemail
        finished = await message.handle.finished()
        if finished.length_s < message.min_s or finished.voice_s < MIN_VOICE_S:
            finished.path.unlink(missing_ok=True)
            return None
        self._call.voicemail = Voicemail(
            path=self._relative(finished.path),
            length_s=finished.length_s,
            box=message.box,
            for_agent=message.for_agent,
        )
        return self._call.voicemail

    def keep_evidence(self, line: PortId) -> None:
        """Keep the last 5 s of the line if the box itself decided to end the call; at once after the line is free."""
        if self._call.hang_up is not None and self._call.hang_up[1] in AUTOMATIC:
            self._evidence = self._media.keep_heard(self._path("evidence", self._call.started_at), line)

    async def settle(self, rules: RecordingRules) -> None:
        """Wait until everything is safe on disk and put it into the call; too short or not talked: no recording."""
        await self.settle_voicemail()
        if self._evidence is not None:
            kept = await self._evidence.finished()
            self._call.evidence = self._relative(kept.path) if kept.length_s else ""
        if self._handle is None:
            return
        self._call.recording_on = False
        self._media.stop_recording(self._handle)
        finished = await self._handle.finished()
        talked = self._call.connected_at is not None
        if talked and finished.length_s >= max(rules.min_s, FRAME_S):
            self._call.recording = Recording(
                path=self._relative(finished.path),
                start_s=self._start_s,
                length_s=finished.length_s,
                sha256=finished.sha256,
                chain=finished.chain,
            )
            return
        await self._media.drop_recording(finished.path).finished()
        self._call.no_recording = _why_none(finished, talked=talked)

    def _path(self, folder: str, day: datetime, number: int = 1) -> Path:
        name = f"{self._call.id}.wav" if number == 1 else f"{self._call.id}-{number}.wav"
        return self._data / folder / f"{day:%Y}" / f"{day:%m}" / f"{day:%d}" / name

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._data).as_posix()


def _why_none(finished: RecordingFinished, *, talked: bool) -> NoRecordingReason:
    if finished.reason is not None:
        return finished.reason
    return NoRecordingReason.TOO_SHORT if talked else NoRecordingReason.NOT_TALKED
