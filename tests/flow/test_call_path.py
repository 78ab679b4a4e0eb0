"""The agent sees where the caller has been."""

from __future__ import annotations

from pathlib import Path

from appliance.wire.messages import PathStep

from .box import Box, conversation
from .seatkeys import view


def test_the_call_tells_nodes_and_keys_in_their_order(tmp_path: Path) -> None:
    paths: list[tuple[PathStep, ...]] = []

    async def script(box: Box) -> None:
        caller, phone = await box.talking(key="1")
        paths.append(view(box).path)
        caller.hang_up()
        phone.hang_up()
        await box.record()

    conversation(tmp_path, script)
    (path,) = paths
    assert path[0] == PathStep(label="应答")
    assert PathStep(label="主菜单", keys="1") in path
