"""What `hotlinebox doctor` says of the outside lines: how each sounded last, and what its last test found."""

from __future__ import annotations

from appliance.telephony.call import LineTrouble
from appliance.wire.linehealth import LineHealth
from appliance.wire.linetest import LineTest, LineTestFinding

_TROUBLE_ADVICE = {
    LineTrouble.HUM: "有交流声：检查电话线是否靠近电源线，或请运营商检查绝缘。",
    LineTrouble.NOISE: "有杂音：检查接头是否松动、受潮，或请运营商检查线路。",
    LineTrouble.CLICKS: "有咔嗒声：多为接触不良，检查接线盒和水晶头。",
}
_TEST_ADVICE = {
    LineTestFinding.NO_DIAL_TONE: "测试时没有拨号音：检查电话线是否插好，或线路是否停机。",
    LineTestFinding.DIAL_PITCH: "拨号音频率不对：可能接在小交换机后面，挂机识别也会受影响。",
    LineTestFinding.DIAL_WEAK: "拨号音太弱：线路太长或接触不良，请运营商检查。",
    LineTestFinding.HUM: "测试时交流声大：检查电话线是否靠近电源线，或请运营商检查绝缘。",
    LineTestFinding.NOISE: "测试时杂音大：检查接头是否松动、受潮。",
    LineTestFinding.ECHO: "回声大：检查是否并接了别的话机，线路中间是否有坏接头。",
    LineTestFinding.PAIR_SILENT: "呼叫本机另一条外线没有接通：检查两条线路填写的号码，或线路是否停机。",
    LineTestFinding.PAIR_WEAK: "两条外线之间声音太小：线路太长或接触不良，请运营商检查。",
    LineTestFinding.INTERRUPTED: "上次测试被来电打断，可再测一次。",
    LineTestFinding.LINE_LOST: "上次测试没有测完：检查插头后再测一次。",
}


def line_text(health: LineHealth) -> str:
    """What was heard of a line, in one sentence."""
    parts = []
    if health.hum_dbm0 is not None and health.noise_dbm0 is not None:
        parts.append(f"交流声 {max(health.hum_dbm0):.0f}、底噪 {health.noise_dbm0:.0f} dBm0")
        parts.append(f"咔嗒声每分钟 {health.clicks_per_minute or 0:.0f} 次")
    if health.busy is not None:
        parts.append(f"忙音 {health.busy.pitch_hz:.0f} 赫兹 {health.busy.level_dbm0:.0f} dBm0")
    if health.caller_id:
        parts.append(f"来电显示 {health.caller_id}")
    if health.test is not None:
        parts.append(_test_text(health.test))
    return "，".join(parts) or "还没有听过"


def line_advice(health: LineHealth) -> str:
    """What to do about it; empty when all is well."""
    drift = f"{health.drift}：若挂机识别变慢，请告知维护人员。" if health.drift else ""
    wrong = [_TROUBLE_ADVICE[trouble] for trouble in health.troubles if trouble is not LineTrouble.DRIFT]
    found = [_TEST_ADVICE[finding] for finding in health.test.findings] if health.test is not None else []
    return "".join([drift, *wrong, *found])


def _test_text(test: LineTest) -> str:
    parts = []
    if test.dial_pitch_hz is not None and test.dial_level_dbm0 is not None:
        parts.append(f"拨号音 {test.dial_pitch_hz:.0f} 赫兹 {test.dial_level_dbm0:.0f} dBm0")
    if test.noise_dbm0 is not None and test.hum_dbm0 is not None:
        parts.append(f"底噪 {test.noise_dbm0:.0f}、交流声 {test.hum_dbm0:.0f} dBm0")
    if test.echo_return_db is not None:
        parts.append(f"回波损耗 {test.echo_return_db:.0f} dB")
    if test.pair is not None:
        pair = test.pair
        parts.append(f"与外线 {pair.other} 互测衰减 {pair.loss_there_db:.0f}／{pair.loss_back_db:.0f} dB")
    return f"{test.at[5:16].replace('T', ' ')} 测试（{'，'.join(parts) or '没有测完'}）"
