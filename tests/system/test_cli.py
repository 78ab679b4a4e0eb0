"""Bad input of every command: exit code 2, one Chinese sentence that says what and where, nothing half-written."""

from __future__ import annotations

import asyncio
import re
import socket
import sqlite3
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from appliance.callplan import write_callplan
from appliance.cli.main import main
from appliance.defaults.plan import default_plan
from appliance.store.database import open_database

from .livebox import LiveBox

SCENARIOS = Path(__file__).parents[1] / "scenarios"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def refused(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """Run a command that must refuse its input; returns the one sentence."""
    try:
        code = main([str(word) for word in words])
    except SystemExit as exit_:  # argparse
        code = exit_.code  # type: ignore[assignment]
    said = capsys.readouterr()
    assert code == 2, said.err
    assert said.out == ""
    return sentence(said.err)


def sentence(text: str) -> str:
    """The text, held to be one line of Chinese."""
    assert text.count("\n") == 1, text
    assert CHINESE.search(text)
    assert "Traceback" not in text
    return text.strip()


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


# --- scenarios --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"name: [a\n b", "第 2 行"),
        (b"name: x\nfoo: 1\n", "第 2 行.*foo"),
        (
            b'name: x\ncalls:\n  - {at_s: soon, number: "1", steps: [hang_up]}\n',
            r"第 3 行 calls\[0\]\.at_s：应为.*数字",
        ),
        (b'name: x\ncalls:\n  - at_s: 1\n    number: "1"\n    steps: [dance]\n', r"第 5 行 calls\[0\]\.steps\[0\]"),
        (b'name: x\ncalls:\n  - at_s: 1\n    number: "1"\n    steps: [say: no.wav]\n', r"第 5 行.*no\.wav"),
        (b"name: x\nlines:\n  - {hang_up: loud}\n", r"第 3 行 lines\[0\]\.hang_up：应为.*busy_tone"),
        (b"", "是空的"),
        (b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_broken_scenario(capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(content)
    said = refused(capsys, "simulate", path, "--json", "--data", tmp_path / "data")
    assert re.search(expected, said), said
    assert "s.yaml" in said
    assert files(tmp_path) == ["s.yaml"]


def test_scenario_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "no.yaml" in refused(capsys, "simulate", tmp_path / "no.yaml")


def test_simulation_is_not_mixed_with_a_real_journal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    assert "已有流水" in refused(capsys, "simulate", SCENARIOS / "repair_call.yaml", "--data", tmp_path)
    assert files(tmp_path) == []


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["serve", "engine", "web", "doctor"])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"data_dir =\n", "第 1 行第 11 列"),
        (b"\n[web]\nhots = 1\n", "第 3 行的 web.hots：没有这样的设置项"),
        (b'[web]\nhost = "a"\nport = "x"\n', "第 3 行的 web.port：应为整数，现在是文字"),
        (b"[[cards]]\n[[cards]]\nlines = 99\n", r"第 3 行的 cards\[1\].lines：应为 <= 32 的整数"),
        (b"engine = 3\n", "第 1 行的 engine：应为对象，现在是整数"),
        (b"a = '\xff'\n", "UTF-8"),
    ],
)
def test_broken_settings(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str, content: bytes, expected: str
) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    said = refused(capsys, command, "--config", path, "--data", tmp_path / "data")
    assert re.search(expected, said), said
    assert "settings.toml" in said
    assert files(tmp_path) == ["settings.toml"]


def test_settings_that_are_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "no.toml" in refused(capsys, "doctor", "--config", tmp_path / "no.toml")


