"""Reads YAML scenario files: every mistake is told with line, field and what was expected; so is an unknown key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from drivers.sim.directory import DirectoryEntry, FarOutcome
from drivers.sim.mix import MixBlock, MixKind, expand_mix
from drivers.sim.profile import CallerIdSending, Fault, HangUpShown, LineProfile, LineQuality
from drivers.sim.scenario import (
    DEFAULT_START,
    Expectation,
    PhoneAnswer,
    PhoneCall,
    Scenario,
    ScenarioAgent,
    ScenarioCall,
    ScenarioError,
    TimedFault,
    Totals,
)
from drivers.sim.step_file import read_caller_steps, read_phone_steps
from drivers.sim.yamlfield import YamlField, YamlMapping, read_yaml

_TOP = (
    "name",
    "seed",
    "start",
    "stations",
    "lines",
    "agents",
    "phones",
    "calls",
    "directory",
    "mix",
    "faults",
    "expect",
)
_EXPECT = ("result", "direction", "agent", "digits", "queue", "recording", "hang_up_side", "hang_up_cause")
_MOST_PORTS = 32


@dataclass(frozen=True, slots=True)
class _Ports:
    lines: int
    stations: int


def load_scenario(path: Path, seed: int | None = None) -> Scenario:
    """Read a scenario file and check that its sound files can be read. Raises `ScenarioError`."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"读不到场景文件 {path}：{error.strerror}。请检查路径和权限。") from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"场景文件 {path} 不是 UTF-8 编码，请用 UTF-8 另存。") from error
    return parse_scenario(text, path, seed)


def parse_scenario(text: str, path: Path, seed: int | None = None) -> Scenario:
    """The scenario in `text`; `path` names it in errors, and its folder holds the sound files. Raises `ScenarioError`.

    A `mix` is expanded into calls, phone behaviour and directory entries by the scenario's seed, or by `seed`.
    """
    top = read_yaml(text, path).mapping(_TOP)
    lines = tuple(_line(field) for field in top.items("lines")) or (LineProfile(),) * 4
    stations = top.whole_number("stations", 4, 0, _MOST_PORTS)
    start = top.get("start")
    ports = _Ports(len(lines), stations)
    phones = [_phone(field, ports) for field in top.items("phones")]
    scenario = Scenario(
        name=top["name"].text(),
        seed=top.whole_number("seed", 1) if seed is None else seed,
        start=start.moment() if start else DEFAULT_START,
        stations=stations,
        lines=lines,
        agents=tuple(_agent(field) for field in top.items("agents")),
        answers=tuple(entry for entry in phones if isinstance(entry, PhoneAnswer)),
        phone_calls=tuple(entry for entry in phones if isinstance(entry, PhoneCall)),
        calls=tuple(_call(field, ports) for field in top.items("calls")),
        directory=tuple(_directory_entry(field) for field in top.items("directory")),
        faults=tuple(_fault(field, ports) for field in top.items("faults")),
        expect=_totals(top.get("expect")),
        folder=path.parent,
    )
    _check_ids(top, scenario)
    return expand_mix(scenario, tuple(_mix_block(field, ports) for field in top.items("mix")))


def _line(field: YamlField) -> LineProfile:
    fields = field.mapping(("caller_id", "hang_up", "polarity_on_answer", "tone_hz", "tone_dbm0", "quality"))
    quality = fields.get("quality")
    return LineProfile(
        caller_id=fields.choice("caller_id", CallerIdSending) or CallerIdSending.FSK,
        hang_up=fields.choice("hang_up", HangUpShown) or HangUpShown.BUSY_TONE,
        polarity_on_answer=fields.switch("polarity_on_answer", default=False),
        tone_hz=fields.number("tone_hz", 450.0, 300.0, 1000.0, "赫兹"),
        tone_dbm0=fields.number("tone_dbm0", -10.0, -50.0, 3.0, "dBm0"),
        quality=_quality(quality) if quality else LineQuality(),
    )


def _quality(field: YamlField) -> LineQuality:
    fields = field.mapping(("loss_db", "noise_dbm0", "hum_dbm0", "echo_return_loss_db", "clicks_per_minute"))
    usual = LineQuality()
    return LineQuality(
        loss_db=fields.number("loss_db", usual.loss_db, 0.0, 40.0, "dB"),
        noise_dbm0=fields.number("noise_dbm0", usual.noise_dbm0, -90.0, 0.0, "dBm0"),
        hum_dbm0=fields.number("hum_dbm0", usual.hum_dbm0, -90.0, 0.0, "dBm0"),
        echo_return_loss_db=fields.number("echo_return_loss_db", usual.echo_return_loss_db, 0.0, 90.0, "dB"),
        clicks_per_minute=fields.number("clicks_per_minute", usual.clicks_per_minute, 0.0, 600.0, "次/分钟"),
    )


def _agent(field: YamlField) -> ScenarioAgent:
    fields = field.mapping(("agent", "name", "seat", "queues", "sign_in_at_s", "sign_out_at_s"))
    sign_out = fields.get("sign_out_at_s")
    queues = fields.get("queues")
    return ScenarioAgent(
        agent=fields["agent"].text(),
        name=fields["name"].text(),
        seat=fields["seat"].text(),
        queues=queues.texts() if queues else (),
        sign_in_at_s=fields.number("sign_in_at_s", 0.0),
        sign_out_at_s=sign_out.number() if sign_out else None,
    )


