"""The box as handlers see it: every object they use, made in `webui.app.build`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from appliance.settings import Settings
from appliance.store.database import Database
from webui.alarms.alarms import Alarms
from webui.apidocs import ApiDocsShelf
from webui.auth.attempts import Attempts
from webui.auth.passwords import Passwords
from webui.auth.permissions import P
from webui.auth.sessions import Sessions
from webui.backups import Backups
from webui.callerbook import CallerBookKeeper
from webui.configuration import Configurations
from webui.customerexports import CustomerExports
from webui.desk import Desk
from webui.engine_link import EngineLink
from webui.exports import Exports
from webui.flows import Flows
from webui.imports import CustomerImports
from webui.ingest import Ingest
from webui.interfaces.interfaces import Interfaces
from webui.live import LiveHub
from webui.machine import Machine
from webui.phones import PhoneRelay
from webui.planfile import PlanFile
from webui.prompts import Prompts
from webui.storage import Storage
from webui.support import Support
from webui.tls import Tls
from webui.updates import Updates


@dataclass(frozen=True, slots=True)
class Context:
    settings: Settings
    version: str
    api_docs: ApiDocsShelf
    permissions_in_use: frozenset[P]
    """Those that are asked for somewhere; the others wait for what they are for."""
    static: Path
    """The built front end."""
    database: Database
    pop_database: Database
    """A reader of its own for screen pops: no list or search is ever before them in a queue."""
    link: EngineLink
    live: LiveHub
    phones: PhoneRelay
    ingest: Ingest
    desk: Desk
    alarms: Alarms
    plan: PlanFile
    callerbook: CallerBookKeeper
    imports: CustomerImports
    customer_exports: CustomerExports
    prompts: Prompts
    exports: Exports
    storage: Storage
    updates: Updates
    backups: Backups
    configurations: Configurations
    support: Support
    tls: Tls
    machine: Machine
    flows: Flows
    interfaces: Interfaces
    passwords: Passwords
    sessions: Sessions
    attempts: Attempts

    @property
    def virtual_phones(self) -> bool:
        """There are phones with their hooks in the browser, by the settings or by what the engine says it has."""
        snapshot = self.link.mirror.snapshot()
        cards = snapshot.health.cards if snapshot is not None else ()
        return self.settings.virtual_phones or any(card.family == "soundcard" for card in cards)
