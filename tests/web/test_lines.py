"""The page of the outside lines: what the engine tells of their health, and who may see it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from appliance.telephony.call import LineState, LineTrouble
from appliance.telephony.ids import LineId
from appliance.wire import messages
from appliance.wire.linehealth import LearntTone, LineHealth
from appliance.wire.messages import HealthReported, LineChanged, LineView
from tests.web.box import Box, in_box, until_true

HUMMING = LineHealth(
    line=LineId(2),
    listened_s=60.0,
    hum_dbm0=(-35.0, -60.0, -70.0),
    busy=LearntTone(pitch_hz=440.0, on_s=0.35, off_s=0.35, level_dbm0=-14.0, calls=4),
    drift="第2线忙音由450变为440赫兹",
    troubles=(LineTrouble.HUM, LineTrouble.DRIFT),
)


def report(box: Box) -> None:
    health = msgspec.structs.replace(box.engine.snapshot().health, lines=(HUMMING,))
    box.engine.publish(HealthReported(health=health))


def test_every_line_is_told_with_what_is_known_of_it(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        leader = await box.person("li", "leader")
        report(box)

        async def told() -> bool:
            return bool((await leader.get("/api/lines")).json["lines"][1]["health"]["drift"])

        await until_true(told)
        answer = (await leader.get("/api/lines")).json
        assert answer["engine_up"] is True
        assert [card["view"]["label"] for card in answer["lines"]] == ["外线1", "外线2", "外线3", "外线4"]
        humming = answer["lines"][1]["health"]
        assert humming["troubles"] == ["hum", "drift"]
        assert humming["drift"] == HUMMING.drift
        assert humming["busy"]["pitch_hz"] == 440.0
        assert answer["lines"][0]["health"]["troubles"] == []
        assert answer["lines"][0]["health"]["hum_dbm0"] is None

    in_box(tmp_path, test)


def test_numbers_on_the_lines_are_masked_without_the_permission(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        box.engine.publish(
            LineChanged(
                line=LineView(line=LineId(2), label="外线2", state=LineState.TALKING, peer_number="13812341234")
            )
        )
        for role, shown in (("leader", "13812341234"), ("vendor", "138****1234")):
            browser = await box.person(role, role)

            async def number(browser=browser) -> str:
                return str((await browser.get("/api/lines")).json["lines"][1]["view"]["peer_number"])

            async def there(number=number) -> bool:
                return bool(await number())

            await until_true(there)
            assert await number() == shown

    in_box(tmp_path, test)


def test_an_agent_is_not_told_of_the_lines(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        agent = await box.person("zhang", "agent", agent="1001")
        assert (await agent.get("/api/lines")).status == 403
        leader = await (await box.person("li", "leader")).socket("/live")
        report(box)
        assert (await leader.until("HealthReported"))["health"]["lines"][0]["line"] == 2
        assert (await (await agent.socket("/live")).next())["health"]["lines"] == []
        late = await (await box.person("wang", "leader")).socket("/live")
        assert (await late.next())["health"]["lines"][0]["drift"] == HUMMING.drift

    in_box(tmp_path, test)


def test_a_line_is_tested_from_the_page(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        vendor = await box.person("vendor", "vendor")
        assert (await vendor.post("/api/lines/2/test")).status == 200
        assert [command.line for command in box.engine.commands if isinstance(command, messages.TestLine)] == [2]
        assert (await vendor.post("/api/lines/zwei/test")).status == 404
        agent = await box.person("wang", "agent")
        assert (await agent.post("/api/lines/2/test")).status == 403

    in_box(tmp_path, test)
