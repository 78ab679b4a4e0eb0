"""A fault in a flow or a call plan, as a sentence for the person who edits it."""

from __future__ import annotations

import copy
import re
from typing import Any

import msgspec

from appliance.complaint import complaint_of
from appliance.telephony.ids import NodeId


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to put right before publishing."""

    text: str
    """Chinese sentence: what is wrong and what was expected."""
    node: NodeId | None = None
    field: str = ""
    """Path within the node (`params.prompts[0]`, `exits.1`) or, in a call plan, from its root."""
    grave: bool = True
    """False: calls run all the same (a missing prompt is replaced), so a plan in force is not refused for it."""

    def below(self, path: str) -> Problem:
        """The same problem seen from further up: `path` is put before the field."""
        field = f"{path}.{self.field}" if self.field else path
        return msgspec.structs.replace(self, field=field)


def problem_of(error: msgspec.ValidationError, decoded: Any, kind: type[msgspec.Struct]) -> Problem:
    """What `msgspec.convert(decoded, kind)` complained of, as a path and a Chinese sentence.

    msgspec names list items but not the keys of a mapping (`exits[...]`); the key is found by trying them one by one.
    """
    complaint = complaint_of(error)
    path = complaint.path
    while "[...]" in path:
        path = path.replace("[...]", f".{_guilty_key(path, decoded, kind)}", 1)
    return Problem(field=path, text=complaint.text)


def _guilty_key(path: str, decoded: Any, kind: type[msgspec.Struct]) -> str:
    """The key of the mapping at the first `[...]` of `path` that draws the same complaint when it stands alone."""
    before = path.partition("[...]")[0]
    for key in _at(before, decoded):
        alone = copy.deepcopy(decoded)
        mapping = _at(before, alone)
        value = mapping[key]
        mapping.clear()
        mapping[key] = value
        try:
            msgspec.convert(alone, kind)
        except msgspec.ValidationError as error:
            if f"{before}[...]" in str(error):
                return str(key)
    return "?"


def _at(path: str, decoded: Any) -> Any:
    for step in re.findall(r"[^.\[\]]+", path):
        decoded = decoded[int(step)] if isinstance(decoded, list) else decoded[step]
    return decoded
