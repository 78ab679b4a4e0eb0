"""Who somebody at a phone is: staff number and PIN, with a lock against guessing.

Wrong PINs are counted for the staff number (guessed from many phones) and for the phone (many staff numbers guessed).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import partial

from appliance.callplan import CallPlan
from appliance.engine.beside import beside
from appliance.pincode import pin_matches
from appliance.telephony.ids import AgentId, StationId

log = logging.getLogger(__name__)


class PinVerdict(Enum):
    RIGHT = auto()
    WRONG = auto()
    LOCKED = auto()
    """Too many wrong ones, this one or before: nothing counts until the lock is over."""


@dataclass(slots=True)
class _Tries:
    wrong: int = 0
    locked_until: datetime | None = None


class PinDesk:
    """Checks PINs by the plan's hashes; the web need not run."""

    def __init__(self) -> None:
        self._tries: dict[str, _Tries] = {}

    def locked(self, who: AgentId | StationId, now: datetime) -> bool:
        """Whether nobody may try this staff number, or at this phone, just now."""
        tries = self._tries.get(who)
        return tries is not None and tries.locked_until is not None and now < tries.locked_until

    async def verify(self, plan: CallPlan, agent: AgentId, station: StationId, pin: str, now: datetime) -> PinVerdict:
        """Check a PIN. A staff number without one, or unknown, is wrong and takes as long."""
        if self.locked(agent, now) or self.locked(station, now):
            return PinVerdict.LOCKED
        encoded = next((each.pin_hash for each in plan.agents if each.id == agent), "")
        if await beside(partial(pin_matches, encoded, pin)):
            self._tries.pop(agent, None)
            self._tries.pop(station, None)
            return PinVerdict.RIGHT
        log.warning("wrong PIN for staff number %s at phone %s", agent, station)
        counted = [self._wrong(plan, who, now) for who in (agent, station)]
        return PinVerdict.LOCKED if any(counted) else PinVerdict.WRONG

    def _wrong(self, plan: CallPlan, who: AgentId | StationId, now: datetime) -> bool:
        """Count a wrong PIN; True when it locks."""
        tries = self._tries.setdefault(who, _Tries())
        if tries.locked_until is not None and now >= tries.locked_until:
            tries.wrong, tries.locked_until = 0, None
        tries.wrong += 1
        if tries.wrong < plan.phones.pin_attempts:
            return False
        tries.locked_until = now + timedelta(seconds=plan.phones.pin_lock_s)
        log.warning("%s is locked until %s: too many wrong PINs", who, tries.locked_until)
        return True
