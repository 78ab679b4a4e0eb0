"""One recording: whether it is locked, what proves it, its notes, the evidence of the hang-up; lock, note, delete."""

from __future__ import annotations

import asyncio
from datetime import datetime

import msgspec

from appliance.store.calls import lock_recording
from appliance.store.connection import Connection
from appliance.store.recordings import (
    RecordingNote,
    StoredRecording,
    add_note,
    delete_note,
    delete_recording,
    notes_of,
    recording_of,
)
from appliance.telephony.ids import AgentId, CallId
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.errors import Refusal
from webui.handlers.calls import CallHearing, CallRecordingHandler
from webui.handlers.files import confined

_HEARERS = (P.REC_LIST, P.REC_PLAY, P.REC_PLAY_OWN)


class RecordingState(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to know of a call's files beside their sound."""

    there: bool
    """There is a recording to play."""
    locked: bool
    length_s: float
    sha256: str
    """Of the sound; empty: recorded before there were hash chains."""
    chain: str
    """Head of the hash chain."""
    fate: str
    """Why it is gone: `cleaned`, `deleted`, `lost`; empty: it is not."""
    fate_at: str
    fate_by: str
    evidence: str
    """Address of the last seconds before an automatic hang-up; empty: there are none, or they may not be heard."""
    notes: tuple[RecordingNote, ...]


class LockOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    locked: bool


class NoteOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    at_s: float
    text: str


class RecordingWork(CallHearing):
    """What the handlers of one recording have in common."""

    async def agents_of(self, call_id: str) -> tuple[AgentId, ...]:
        """Who talked. Raises `NotFoundError` for a call that the caller may not see."""
        return (await self.recorded_call(call_id)).row.agents

    async def require_hearing(self, call_id: str) -> None:
        """Raises `Refusal` (403) for somebody else's recording."""
        if not self.may_hear_recording(await self.agents_of(call_id)):
            raise Refusal(403, "您只能播放自己通话的录音。")

    async def state(self, call_id: str) -> RecordingState:
        heard = self.may_hear_recording(await self.agents_of(call_id))
        row, notes = await self.context.database.read(_state, CallId(call_id))
        has_evidence = heard and row is not None and bool(row.evidence)
        return RecordingState(
            there=row is not None and bool(row.path) and not row.fate,
            locked=row is not None and row.locked,
            length_s=row.length_s if row else 0.0,
            sha256=row.sha256 if row else "",
            chain=row.chain if row else "",
            fate=row.fate if row else "",
            fate_at=row.fate_at if row else "",
            fate_by=row.fate_by if row else "",
            evidence=f"/api/calls/{call_id}/evidence" if has_evidence else "",
            notes=notes if heard else (),
        )


class RecordingStateHandler(RecordingWork):
    @needs(*_HEARERS)
    async def get(self, call_id: str) -> RecordingState:
        """What there is to know of a call's recording beside its sound."""
        return await self.state(call_id)


class EvidenceHandler(RecordingWork):
    @needs(P.REC_PLAY, P.REC_PLAY_OWN)
    async def get(self, call_id: str) -> None:
        """The last 5 s of the line before the box hung up by itself: audio/wav, mono; Range supported."""
        await self.require_hearing(call_id)
        row = await self.context.database.read(recording_of, CallId(call_id))
        if row is None or not row.evidence:
            raise Refusal(404, "这次通话不是自动挂断的，或挂断证据已过保存期限。")
        await self.send_file(confined(self.context.settings.data, row.evidence), "audio/wav")


class RecordingLockHandler(RecordingWork):
    @needs(P.REC_LOCK)
    async def put(self, call_id: str, body: LockOrder) -> RecordingState:
        """Keep the recording from every clean-up, or no longer."""
        await self.agents_of(call_id)
        await self.context.database.write(lock_recording, CallId(call_id), locked=body.locked)
        await self.audit("rec.lock" if body.locked else "rec.unlock", "call", call_id)
        return await self.state(call_id)


class RecordingNotesHandler(RecordingWork):
    @needs(P.REC_NOTE)
    async def post(self, call_id: str, body: NoteOrder) -> tuple[RecordingNote, ...]:
        """Write a note at a moment of the recording; all notes then."""
        await self.require_hearing(call_id)
        user = self.me.user
        return await self.context.database.write(
            add_note,
            CallId(call_id),
            at_s=body.at_s,
            text=body.text,
            user_id=user.id,
            user_name=user.name,
            at=datetime.now().astimezone(),
        )


class RecordingNoteHandler(RecordingWork):
    @needs(P.REC_NOTE)
    async def delete(self, call_id: str, note_id: str) -> tuple[RecordingNote, ...]:
        """Take one's own note away; those that are left."""
        await self.agents_of(call_id)
        return await self.context.database.write(delete_note, CallId(call_id), int(note_id), self.me.user.id)


class RecordingFileHandler(RecordingWork, CallRecordingHandler):
    @needs(P.REC_DELETE)
    async def delete(self, call_id: str) -> RecordingState:
        """Throw the recording away for ever; its hash stays. Not while it is locked."""
        await self.agents_of(call_id)
        at = datetime.now().astimezone()
        row = await self.context.database.write(delete_recording, CallId(call_id), at=at, by=self.me.user.name)
        path = self.context.settings.data / row.path
        for file in (path, path.with_suffix(".chain")):  # the sound and the links beside it
            await asyncio.to_thread(file.unlink, missing_ok=True)
        await self.audit("rec.delete", "call", call_id, after=row.sha256)
        return await self.state(call_id)


class ProofHandler(RecordingWork):
    @needs(P.REC_INTEGRITY)
    async def get(self, call_id: str) -> None:
        """A ZIP with the recording, its record and everything that proves it: application/zip."""
        await self.require_hearing(call_id)
        await self.audit("rec.integrity", "call", call_id)
        file = await self.context.storage.proof(CallId(call_id))
        try:
            await self.send_file(file, "application/zip", f"{call_id}-proof.zip")
        finally:
            await asyncio.to_thread(file.unlink, missing_ok=True)


def _state(db: Connection, call_id: CallId) -> tuple[StoredRecording | None, tuple[RecordingNote, ...]]:
    return recording_of(db, call_id), notes_of(db, call_id)
