"""“本次通话将被录音”: told to a caller before the first conversation that is recorded, where the plan says so."""

from __future__ import annotations

from datetime import timedelta

from appliance.engine.callfiles import decide
from appliance.engine.station import Station
from appliance.engine.talk import Talk
from appliance.telephony.call import Direction, StepKind


async def announce(talk: Talk, station: Station) -> None:
    """Once a call, to the caller and to the agent who has just answered; then they may talk."""
    call, rules, leg = talk.call, talk.switch.plan.recording, talk.leg
    if rules.announcement is None or leg is None or call.direction is not Direction.INBOUND:
        return
    if any(step.kind is StepKind.RECORDING_ANNOUNCED for step in call.steps):
        return
    if decide(rules, call, call.started_at + timedelta(seconds=call.elapsed_s)) is not None:
        return
    call.note(StepKind.RECORDING_ANNOUNCED, note=rules.announcement)
    prompt = leg.prompt(rules.announcement)
    talk.switch.media.play(station.port, [prompt])
    await talk.switch.media.play(talk.far.port, [prompt]).finished()
