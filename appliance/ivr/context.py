"""What a node knows besides its own parameters: the pieces of the call plan, and what this call has gathered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.ivr.hours import Hours
from appliance.telephony.ids import BoxId, NodeId, PromptId, QueueId


@dataclass(frozen=True, slots=True)
class PlanParts:
    """The pieces of a call plan that a flow may refer to."""

    hours: Mapping[str, Hours] = field(default_factory=dict)
    queue_leave_keys: Mapping[QueueId, str] = field(default_factory=dict)
    """Every queue with the digit that takes a waiting caller out of it, or ''."""
    box_max_s: Mapping[BoxId, float] = field(default_factory=dict)
    """Every voicemail box with the longest message it takes."""
    prompts: frozenset[PromptId] = frozenset()
    """Every prompt there is a sound for: built-in or the bureau's own."""


class Context:
    """One call's way through a flow: variables, keyed digits and how often each node was entered."""

    def __init__(self, parts: PlanParts) -> None:
        self.parts = parts
        self.variables: dict[str, str] = {}
        """What nodes keep for later ones, by the name that the flow gives it."""
        self.visits: Counter[NodeId] = Counter()
        self._shown_digits = ""

    def keyed(self, digits: str, *, secret: bool = False) -> None:
        """Note what the caller keyed in this node, for the journal and the screen; secret digits show as `*`."""
        self._shown_digits += "*" * len(digits) if secret else digits

    def take_shown_digits(self) -> str:
        """Digits noted since the last call of this, as they may be shown."""
        shown, self._shown_digits = self._shown_digits, ""
        return shown
