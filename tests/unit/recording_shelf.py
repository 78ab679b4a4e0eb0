"""A data folder full of recordings, made by the real recorder and stored as the real ingest does it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from appliance.media.events import RecordingToken
from appliance.media.ledger import Ledger, Started, Stopped
from appliance.media.recorder import Recorder
from appliance.media.recordingfile import RecordingRing
from appliance.store.call_list import call_row
from appliance.store.call_write import save_call
from appliance.store.calls import lock_recording
from appliance.store.database import Database
from appliance.store.recordings import StoredRecording, recording_of
from appliance.telephony.call import CallResult, Direction, NoRecordingReason
from appliance.telephony.ids import CallId
from appliance.wire.facts import CallRecord, Recording

FIRST = datetime.fromisoformat("2026-11-02T09:00:00+08:00")
NOW = datetime.fromisoformat("2026-11-09T03:30:00+08:00")


class Shelf:
    """`record` makes one recording with its row; days count from the first of them."""

    def __init__(self, data: Path) -> None:
        data.mkdir(exist_ok=True)
        self.data = data
        self.ledger = Ledger(data, durable=False)
        self.ledger.open()
        self.ledger.append(Started(at=FIRST.isoformat()))
        self._recorder = Recorder(disk_reserve_mb=0, durable=False, ledger=self.ledger)
        self.database = Database(data / "hotlinebox.db", readers=1)
        self._count = 0

    def record(self, day: int = 0, *, seconds: float = 2.5, evidence: bool = False, stored: bool = True) -> CallRecord:
        """A conversation of so many days after the first."""
        self._count += 1
        at = FIRST + timedelta(days=day, seconds=self._count)
        call_id = CallId(f"{at:%Y%m%d-%H%M%S}-{self._count:04}")
        name = f"{at:%Y/%m/%d}/{call_id}.wav"
        token = RecordingToken(self._count)
        path = self.data / "recordings" / name
        self._recorder.start(RecordingRing(token, path, ((0,), (1,)), chained_at=at.isoformat()))
        sound = np.random.default_rng(self._count).integers(-9000, 9000, (round(seconds * 50), 2, 160)).astype(np.int16)
        for frame in sound:
            self._recorder.tap(frame)
        self._recorder.stop(token, 0.0)
        self._recorder.drain()
        (finished,) = self._recorder.finished()
        if evidence:
            kept = self.data / "evidence" / name
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(path.read_bytes())
        record = CallRecord(
            call_id=call_id,
            direction=Direction.INBOUND,
            result=CallResult.TALKED,
            started_at=at.isoformat(timespec="milliseconds"),
            ended_at=(at + timedelta(seconds=seconds)).isoformat(timespec="milliseconds"),
            peer_number="13905620001",
            recording=Recording(
                path=f"recordings/{name}",
                start_s=0.0,
                length_s=finished.length_s,
                sha256=finished.sha256,
                chain=finished.chain,
            ),
            evidence=f"evidence/{name}" if evidence else "",
        )
        if stored:
            self.store(record)
        return record

    def store(self, record: CallRecord) -> None:
        self.database.write_now(save_call, record)

    def lock(self, record: CallRecord) -> None:
        self.database.write_now(lock_recording, record.call_id, locked=True)

    def file(self, record: CallRecord) -> Path:
        assert record.recording is not None
        return self.data / record.recording.path

    def row(self, record: CallRecord) -> StoredRecording:
        row = self.database.read_now(recording_of, record.call_id)
        assert row is not None
        return row

    def why_none(self, record: CallRecord) -> NoRecordingReason | None:
        """What the call log says of it."""
        row = self.database.read_now(call_row, self.row(record).key)
        assert row is not None
        assert row.has_recording is (row.no_recording is None)
        return row.no_recording

    def there(self) -> list[str]:
        """Names of the files of recordings."""
        return sorted(path.name for path in (self.data / "recordings").rglob("*.wav"))

    def close(self) -> None:
        self.ledger.append(Stopped(at=NOW.isoformat()))
        self.database.close()
