"""Tables of `m0003_calls` that are read or changed row by row; the search works on them in SQL."""

from __future__ import annotations

import peewee


class CallTable(peewee.Model):
    """The columns that are searched."""

    id = peewee.BigIntegerField(primary_key=True)
    direction = peewee.TextField()
    result = peewee.TextField()
    line = peewee.IntegerField()
    """0: none."""
    queue = peewee.TextField()
    talk_sec = peewee.IntegerField()
    """Whole seconds, rounded down."""
    wait_sec = peewee.IntegerField()
    peer_number = peewee.TextField()
    peer_number_raw = peewee.TextField()
    agent = peewee.TextField()
    """The last one who talked."""
    reason_id = peewee.IntegerField(default=0)
    """0: not filled in."""
    has_summary = peewee.BooleanField(default=False)
    customer_id = peewee.IntegerField(default=0)
    """0: a stranger."""
    cust_status = peewee.TextField(default="")
    """This and the next two: as they were when the call took place."""
    cust_level = peewee.TextField(default="")
    area = peewee.TextField(default="")
    has_recording = peewee.BooleanField()
    no_recording = peewee.TextField()
    recording_locked = peewee.BooleanField(default=False)
    quality_checked = peewee.BooleanField(default=False)
    voicemail_state = peewee.TextField()
    """Empty: no voicemail; `new`, `heard`, `done`."""
    voicemail_for = peewee.TextField()
    """Staff number or box."""
    rating = peewee.TextField()
    transferred = peewee.BooleanField()

    class Meta:
        table_name = "calls"


class CallDetailTable(peewee.Model):
    """The columns that are only shown."""

    id = peewee.BigIntegerField(primary_key=True)
    call_id = peewee.TextField()
    started_at = peewee.TextField()
    ended_at = peewee.TextField()
    answered_at = peewee.TextField(null=True)
    answer_inferred = peewee.BooleanField()
    connected_at = peewee.TextField(null=True)
    hotline = peewee.TextField()
    peer_name = peewee.TextField()
    caller_id = peewee.TextField()
    agents = peewee.TextField()
    """JSON array, as `transfers` and `steps`."""
    seat = peewee.TextField(null=True)
    station = peewee.TextField(null=True)
    ring_s = peewee.DoubleField()
    wait_s = peewee.DoubleField()
    talk_s = peewee.DoubleField()
    total_s = peewee.DoubleField()
    hang_up_side = peewee.TextField()
    hang_up_cause = peewee.TextField()
    transfers = peewee.TextField()
    recording_path = peewee.TextField(null=True)
    recording_start_s = peewee.DoubleField()
    recording_length_s = peewee.DoubleField()
    voicemail_path = peewee.TextField(null=True)
    voicemail_length_s = peewee.DoubleField()
    voicemail_box = peewee.TextField()
    steps = peewee.TextField()
    summary = peewee.TextField(default="")
    summary_folded = peewee.TextField(default="")

    class Meta:
        table_name = "call_details"


class JournalPositionTable(peewee.Model):
    """How far each journal file was ingested, in bytes."""

    file = peewee.TextField(primary_key=True)
    read_to = peewee.BigIntegerField()

    class Meta:
        table_name = "journal_positions"
