"""The state of the box for monitoring programs, in Prometheus' text format 0.0.4. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from appliance.store.alarms import Alarm, AlarmLevel
from appliance.telephony.call import AgentState, CallState, LineState
from appliance.wire.messages import EngineHealth, Snapshot

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class MetricsView:
    version: str
    snapshot: Snapshot | None
    """None while the engine is out of reach."""
    web_resident_mb: float
    journal_lag_s: float
    alarms: Sequence[Alarm]
    clock_synchronised: bool


@dataclass(frozen=True, slots=True)
class Sample:
    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def metrics_text(view: MetricsView) -> str:
    """Every sample with its help; names of one metric stand together."""
    found: dict[str, list[Sample]] = {}
    for sample in _samples(view):
        found.setdefault(sample.name, []).append(sample)
    lines: list[str] = []
    for name, samples in found.items():
        kind = "counter" if name.endswith("_total") else "gauge"
        lines += [f"# HELP {name} {HELP[name]}", f"# TYPE {name} {kind}"]
        lines += [f"{name}{_labels(sample.labels)} {sample.value:.10g}" for sample in samples]
    return "\n".join(lines) + "\n"


HELP: Mapping[str, str] = {
    "hotlinebox_info": "Version of the box.",
    "hotlinebox_engine_up": "1 while the telephone system answers.",
    "hotlinebox_web_resident_bytes": "Memory of the web process.",
    "hotlinebox_journal_lag_seconds": "Since the journal was last read into the call log.",
    "hotlinebox_clock_synchronised": "1 when a time server was heard since the start.",
    "hotlinebox_alarms": "Alarms that are raised, by level.",
    "hotlinebox_lines": "Outside lines, by state.",
    "hotlinebox_line_in_service": "1 for a line that works, with its number.",
    "hotlinebox_calls": "Running calls, by state.",
    "hotlinebox_queue_waiting": "Callers waiting in a queue.",
    "hotlinebox_queue_ready_agents": "Agents of a queue who are free.",
    "hotlinebox_queue_signed_in_agents": "Agents of a queue who are signed in.",
    "hotlinebox_agents": "Signed-in agents, by state.",
    "hotlinebox_engine_uptime_seconds": "Since the telephone system started.",
    "hotlinebox_engine_resident_bytes": "Memory of the telephone system.",
    "hotlinebox_tick_late_seconds": "How late ticks of 20 ms were since the last report.",
    "hotlinebox_tick_work_seconds": "99th percentile of the work in a tick.",
    "hotlinebox_tick_overruns_total": "Ticks whose work did not fit into 20 ms.",
    "hotlinebox_tick_realtime": "1 when ticks run with real-time priority.",
    "hotlinebox_disk_free_bytes": "Free space where recordings are kept.",
    "hotlinebox_rules_broken_total": "Contradictions that the telephone system found in itself.",
}


def _samples(view: MetricsView) -> Iterator[Sample]:
    yield Sample("hotlinebox_info", 1, {"version": view.version})
    yield Sample("hotlinebox_engine_up", float(view.snapshot is not None))
    yield Sample("hotlinebox_web_resident_bytes", view.web_resident_mb * 1e6)
    yield Sample("hotlinebox_journal_lag_seconds", view.journal_lag_s)
    yield Sample("hotlinebox_clock_synchronised", float(view.clock_synchronised))
    raised = Counter(alarm.level for alarm in view.alarms)
    for level in AlarmLevel:
        yield Sample("hotlinebox_alarms", raised[level], {"level": level.value})
    if view.snapshot is not None:
        yield from _floor(view.snapshot)
        yield from _engine(view.snapshot.health)


def _floor(now: Snapshot) -> Iterator[Sample]:
    lines = Counter(line.state for line in now.lines)
    for state in LineState:
        yield Sample("hotlinebox_lines", lines[state], {"state": state.value})
    for line in now.lines:
        works = line.state is not LineState.OUT_OF_SERVICE and not line.fault
        yield Sample("hotlinebox_line_in_service", float(works), {"line": str(line.line), "label": line.label})
    calls = Counter(call.state for call in now.calls)
    for call_state in CallState:
        yield Sample("hotlinebox_calls", calls[call_state], {"state": call_state.value})
    for queue in now.queues:
        labels = {"queue": str(queue.queue), "label": queue.label}
        yield Sample("hotlinebox_queue_waiting", len(queue.waiting), labels)
        yield Sample("hotlinebox_queue_ready_agents", queue.ready_agents, labels)
        yield Sample("hotlinebox_queue_signed_in_agents", queue.signed_in_agents, labels)
    agents = Counter(agent.state for agent in now.agents if agent.seat is not None)
    for agent_state in AgentState:
        yield Sample("hotlinebox_agents", agents[agent_state], {"state": agent_state.value})


def _engine(health: EngineHealth) -> Iterator[Sample]:
    yield Sample("hotlinebox_engine_uptime_seconds", health.uptime_s)
    yield Sample("hotlinebox_engine_resident_bytes", health.resident_mb * 1e6)
    for quantile, late_ms in (("0.5", health.late_p50_ms), ("0.99", health.late_p99_ms), ("1", health.late_max_ms)):
        yield Sample("hotlinebox_tick_late_seconds", late_ms / 1000, {"quantile": quantile})
    yield Sample("hotlinebox_tick_work_seconds", health.tick_work_p99_ms / 1000)
    yield Sample("hotlinebox_tick_overruns_total", health.overruns)
    yield Sample("hotlinebox_tick_realtime", float(health.realtime))
    yield Sample("hotlinebox_disk_free_bytes", health.disk_free_mb * 1e6)
    yield Sample("hotlinebox_rules_broken_total", health.rules_broken)


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
