"""What tests of the whole box on DAHDI's real drivers share: a plan for its ports, and the logs when it goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from pathlib import Path

import msgspec

from appliance.callplan import CallPlan
from appliance.defaults.plan import default_plan
from drivers.base import PortId
from tests.system.livebox import ALWAYS

_LOG_END = 3000


def plan_for(lines: Sequence[PortId], stations: Sequence[PortId]) -> CallPlan:
    """The default plan on these ports, open round the clock, without wrap-up."""
    made = default_plan("铜陵广电", "0562-96599", "0562", line_ports=lines, station_ports=stations, hours=ALWAYS)
    queues = tuple(msgspec.structs.replace(queue, wrap_up_s=0.0) for queue in made.queues)
    return msgspec.structs.replace(made, queues=queues)


def run_story(story: Coroutine[None, None, None], folder: Path) -> None:
    """To its end; what fails is told with the ends of the box's logs."""
    try:
        asyncio.run(story)
    except (AssertionError, TimeoutError) as wrong:
        logs = "\n".join(log.read_text(encoding="utf-8")[-_LOG_END:] for log in sorted(folder.glob("*.log")))
        raise AssertionError(f"{wrong!r}\n{logs}") from wrong
