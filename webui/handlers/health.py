"""Is the box well."""

from __future__ import annotations

import asyncio

import msgspec

from appliance.memory import resident_mb
from appliance.store.users import count_users
from appliance.wire.messages import EngineHealth
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.handlers.base import ApiHandler

DATABASE_PATIENCE_S = 3.0


class WebHealth(msgspec.Struct, frozen=True):
    resident_mb: float
    db_ok: bool
    ingest_lag_s: float
    """Seconds since the journal was last read to its end."""


class Health(msgspec.Struct, frozen=True):
    engine: EngineHealth | None
    """None while the engine is out of reach."""
    web: WebHealth


class HealthHandler(ApiHandler):
    @needs(P.SYS_STATUS)
    async def get(self) -> Health:
        """How engine and web are doing."""
        snapshot = self.context.link.mirror.snapshot()
        return Health(
            engine=snapshot.health if snapshot else None,
            web=WebHealth(resident_mb(), await self._database_answers(), round(self.context.ingest.lag_s, 1)),
        )

    async def _database_answers(self) -> bool:
        try:
            async with asyncio.timeout(DATABASE_PATIENCE_S):
                await self.context.database.read(count_users)
        except Exception:  # noqa: BLE001 - whatever the reason is: it does not answer
            return False
        return True
