"""A card that was taken into use in the browser: the running engine waits for its calls, then begins anew with it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from appliance.addedcards import AddedCard, write_added_cards
from appliance.settings import CardSettings, Settings
from appliance.telephony.call import CallState
from appliance.wire.messages import RestartEngine
from tests.system.livebox import LiveBox

pytestmark = pytest.mark.slow


def test_the_engine_begins_anew_with_an_added_card_when_the_call_is_over(tmp_path: Path) -> None:
    async def run() -> None:
        async with LiveBox(tmp_path) as box:
            box.run("serve")
            await box.engine_up()
            first = box.snapshot.health.boot
            assert [card.name for card in box.snapshot.health.cards] == ["sim"]
            await box.sign_in("1001", "1", "repair")
            call = await box.calls_in("out-1", "13905621234", line=1)
            await box.presses("out-1", "1")
            await box.rings("801")
            await box.lifts("801")
            await box.in_state(call, CallState.CONNECTED)

            added = AddedCard(name="modem-1", card=CardSettings(family="modem", device="/dev/serial/by-id/none"))
            write_added_cards(Settings(data_dir=str(box.data)), [added])
            await box.link.command(RestartEngine())
            await box.until(lambda: box.snapshot.health.restart_waits, 10)
            assert box.snapshot.health.boot == first
            await box.hangs_up("out-1")
            assert (await box.record(call)).talk_s > 0, "the call was taken to its end"

            def anew() -> bool:
                now = box.link.mirror.snapshot()
                return now is not None and now.health.boot != first

            await box.until(anew, 30)
            modem = next(card for card in box.snapshot.health.cards if card.name == "modem-1")
            assert [port.port for port in modem.ports] == ["modem-1/1"]
            assert not modem.there
            assert modem.ports[0].fault
            assert [agent.agent for agent in box.snapshot.agents] == ["1001"], "who was signed in still is"
            assert not box.snapshot.health.restart_waits

    asyncio.run(run())


def test_a_broken_file_of_added_cards_keeps_no_box_from_taking_calls(tmp_path: Path) -> None:
    async def run() -> None:
        async with LiveBox(tmp_path) as box:
            (box.data / "cards.json").write_text("[{]", encoding="utf-8")
            box.run("engine")
            await box.engine_up()
            assert [card.name for card in box.snapshot.health.cards] == ["sim"]
            assert "cards.json" in (tmp_path / "engine.log").read_text(encoding="utf-8")

    asyncio.run(run())
