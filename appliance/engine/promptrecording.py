"""A prompt spoken into a phone: recorded, listened to, kept; then callers hear it from the next playing on."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from pathlib import Path

from pydub import AudioSegment

from appliance.atomicfile import replace_file
from appliance.engine.beside import beside
from appliance.engine.phonetalk import PhoneTalk
from appliance.ivr.promptaudio import SilentAudioError, levelled, samples_of, trimmed, wav_bytes
from appliance.ivr.prompts import is_prompt_id
from appliance.media.items import SoundFile
from appliance.media.promptstore import PromptFileError, read_prompt
from appliance.telephony.ids import AgentId, PromptId
from appliance.wire.facts import PromptRecorded
from drivers.base import SAMPLE_RATE

log = logging.getLogger(__name__)

LONGEST_S = 120.0
KEY_TAIL_S = 0.2
"""The `#` or the handset that ends the recording is cut off."""
_LISTEN, _AGAIN, _KEEP, _STOP = "1", "2", "3", "#"


async def record_prompt(talk: PhoneTalk, agent: AgentId) -> None:
    """Ask which, record it, and keep it when its speaker is content."""
    number = await talk.number("phone_enter_prompt", 6)
    if not number:
        return
    prompt = talk.switch.plan.phones.prompt(number)
    if not is_prompt_id(prompt):
        await talk.tell("invalid_number")
        return
    folder = talk.switch.prompts_dir
    spoken = folder / f".{talk.station.plan.id}.wav"
    try:
        if await _speak(talk, spoken):
            await _keep(talk, spoken, prompt, agent)
    finally:
        spoken.unlink(missing_ok=True)


async def _speak(talk: PhoneTalk, spoken: Path) -> bool:
    """Record over and over until it is to be kept (True) or given up."""
    await record_after_beep(talk, spoken)
    while True:
        key = await talk.key("phone_prompt_menu", wanted=_LISTEN + _AGAIN + _KEEP + _STOP)
        if key == _LISTEN:
            await talk.say(SoundFile(spoken))
        elif key == _AGAIN:
            await record_after_beep(talk, spoken)
        else:
            return key == _KEEP


async def record_after_beep(talk: PhoneTalk, spoken: Path) -> None:
    """Ask for it, then record into `spoken` until `#`, the handset going down, or `LONGEST_S`."""
    media, port, keys, done = talk.switch.media, talk.station.port, talk.station.keys, asyncio.Event()
    await talk.say("record_after_beep")
    keys.clear()
    await talk.beep()
    recording = media.start_voicemail(spoken, port)
    tail_s = KEY_TAIL_S
    try:
        with keys.interrupting("#", done.set):
            async with asyncio.timeout(LONGEST_S):
                await done.wait()
    except TimeoutError:
        tail_s = 0.0
    finally:
        media.stop_recording(recording, trim_tail_s=tail_s)
        await recording.finished()  # also when the handset went down: then the file can be removed
    keys.clear()


async def _keep(talk: PhoneTalk, spoken: Path, prompt: PromptId, agent: AgentId) -> None:
    try:
        await beside(partial(_finish, spoken, talk.switch.prompts_dir / f"{prompt}.wav"))
    except SilentAudioError:
        await talk.tell("phone_nothing_said")
        return
    except (OSError, PromptFileError):
        log.exception("prompt %s recorded at phone %s", prompt, talk.station.plan.id)
        await talk.tell("phone_prompt_failed")
        return
    talk.switch.prompts_changed()
    talk.switch.diary.write(PromptRecorded, durable=True, prompt=prompt, agent=agent, station=talk.station.plan.id)
    await talk.say("phone_prompt_kept")


def _finish(spoken: Path, target: Path) -> None:
    """Trim and level what was spoken and put it in its place, wholly or not at all."""
    pcm = read_prompt(spoken).astype("<i2").tobytes()
    segment = AudioSegment(data=pcm, sample_width=2, frame_rate=SAMPLE_RATE, channels=1)
    replace_file(target, wav_bytes(samples_of(levelled(trimmed(segment)))))