def _phone(field: YamlField, ports: _Ports) -> PhoneAnswer | PhoneCall:
    fields = field.mapping(("phone", "on_ring", "at_s", "steps", "id", "outside_number", "expect"))
    which = fields["phone"]
    phone = None if which.is_scalar and which.text() == "any" else which.whole(1, ports.stations)
    on_ring = fields.get("on_ring")
    if on_ring is not None:
        for key in ("at_s", "steps", "id", "outside_number", "expect"):
            if key in fields:
                raise fields[key].fail(f"{key} 不能与 on_ring 写在同一项里")
        return _phone_answer(on_ring, phone)
    if phone is None:
        raise which.fail("打出电话时应写明是第几部话机")
    number = fields.get("outside_number")
    return PhoneCall(
        call_id=fields.text("id", field.path),
        phone=phone,
        at_s=fields["at_s"].number(),
        steps=read_phone_steps(fields["steps"].items()),
        outside_number=number.dialable() if number else "",
        expect=_expectation(fields.get("expect")),
    )


def _phone_answer(field: YamlField, phone: int | None) -> PhoneAnswer:
    fields = field.mapping(("from", "ignore_first", "never", "answer_after_s", "steps"))
    return PhoneAnswer(
        phone=phone,
        caller=fields.text("from", ""),
        ignore_first=fields.whole_number("ignore_first", 0),
        never=fields.switch("never", default=False),
        answer_after_s=fields.number("answer_after_s", 3.0),
        steps=read_phone_steps(fields.items("steps")),
    )


def _call(field: YamlField, ports: _Ports) -> ScenarioCall:
    fields = field.mapping(
        ("id", "at_s", "line", "number", "name", "patient", "caller_id", "hang_up", "steps", "expect")
    )
    line = fields.get("line")
    anywhere = line is None or (line.is_scalar and line.text() == "any")
    number = fields.get("number")
    return ScenarioCall(
        call_id=fields.text("id", field.path),
        at_s=fields["at_s"].number(),
        number=number.dialable() if number else "",
        steps=read_caller_steps(fields["steps"].items()),
        name=fields.text("name", ""),
        line=None if anywhere or line is None else line.whole(1, ports.lines),
        patient=fields.switch("patient", default=False),
        caller_id=fields.choice("caller_id", CallerIdSending),
        hang_up=fields.choice("hang_up", HangUpShown),
        expect=_expectation(fields.get("expect")),
    )


def _expectation(field: YamlField | None) -> Expectation:
    if field is None:
        return Expectation()
    fields = field.mapping(_EXPECT)
    recording = fields.get("recording")
    results, causes = fields.get("result"), fields.get("hang_up_cause")
    return Expectation(
        results=results.texts() if results else (),
        direction=fields.text("direction", "") or None,
        agent=fields.text("agent", "") or None,
        digits=fields["digits"].text() if "digits" in fields else None,
        queue=fields.text("queue", "") or None,
        recording=recording.switch() if recording else None,
        hang_up_side=fields.text("hang_up_side", "") or None,
        hang_up_causes=causes.texts() if causes else (),
    )


def _directory_entry(field: YamlField) -> DirectoryEntry:
    fields = field.mapping(("number", "outcome", "setup_s", "after_s", "hang_up", "steps"))
    return DirectoryEntry(
        number=fields["number"].text(),
        outcome=fields.choice("outcome", FarOutcome) or FarOutcome.ANSWERS,
        setup_s=fields.number("setup_s", 1.0),
        after_s=fields.number("after_s", 6.0),
        hang_up=fields.choice("hang_up", HangUpShown),
        steps=read_caller_steps(fields.items("steps")),
    )


def _fault(field: YamlField, ports: _Ports) -> TimedFault:
    fields = field.mapping(("at_s", "line", "fault", "on"))
    return TimedFault(
        at_s=fields["at_s"].number(),
        line=fields["line"].whole(1, ports.lines),
        fault=fields["fault"].choice(Fault),
        on=fields.switch("on", default=True),
    )


def _totals(field: YamlField | None) -> Totals:
    if field is None:
        return Totals()
    fields = field.mapping(("calls", "results"))
    results = fields.get("results")
    return Totals(
        calls=fields["calls"].whole() if "calls" in fields else None,
        results=tuple((name, value.whole()) for name, value in results.entries()) if results else (),
    )


def _mix_block(field: YamlField, ports: _Ports) -> MixBlock:
    fields = field.mapping(("calls", "start_s", "gap_s", "kinds", "outgoing_phone", "outside_prefix"))
    weights = fields["kinds"].mapping([kind.value for kind in MixKind])
    kinds = tuple((MixKind(name), weights[name].number(unit="权重")) for name in weights.names())
    if not any(weight for _, weight in kinds):
        raise fields["kinds"].fail("至少一种通话的权重应大于 0")
    return MixBlock(
        calls=fields["calls"].whole(1),
        kinds=kinds,
        start_s=fields.number("start_s", 0.0),
        gap_s=fields.number("gap_s", 5.0),
        outgoing_phone=fields.whole_number("outgoing_phone", ports.stations, 1, ports.stations),
        outside_prefix=fields["outside_prefix"].dialable() if "outside_prefix" in fields else "9",
    )


def _check_ids(top: YamlMapping, scenario: Scenario) -> None:
    seen: set[str] = set()
    ids = [call.call_id for call in scenario.calls] + [call.call_id for call in scenario.phone_calls]
    for call_id in ids:
        if call_id in seen:
            raise top.whole.fail(f"通话编号 {call_id} 重复，每个 id 只能用一次")
        seen.add(call_id)
