"""The state of the box for monitoring programs."""

from __future__ import annotations

import asyncio

from appliance.memory import resident_mb
from appliance.store.alarms import open_alarms
from appliance.store.api_keys import KeyScope
from appliance.support.boxclock import SYNCHRONISED
from webui.auth.access import with_key
from webui.interfaces.handler import KeyHandler
from webui.metrics import CONTENT_TYPE, MetricsView, metrics_text


class MetricsHandler(KeyHandler):
    @with_key(KeyScope.METRICS_READ)
    async def get(self) -> None:
        """Lines, calls, queues, agents, ticks, disk, lag, alarms in Prometheus' text format. No telephone numbers."""
        text = metrics_text(
            MetricsView(
                version=self.context.version,
                snapshot=self.context.link.mirror.snapshot(),
                web_resident_mb=resident_mb(),
                journal_lag_s=round(self.context.ingest.lag_s, 1),
                alarms=await self.context.database.read(open_alarms),
                clock_synchronised=await asyncio.to_thread(SYNCHRONISED.exists),
            )
        )
        self.set_header("Content-Type", CONTENT_TYPE)
        await self.finish(text)

    def on_finish(self) -> None:
        """A program that looks every few seconds would push everything else out of the log."""
        if self.get_status() != 200:
            super().on_finish()
