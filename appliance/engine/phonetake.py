"""A phone as a microphone: it rings, is lifted, and what is said after the beep is kept for the screen to listen to.

It is no call and has no record: nobody calls anybody. The phone is taken meanwhile, so no caller is offered there.
"""

from __future__ import annotations

import logging
import time
import wave
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.engine.beside import beside
from appliance.engine.phonetalk import PhoneTalk
from appliance.engine.promptrecording import record_after_beep
from appliance.engine.station import Station
from appliance.engine.watch import PartyGone, watching
from appliance.telephony.ids import CallId
from appliance.wire.take import KEPT_S, all_takes, new_take, take_file

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

log = logging.getLogger(__name__)

RING_S = 30.0
SHORTEST_S = 0.3
"""Less is a handset put down again at once."""


def begin_take(switch: Switch, station: Station) -> CallId:
    """Ring the phone; its user speaks. The phone is the take's from now on."""
    take = new_take()
    station.begin_call(take)  # at once: nobody else may take the phone before the plot below begins
    switch.start(_take(switch, station, take))
    return take


async def _take(switch: Switch, station: Station, take: CallId) -> None:
    """Never raises."""
    spoken = take_file(switch.prompts_dir, CallId(f"{take}.part"))
    try:
        await beside(partial(_make_room, switch.prompts_dir))
        if await station.ring(take, "", "", RING_S):
            await _listen(switch, station, spoken)
            await beside(partial(_finish, spoken, take_file(switch.prompts_dir, take)))
    except Exception:
        log.exception("the take at phone %s broke down", station.plan.id)
    finally:
        if station.call_id == take:
            station.end_call()


async def _listen(switch: Switch, station: Station, spoken: Path) -> None:
    station.listen(on=True)
    try:
        async with watching(station.party):
            await record_after_beep(PhoneTalk(switch, station), spoken)
    except PartyGone:
        pass  # put down: that is how it ends


def _make_room(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for old in all_takes(folder):
        if old.stat().st_mtime < time.time() - KEPT_S:
            old.unlink(missing_ok=True)


def _finish(spoken: Path, target: Path) -> None:
    """Makes the take complete; one without anything in it is none."""
    try:
        with wave.open(str(spoken), "rb") as sound:
            enough = sound.getnframes() >= SHORTEST_S * sound.getframerate()
    except (OSError, EOFError, wave.Error):
        enough = False
    if enough:
        spoken.replace(target)
    else:
        spoken.unlink(missing_ok=True)