def test_card_that_nobody_knows(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('[[cards]]\nfamily = "abacus"\n', encoding="utf-8")
    said = refused(capsys, "engine", "--config", tmp_path / "settings.toml", "--data", tmp_path / "data")
    assert "abacus" in said
    assert "cards.family" in said
    assert files(tmp_path) == ["settings.toml"]


@pytest.mark.parametrize("command", ["serve", "engine", "web"])
def test_data_folder_that_is_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str) -> None:
    (tmp_path / "data").write_text("mine", encoding="utf-8")
    said = refused(capsys, command, "--data", tmp_path / "data", "--port", "0")
    assert f"数据目录 {tmp_path / 'data'} 不是目录" in said
    said = refused(capsys, command, "--data", tmp_path / "data" / "below", "--port", "0")
    assert "不是目录" in said
    assert (tmp_path / "data").read_text(encoding="utf-8") == "mine"


def test_data_folder_that_cannot_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["engine"], ["web", "--port", "0"], ["serve"], ["simulate", str(SCENARIOS / "repair_call.yaml")]):
        assert "不能建立" in refused(capsys, *words, "--data", "/proc/hotlinebox")


# --- recordings -------------------------------------------------------------------------------------------------------


def wav(path: Path) -> bytes:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(1600))
    return path.read_bytes()


