"""The support bundle: what the vendor needs to see a fault, without anything of the bureau's customers.

What: a zip of texts. Each is either made of counts and measured values only, or has passed the scrubber (`scrub.py`).
How: nothing is copied from the database, recordings, prompts, flows or the call plan; of the journal only which kinds
    of facts there are and when, never what they say.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from pathlib import Path
from typing import NamedTuple

import msgspec

from appliance.journal import read_facts
from appliance.settings import Settings
from appliance.support.scrub import Scrubber
from appliance.wire.facts import (
    AnyFact,
    CallEnded,
    CallPlanLoaded,
    CallProgressed,
    CallStarted,
    EngineStarted,
    LineFaulted,
)

MOST_PART_BYTES = 4 << 20
_HIDDEN = "（已隐去）"


class Words(Enum):
    """What a part may hold besides counts, enums and measured values."""

    NONE = auto()
    OURS = auto()
    """Sentences of this program with values in them."""
    ANY = auto()
    """Whatever was logged."""


class Part(NamedTuple):
    name: str
    """In the zip, `logs/engine.txt`."""
    text: str
    words: Words = Words.NONE


class PartSize(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    octets: int


def pack(parts: Iterable[Part], scrubber: Scrubber) -> bytes:
    """The zip: free text scrubbed, the longest ones without their beginning."""
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            shown = scrubbed(part._replace(text=part.text[-MOST_PART_BYTES:]), scrubber)
            archive.writestr(zipfile.ZipInfo(part.name, (1980, 1, 1, 0, 0, 0)), shown, zipfile.ZIP_DEFLATED)
    return octets.getvalue()


def scrubbed(part: Part, scrubber: Scrubber) -> str:
    """The part as it may be shown."""
    return part.text if part.words is Words.NONE else scrubber.scrub(part.text, ours=part.words is Words.OURS)


def sizes_in(file: Path) -> tuple[PartSize, ...]:
    """What is in a bundle. Raises `OSError`, `zipfile.BadZipFile`."""
    with zipfile.ZipFile(file) as archive:
        return tuple(PartSize(name=each.filename, octets=each.file_size) for each in archive.infolist())


def text_in(file: Path, name: str) -> str:
    """One part as text. Raises `KeyError`, `OSError`, `zipfile.BadZipFile`."""
    with zipfile.ZipFile(file) as archive:
        return archive.read(name).decode("utf-8", "replace")


def settings_text(settings: Settings) -> str:
    """Settings of the machine; PINs and whatever a database address may hold are left out."""
    cards = tuple(msgspec.structs.replace(card, pin=_HIDDEN if card.pin else "") for card in settings.cards)
    url = settings.store.url
    kind = f"{url.partition(':')[0]}:{_HIDDEN}" if url else ""
    told = msgspec.structs.replace(
        settings, cards=cards, store=msgspec.structs.replace(settings.store, url=kind), data_dir=str(settings.data)
    )
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()


def journal_text(settings: Settings) -> str:
    """How many facts of each kind on each day, and how many lines could not be read."""
    days: dict[str, Counter[str]] = {}
    garbage = 0
    for line in read_facts(settings.journal_dir, {}):
        if line.fact is None:
            garbage += 1
        else:
            days.setdefault(line.fact.at[:10], Counter())[type(line.fact).__name__] += 1
    lines = [f"不可读的行：{garbage}"]
    for day, kinds in sorted(days.items()):
        lines.append(f"{day}  " + "  ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))
    return "\n".join(lines) + "\n"


def trace_text(settings: Settings, most: int) -> str:
    """The last facts, a line each: when, what kind, which call, line and state; never who or what number."""
    lines: list[str] = []
    for line in read_facts(settings.journal_dir, {}):
        if line.fact is not None:
            lines.append(_traced(line.fact))
            if len(lines) > 2 * most:
                del lines[:most]
    return "\n".join(lines[-most:]) + "\n"


def _traced(fact: AnyFact) -> str:
    words: Sequence[object]
    match fact:
        case CallStarted():
            words = (fact.call_id, fact.direction, f"line={fact.line}")
        case CallProgressed():
            words = (fact.call_id, fact.state, fact.step.kind)
        case CallEnded(record=record):
            cause = (record.result, record.hang_up_side, record.hang_up_cause)
            words = (record.call_id, *cause, f"line={record.line}", f"talk_s={record.talk_s:.0f}")
        case LineFaulted():
            words = (f"line={fact.line}",)
        case EngineStarted():
            words = (fact.version,)
        case CallPlanLoaded():
            words = (f"plan={fact.plan_version}",)
        case _:
            words = ()
    return " ".join(str(word) for word in (fact.at, type(fact).__name__, *words))
