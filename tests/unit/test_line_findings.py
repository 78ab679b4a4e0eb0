"""What the doctor says of a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.cli.linefindings import line_advice, line_text
from appliance.cli.main import main
from appliance.engine.linelesson import LineLesson, save_lessons
from appliance.telephony.call import LineTrouble
from appliance.telephony.ids import LineId
from appliance.wire.linehealth import LineHealth
from appliance.wire.linetest import LineTest, LineTestFinding

TEST = LineTest(
    line=LineId(2),
    at="2026-11-02T09:00:00+08:00",
    dial_pitch_hz=450.2,
    dial_level_dbm0=-14.0,
    noise_dbm0=-61.0,
    hum_dbm0=-38.0,
    echo_return_db=7.0,
    findings=(LineTestFinding.HUM, LineTestFinding.ECHO),
)


def test_a_test_is_told_with_what_to_do() -> None:
    health = LineHealth(line=LineId(2), test=TEST)
    assert line_text(health) == (
        "11-02 09:00 测试（拨号音 450 赫兹 -14 dBm0，底噪 -61、交流声 -38 dBm0，回波损耗 7 dB）"
    )
    assert "电源线" in line_advice(health)
    assert "并接" in line_advice(health)


def test_every_finding_and_trouble_has_its_advice() -> None:
    for finding in LineTestFinding:
        found = LineTest(line=LineId(1), at="2026-11-02T09:00:00+08:00", findings=(finding,))
        assert line_advice(LineHealth(line=LineId(1), test=found))
    for trouble in set(LineTrouble) - {LineTrouble.DRIFT}:
        assert line_advice(LineHealth(line=LineId(1), troubles=(trouble,)))
    assert line_advice(LineHealth(line=LineId(1))) == ""
    assert line_text(LineHealth(line=LineId(1))) == "还没有听过"


def test_the_doctor_reads_it_from_the_data_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_lessons(tmp_path, [LineLesson(line=LineId(2), test=TEST)])
    main(["doctor", "--data", str(tmp_path)])
    assert "回波损耗 7 dB" in capsys.readouterr().out
