"""Taking a plugged-in device into use from the page of lines, and giving it up."""

from __future__ import annotations

from pathlib import Path

import msgspec

from appliance.addedcards import added_cards
from appliance.callplan import load_callplan, write_callplan
from appliance.defaults.plan import default_plan
from appliance.wire.cards import CardView, PortView, SpareCardView
from appliance.wire.messages import HealthReported, ReloadCallPlan, RestartEngine
from tests.web.box import Box, Browser, in_box, until_true

STICK = SpareCardView(family="cellular", identity="4-1.2", label="Quectel EC20")
MODULE = CardView(
    name="cellular-1",
    family="cellular",
    there=True,
    identity="4-1.2",
    ports=(PortView(port="cellular-1/1", kind="cellular", label="4G 模块"),),
)
HEADSET = CardView(
    name="soundcard-1",
    family="soundcard",
    there=True,
    identity="Headset",
    ports=(PortView(port="soundcard-1/1", kind="fxs", label="声卡话机"),),
)


async def plugged(box: Box, browser: Browser, *cards: CardView, spares: tuple[SpareCardView, ...] = ()) -> None:
    """The engine says what there is, and the web knows."""
    write_callplan(box.context.settings.data / "callplan.json", default_plan("铜陵广电", "96599", "0562"))
    health = msgspec.structs.replace(box.engine.snapshot().health, cards=cards, spare_cards=spares)
    box.engine.publish(HealthReported(health=health))

    async def told() -> bool:
        answer = (await browser.get("/api/lines")).json
        return len(answer["cards"]) == len(cards) and len(answer["spare_cards"]) == len(spares)

    await until_true(told)


def test_a_plugged_in_device_is_taken_into_use_and_the_engine_begins_anew(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        await plugged(box, admin, spares=(STICK,))
        wish = {"family": "cellular", "identity": "4-1.2", "pin": "1234"}
        assert (await admin.post("/api/cards", wish)).status == 200
        (added,) = added_cards(box.context.settings)
        assert (added.name, added.card.family, added.card.device, added.card.pin) == (
            "cellular-1", "cellular", "4-1.2", "1234",
        )  # fmt: skip
        assert any(isinstance(command, RestartEngine) for command in box.engine.commands)
        shown = (await admin.get("/api/lines")).json
        assert shown["added"] == [{"name": "cellular-1", "family": "cellular", "identity": "4-1.2"}]
        assert "1234" not in (await admin.get("/api/lines")).body.decode()

        again = await admin.post("/api/cards", wish)
        assert again.status == 409
        assert "已经登记" in again.error
        other = await admin.post("/api/cards", {"family": "modem", "identity": "1-1"})
        assert other.status == 409
        assert "已经拔出" in other.error

    in_box(tmp_path, test)


def test_its_socket_becomes_the_next_line_and_goes_with_it(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        await plugged(box, admin, spares=(STICK,))
        assert (await admin.post("/api/cards", {"family": "cellular", "identity": "4-1.2"})).status == 200
        await plugged(box, admin, MODULE, HEADSET)
        assert (await admin.post("/api/sockets", {"port": "cellular-1/1"})).status == 200
        assert (await admin.post("/api/sockets", {"port": "soundcard-1/1"})).status == 200
        plan = load_callplan(box.context.settings.data / "callplan.json")
        assert [(line.id, line.port, line.label) for line in plan.lines][-1] == (5, "cellular-1/1", "外线5")
        assert [(each.id, each.port, each.seat) for each in plan.stations][-1] == ("805", "soundcard-1/1", "5")
        assert any(isinstance(command, ReloadCallPlan) for command in box.engine.commands)
        uses = {each["port"]: each["label"] for each in (await admin.get("/api/lines")).json["uses"]}
        assert uses["cellular-1/1"] == "外线5"
        assert (await admin.post("/api/sockets", {"port": "cellular-1/1"})).status == 409
        assert (await admin.post("/api/sockets", {"port": "cellular-1/9"})).status == 404

        assert (await admin.delete("/api/cards/cellular-1")).status == 200
        assert added_cards(box.context.settings) == ()
        assert len(load_callplan(box.context.settings.data / "callplan.json").lines) == 4
        assert (await admin.delete("/api/cards/cellular-1")).status == 404

    in_box(tmp_path, test)


def test_who_may_not_set_lines_takes_nothing_into_use(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        leader = await box.person("li", "leader")
        assert (await leader.post("/api/cards", {"family": "cellular", "identity": "4-1.2"})).status == 403
        assert (await leader.delete("/api/cards/cellular-1")).status == 403
        assert (await leader.post("/api/sockets", {"port": "cellular-1/1"})).status == 403

    in_box(tmp_path, test)


def test_a_broken_file_of_cards_is_told_and_stops_nothing(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        await plugged(box, admin, spares=(STICK,))
        (box.context.settings.data / "cards.json").write_text("[{]", encoding="utf-8")
        assert (await admin.get("/api/lines")).status == 200
        refused = await admin.post("/api/cards", {"family": "cellular", "identity": "4-1.2"})
        assert refused.status == 503
        assert "cards.json" in refused.error

    in_box(tmp_path, test)
