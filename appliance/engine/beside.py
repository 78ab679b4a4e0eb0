"""Work that waits for a disk or a processor, beside the control loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from appliance.media.virtualloop import VirtualLoop

ResultT = TypeVar("ResultT")


async def beside(work: Callable[[], ResultT]) -> ResultT:
    """Run `work` in a thread and wait for it; in virtual time at once, in place. Raises what it raises."""
    if isinstance(asyncio.get_running_loop(), VirtualLoop):
        return work()
    return await asyncio.to_thread(work)