def test_broken_wav(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    sound = wav(tmp_path / "good.wav")
    for name, content in (("empty", b""), ("text", b"no sound at all, only words"), ("torn", sound[:30])):
        path = tmp_path / f"{name}.wav"
        path.write_bytes(content)
        assert f"{name}.wav" in refused(capsys, "analyse", path, "--json")
    (tmp_path / "mp3.wav").write_bytes(sound[:20] + b"\x55\x00" + sound[22:])
    assert "mp3.wav" in refused(capsys, "analyse", tmp_path / "mp3.wav")
    assert "没有第 2 声道" in refused(capsys, "analyse", tmp_path / "good.wav", "--channel", "2")
    assert "读不到" in refused(capsys, "analyse", tmp_path / "no.wav")
    assert "读不到" in refused(capsys, "analyse", tmp_path)


# --- call plan, database, port ----------------------------------------------------------------------------------------


def test_broken_call_plan_is_refused_and_left_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "callplan.json"
    for content, expected in (('{"version": 1,', "第 1 行"), ('{"version": 1, "x": 2}', "callplan.json 的 x：")):
        path.write_text(content, encoding="utf-8")
        assert expected in refused(capsys, "engine", "--data", tmp_path)
        assert path.read_text(encoding="utf-8") == content
        assert files(tmp_path) == ["callplan.json"]


def run(*words: str | Path, within_s: float = 15.0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "appliance.cli.main", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=within_s, check=False)


@pytest.mark.slow
def test_serve_gives_up_when_a_part_cannot_start(tmp_path: Path) -> None:
    (tmp_path / "callplan.json").write_text('{"version": 1, "x": 2}', encoding="utf-8")
    done = run("serve", "--data", tmp_path, "--port", "0")
    assert done.returncode == 2
    assert [line for line in done.stderr.splitlines() if "callplan.json" in line] == [
        f"话务方案 {tmp_path}/callplan.json 的 x：没有这样的设置项，请检查拼写或删去。"
    ]
    assert "Traceback" not in done.stderr
    assert "重新启动" not in done.stderr


@pytest.mark.slow
def test_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run("web", "--data", tmp_path, "--port", port)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"端口 {port} 已被占用" in sentence(done.stderr)
        assert files(tmp_path) == []
        served = run("serve", "--data", tmp_path, "--port", port)
        assert served.returncode == 2
        assert f"端口 {port} 已被占用" in served.stderr
        assert "Traceback" not in served.stderr


@pytest.mark.slow
def test_database_of_a_newer_program_or_none_at_all(tmp_path: Path) -> None:
    open_database("", tmp_path).close()
    path = tmp_path / "hotlinebox.db"
    with sqlite3.connect(path) as database:
        database.execute("INSERT INTO migrations (number, name, applied_at) VALUES (999, 'm0999_later', '')")
    database.close()
    done = run("web", "--data", tmp_path, "--port", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert "更新的版本" in sentence(done.stderr)
    path.write_bytes(b"this was a database once" * 1000)
    done = run("web", "--data", tmp_path, "--port", "0")
    assert done.returncode == 2
    assert "hotlinebox.db" in sentence(done.stderr)
    assert path.read_bytes() == b"this was a database once" * 1000


def test_command_lines_that_make_no_sense(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "nosuch" in refused(capsys, "nosuch")
    assert "缺少 命令" in refused(capsys)
    assert "--port 应为整数，现在是 x" in refused(capsys, "serve", "--port", "x")
    assert "--speed 不能是 7" in refused(capsys, "simulate", tmp_path / "s.yaml", "--speed", "7")
    assert "--data 后面缺少一个值" in refused(capsys, "doctor", "--data")
    assert "不认识 --fast" in refused(capsys, "doctor", "--fast")


def test_a_play_that_breaks_a_rule_fails_in_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken on purpose: an agent is never told that the call is over."""
    monkeypatch.setattr("appliance.engine.talk.agent_ends", lambda *_: None)
    assert main(["simulate", str(SCENARIOS / "repair_call.yaml")]) == 1
    assert "违反规则" in capsys.readouterr().out


# --- doctor -----------------------------------------------------------------------------------------------------------


def test_doctor_on_a_fresh_and_on_a_sick_box(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    main(["doctor", "--data", str(tmp_path / "none")])
    fresh = capsys.readouterr().out
    assert "[正常] 板卡：sim：4 路外线，4 路话机" in fresh
    assert "[正常] 数据库：还没有" in fresh
    assert "[提醒] 话务引擎：没有运行" in fresh
    assert files(tmp_path) == []

    (tmp_path / "hotlinebox.db").write_bytes(b"no database " * 1000)
    (tmp_path / "callplan.json").write_text("{", encoding="utf-8")
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "20260101-000000-aa.jsonl").write_text("garbage\n", encoding="utf-8")
    before = files(tmp_path)
    assert main(["doctor", "--data", str(tmp_path)]) == 1
    sick = capsys.readouterr().out
    assert "[问题] 数据库：" in sick
    assert "[问题] 话务方案：" in sick
    assert "1 行不可读" in sick
    assert sick.count("处理办法：") >= 3
    assert files(tmp_path) == before


@pytest.mark.slow
def test_doctor_beside_a_running_box_and_after_its_death(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    async def script() -> None:
        async with LiveBox(tmp_path) as box:
            engine, web = box.run("engine"), box.run("web")
            await box.engine_up()
            await box.web_up()
            await box.calls_in("out-1", "13905621231", 1)
            doctor = ["doctor", "--data", str(box.data)]
            await asyncio.to_thread(main, doctor)
            running = capsys.readouterr().out
            assert "[正常] 话务引擎：运行中" in running
            assert "[正常] 网页服务：运行中" in running
            assert "[正常] 数据库：完整" in running
            assert "1 个通话未结束" in running
            web.kill()
            engine.kill()
            await asyncio.to_thread(main, doctor)
            dead = capsys.readouterr().out
            assert "[提醒] 话务引擎：没有运行" in dead
            assert "[提醒] 网页服务：没有运行" in dead

    asyncio.run(script())


@pytest.mark.slow
def test_second_engine_on_the_same_data_folder_is_refused(tmp_path: Path) -> None:
    async def script() -> None:
        async with LiveBox(tmp_path) as box:
            box.run("engine")
            await box.engine_up()
            call_id = await box.calls_in("out-1", "13905621231", 1)
            before = files(box.data)
            done = await asyncio.to_thread(run, "engine", "--data", box.data)
            assert done.returncode == 2
            assert "已有一个话务引擎在运行" in sentence(done.stderr)
            assert files(box.data) == before
            assert box.ended() == {}, "the running call was not closed as if it had been left open"
            assert box.call(call_id) is not None

    asyncio.run(script())


def test_a_good_plan_passes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_callplan(tmp_path / "callplan.json", default_plan("铜陵广电", "0562-96599", "0562"))
    main(["doctor", "--data", str(tmp_path)])
    assert "[正常] 话务方案：第 1 版，4 条外线，4 部分机" in capsys.readouterr().out
