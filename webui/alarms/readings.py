"""What there is to read at the box just now, each value with its sentence. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.storageplan import StorageRules
from appliance.store.alarms import AlarmKind, AlarmLevel
from appliance.support.backuphealth import BackupHealth
from appliance.support.databasecopies import CopyState
from appliance.telephony.call import LineState
from appliance.telephony.ids import LineId
from appliance.wire.linetest import LineTestFinding
from appliance.wire.messages import LineView, QueueView, Snapshot
from webui.alarms.panel import Reading
from webui.alarms.rules import TRAITS

_AS_NEW = StorageRules()
_NOTHING_NOTED = CopyState()
_BACKED_UP = BackupHealth()
_RESTORED_SHOWN = timedelta(days=3)
"""So long people are told that the database was put back."""


@dataclass(frozen=True, slots=True)
class BoxView:
    """One moment of the box as the web knows it."""

    now: datetime
    snapshot: Snapshot | None
    """None while the engine is out of reach."""
    engine_lost_s: float = 0.0
    """For how long it has been so."""
    engine_restarted: bool = False
    """It was found restarted, not stopped in order, since the last look."""
    web_died: bool = False
    """The web process before this one did not stop in order; told once."""
    rules_broken: int = 0
    """Contradictions that the engine found since the last look."""
    journal_lag_s: float = 0.0
    clock_jump_s: float = 0.0
    """By how much the clock of the box was changed since the last look."""
    clock_unsure: bool = False
    """It stood still while the box was off, and nobody has set it since."""
    copies: CopyState = _NOTHING_NOTED
    """What became of the database lately."""
    backups: BackupHealth = _BACKED_UP
    no_dial_tone: frozenset[LineId] = frozenset()
    """Lines on which the last call or test heard none."""
    storage: StorageRules = _AS_NEW
    stop_free_mb: int = 0


def readings(view: BoxView) -> Mapping[AlarmKind, tuple[Reading, ...]]:
    """By kind; kinds of which nothing is known while the engine is out of reach are left out."""
    known = {
        AlarmKind.ENGINE_DOWN: (
            _box(AlarmKind.ENGINE_DOWN, view.engine_lost_s, "电话系统没有运行，不能接打电话，正在自动恢复。"),
        ),
        AlarmKind.ENGINE_RESTARTED: (
            _box(AlarmKind.ENGINE_RESTARTED, view.engine_restarted, "电话系统意外重启，当时的通话已中断。"),
        ),
        AlarmKind.WEB_RESTARTED: (_box(AlarmKind.WEB_RESTARTED, view.web_died, "网页服务意外重启，电话没有受影响。"),),
        AlarmKind.JOURNAL_BEHIND: (
            _box(AlarmKind.JOURNAL_BEHIND, view.journal_lag_s, "通话记录入库滞后，新的通话暂时查不到，但不会丢失。"),
        ),
        AlarmKind.DATABASE: (_database(view),),
        AlarmKind.BACKUP_FAILED: (
            _box(
                AlarmKind.BACKUP_FAILED,
                bool(view.backups.failure),
                f"最近一次备份没有成功：{view.backups.failure}处理后请在“备份与恢复”里点“立即备份”。",
            ),
        ),
        AlarmKind.BACKUP_OLD: (
            _box(
                AlarmKind.BACKUP_OLD,
                view.backups.days,
                f"已有 {view.backups.days:.0f} 天没有成功备份，请在“备份与恢复”里检查备份盘或服务器，再点“立即备份”。",
            ),
        ),
        AlarmKind.CLOCK_JUMP: (
            _box(
                AlarmKind.CLOCK_JUMP,
                abs(view.clock_jump_s),
                f"系统时间被调整了约 {view.clock_jump_s:+.0f} 秒，请检查对时，并留意这段时间的记录。",
            ),
        ),
        AlarmKind.CLOCK_UNSURE: (
            _box(
                AlarmKind.CLOCK_UNSURE,
                view.clock_unsure,
                "断电期间时间没有走，现在的时间和通话记录的时间可能偏早。请在“网络与时间”里校准时间。",
            ),
        ),
    }
    if view.snapshot is None:
        return known
    return known | _from_engine(view, view.snapshot)


def _from_engine(view: BoxView, now: Snapshot) -> dict[AlarmKind, tuple[Reading, ...]]:
    tested = {health.line for health in now.health.lines if _no_tone(health.test)}
    silent = tested | view.no_dial_tone
    return {
        AlarmKind.LINE_DOWN: tuple(_line_down(line) for line in now.lines),
        AlarmKind.NO_DIAL_TONE: tuple(
            _of_line(AlarmKind.NO_DIAL_TONE, line, line.line in silent, "没有拨号音，不能外呼，请检查接线或联系电信。")
            for line in now.lines
        ),
        AlarmKind.LINES_BUSY: (_lines_busy(now.lines),),
        AlarmKind.QUEUE_LONG: tuple(_queue_long(queue) for queue in now.queues),
        AlarmKind.WAIT_LONG: tuple(_wait_long(queue, view.now) for queue in now.queues),
        AlarmKind.DISK: tuple(_disk(now.health.disk_free_mb, view.storage, view.stop_free_mb)),
        AlarmKind.RULES_BROKEN: (
            _box(
                AlarmKind.RULES_BROKEN,
                view.rules_broken,
                f"电话系统自检发现 {view.rules_broken} 处状态矛盾，已记入日志，请联系厂商。",
            ),
        ),
    }


def _database(view: BoxView) -> Reading:
    copies = view.copies
    if copies.damage:
        text = "数据库文件损坏，正在使用的数据可能不全。请在空闲时重新启动本机，开机时会自动用副本恢复。"
        return Reading(subject="", value=1.0, level=AlarmLevel.GRAVE, text=text)
    lately = bool(copies.restored_at) and view.now - datetime.fromisoformat(copies.restored_at) < _RESTORED_SHOWN
    made = copies.restored_from
    source = f"已用 {_minute(made)} 的副本恢复" if made else "没有可用的副本，已重新建立"
    text = f"数据库曾损坏，{source}。通话记录已自动补齐，请核对此后人工录入的内容，并检查磁盘。"
    return _box(AlarmKind.DATABASE, lately, text)


def _minute(at: str) -> str:
    return f"{datetime.fromisoformat(at):%m-%d %H:%M}"


def _no_tone(test: object) -> bool:
    return LineTestFinding.NO_DIAL_TONE in getattr(test, "findings", ())


def _line_down(line: LineView) -> Reading:
    down = line.state is LineState.OUT_OF_SERVICE or bool(line.fault)
    return _of_line(AlarmKind.LINE_DOWN, line, down, line.fault or "停用，请检查电话线和线路卡。")


def _lines_busy(lines: tuple[LineView, ...]) -> Reading:
    usable = [line for line in lines if line.state is not LineState.OUT_OF_SERVICE]
    busy = bool(usable) and all(line.state is not LineState.IDLE for line in usable)
    text = f"全部 {len(usable)} 条可用外线都被占用，新的来电打不进来。"
    return _box(AlarmKind.LINES_BUSY, busy, text)


def _queue_long(queue: QueueView) -> Reading:
    text = f"{queue.label}有 {len(queue.waiting)} 人在等待。"
    return _reading(AlarmKind.QUEUE_LONG, queue.queue, len(queue.waiting), text)


def _wait_long(queue: QueueView, now: datetime) -> Reading:
    waited_s = 0.0
    if queue.waiting and queue.longest_since:
        waited_s = max(0.0, (now - datetime.fromisoformat(queue.longest_since)).total_seconds())
    return _reading(AlarmKind.WAIT_LONG, queue.queue, waited_s, f"{queue.label}有人已等待 {waited_s:.0f} 秒。")


def _disk(free_mb: float, rules: StorageRules, stop_mb: int) -> Iterator[Reading]:
    size = f"磁盘剩余 {free_mb / 1024:.1f} GB，"
    marks = (
        ("warn", rules.warn_free_mb, AlarmLevel.NOTICE, "低于提醒线，请下载或锁定需要保留的录音。"),
        ("clean", rules.clean_free_mb, AlarmLevel.WARN, "低于清理线，正在从最早的录音开始清理。"),
        ("stop", stop_mb, AlarmLevel.GRAVE, "低于停录线，新的通话不再录音，请立即腾出空间。"),
    )
    for subject, mark_mb, level, text in marks:
        if mark_mb > 0:
            yield Reading(subject=subject, value=mark_mb / max(free_mb, 1.0), level=level, text=size + text)


def _of_line(kind: AlarmKind, line: LineView, wrong: bool, text: str) -> Reading:
    return _reading(kind, str(line.line), wrong, f"{line.label or f'第 {line.line} 线'}：{text}")


def _box(kind: AlarmKind, value: float, text: str) -> Reading:
    return _reading(kind, "", value, text)


def _reading(kind: AlarmKind, subject: str, value: float, text: str) -> Reading:
    return Reading(subject=subject, value=float(value), level=TRAITS[kind].level, text=text)
