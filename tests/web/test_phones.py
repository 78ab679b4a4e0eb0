from __future__ import annotations

from pathlib import Path

from appliance.wire.virtualphone import ListenPhone, PhoneHook
from tests.web.box import Box, in_box, until
from webui.phones import pack_audio, unpack_audio

TONE = bytes(range(160)) * 2


def test_a_frame_is_what_it_was() -> None:
    assert unpack_audio(pack_audio("out-1", TONE)) == ("out-1", TONE)


def test_microphone_and_earpiece(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        mine, other = await browser.socket("/phones"), await browser.socket("/phones")
        for socket in (mine, other):
            assert [(await socket.next())["phone"]["phone"] for _ in range(2)] == ["801", "out-1"]
        await mine.send({"type": "ListenPhone", "phone": "801", "on": True})
        await mine.send(pack_audio("801", TONE))
        await until(lambda: box.engine.spoken["801"] == TONE)
        box.engine.say("801", TONE)
        assert await mine.next() == pack_audio("801", TONE)
        await mine.send({"type": "PhoneHook", "phone": "801", "off_hook": True})
        assert (await mine.next())["phone"]["off_hook"] is True
        assert (await other.next())["phone"]["off_hook"] is True
        assert box.engine.commands[-1] == PhoneHook(phone="801", off_hook=True, seq=box.engine.commands[-1].seq)

    in_box(tmp_path, test)


def test_listening_ends_with_the_last_listener(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        first, second = await browser.socket("/phones"), await browser.socket("/phones")
        for socket in (first, second):
            await socket.send({"type": "ListenPhone", "phone": "801", "on": True})
        await until(lambda: sum(isinstance(command, ListenPhone) for command in box.engine.commands) == 2)
        first.close()
        await second.send({"type": "ListenPhone", "phone": "out-1", "on": True})
        await until(lambda: box.engine.server.listened("out-1"))
        assert box.engine.server.listened("801")
        second.close()
        await until(lambda: not box.engine.server.listened("801") and not box.engine.server.listened("out-1"))

    in_box(tmp_path, test)


def test_listening_goes_on_after_an_engine_restart(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        socket = await (await box.everything()).socket("/phones")
        await socket.send({"type": "ListenPhone", "phone": "801", "on": True})
        await until(lambda: box.engine.server.listened("801"))
        await box.engine.server.stop()
        await socket.until("EngineDown")
        await box.engine.server.start()
        await until(lambda: box.engine.server.listened("801"))
        box.engine.say("801", TONE)
        while not isinstance(message := await socket.next(), bytes):
            assert message is not None
        assert message == pack_audio("801", TONE)

    in_box(tmp_path, test)


def test_what_cannot_be_done_is_explained(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        socket = await (await box.person("zhang", "agent", agent="1001")).socket("/phones")
        await socket.send({"type": "PhoneHook", "phone": "999", "off_hook": True})
        assert (await socket.until("Refused"))["text"] == "没有话机 999。"
        await socket.send({"type": "Explode"})
        assert (await socket.until("Refused"))["text"].endswith("。")
        await socket.send(b"\xff\x00")
        assert "格式" in (await socket.until("Refused"))["text"]
        await socket.send({"type": "SetLineFault", "line": 1, "fault": "unplugged", "on": True})
        assert "权限" in (await socket.until("Refused"))["text"]
        await socket.send({"type": "PhoneHook", "phone": "801", "off_hook": True})
        assert (await socket.until("PhoneChanged"))["phone"]["off_hook"] is True

    in_box(tmp_path, test)
