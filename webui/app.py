"""The one route table, and the one place where the web's objects are made."""

from __future__ import annotations

from importlib.metadata import version as distribution_version
from pathlib import Path
from time import monotonic

from tornado.routing import URLSpec
from tornado.web import Application

from appliance.settings import Settings
from appliance.store.database import open_database, open_read_only
from webui.acquaintance import acquaintance
from webui.alarms.alarms import Alarms
from webui.apidocs import ApiDocsShelf
from webui.auth.access import methods_of
from webui.auth.attempts import Attempts
from webui.auth.passwords import Passwords
from webui.auth.permissions import ASKED_WITHIN, P
from webui.auth.sessions import Sessions
from webui.backup_routes import BACKUP_ROUTES
from webui.backups import Backups
from webui.callerbook import CallerBookKeeper
from webui.calllog_routes import CALL_LOG_ROUTES
from webui.compression import CompactAnswers
from webui.configuration import Configurations
from webui.context import Context
from webui.customerexports import CustomerExports
from webui.desk import Desk
from webui.engine_link import EngineLink
from webui.exports import Exports
from webui.flows import Flows
from webui.handlers.agents import AgentStatusHandler
from webui.handlers.calls import CallHandler, CallsHandler, CallVoicemailHandler
from webui.handlers.cards import CardHandler, CardsHandler, SocketsHandler
from webui.handlers.customerexports import (
    CustomerExportFileHandler,
    CustomerExportHandler,
    CustomerExportsHandler,
)
from webui.handlers.customerform import CustomerAreasHandler, CustomerFormHandler
from webui.handlers.customers import (
    CustomerBackgroundHandler,
    CustomerByNumberHandler,
    CustomerHandler,
    CustomerHistoryHandler,
    CustomerMergeHandler,
    CustomersHandler,
)
from webui.handlers.exports import ExportFileHandler, ExportHandler, ExportsHandler
from webui.handlers.flows import (
    FlowChangesHandler,
    FlowCheckHandler,
    FlowChoicesHandler,
    FlowDraftHandler,
    FlowExportHandler,
    FlowHandler,
    FlowImportsHandler,
    FlowNodesHandler,
    FlowPublicationHandler,
    FlowRollBackHandler,
    FlowsHandler,
    FlowTemplatesHandler,
    FlowUseHandler,
    FlowVersionHandler,
    FlowVersionsHandler,
    FlowWalkHandler,
)
from webui.handlers.followups import (
    DeskHandler,
    FollowUpCloseHandler,
    FollowUpDayHandler,
    FollowUpDialHandler,
    FollowUpHandler,
    FollowUpsHandler,
    RatingsHandler,
)
from webui.handlers.health import HealthHandler
from webui.handlers.imports import (
    CustomerImportCheckHandler,
    CustomerImportFileHandler,
    CustomerImportHandler,
    CustomerImportRunHandler,
    CustomerImportsHandler,
    CustomerImportUndoHandler,
)
from webui.handlers.lines import LinesHandler, LineTestHandler
from webui.handlers.openapi import OpenApiHandler
from webui.handlers.plan import PlanHandler
from webui.handlers.planparts import PlanPartHandler
from webui.handlers.prompts import PromptAudioHandler, PromptHandler, PromptsHandler
from webui.handlers.prompttakes import TakeAudioHandler, TakeHandler, TakesHandler
from webui.handlers.reasons import ReasonsHandler, ReasonTreeHandler
from webui.handlers.recordings import (
    EvidenceHandler,
    ProofHandler,
    RecordingFileHandler,
    RecordingLockHandler,
    RecordingNoteHandler,
    RecordingNotesHandler,
    RecordingStateHandler,
)
from webui.handlers.seat import (
    DialHandler,
    HangUpHandler,
    PickUpHandler,
    SignInHandler,
    SignOutHandler,
    StatusHandler,
    SuperviseHandler,
)
from webui.handlers.session import (
    ConfirmationHandler,
    LoginHandler,
    LogoutHandler,
    PasswordHandler,
    SessionHandler,
    SetUpHandler,
)
from webui.handlers.settings import HolidaysHandler, StaffHandler
from webui.handlers.sockets import LiveSocket, PhoneSocket
from webui.handlers.softkeys import (
    CancelConsultHandler,
    CompleteTransferHandler,
    ConferenceHandler,
    ConsultHandler,
    HangUpSeatHandler,
    HoldHandler,
    MoveHandler,
    PauseRecordingHandler,
    PushHandler,
    ResumeHandler,
    TransferHandler,
)
from webui.handlers.static import StaticHandler
from webui.handlers.storage import StorageHandler, StorageRulesHandler, StorageRunsHandler
from webui.handlers.voicemails import (
    VoicemailCallBackHandler,
    VoicemailHandler,
    VoicemailListenersHandler,
    VoicemailsHandler,
)
from webui.handlers.wizard import PromptSpeechHandler, WizardHandler
from webui.handlers.workplace import FavouritesHandler, OwnCallsHandler, RunningNoteHandler, WorkPlaceHandler
from webui.imports import CustomerImports
from webui.ingest import Ingest
from webui.interface_routes import INTERFACE_ROUTES
from webui.interfaces.interfaces import Interfaces
from webui.live import LiveHub
from webui.machine import Machine
from webui.monitor_routes import MONITOR_ROUTES
from webui.network_routes import NETWORK_ROUTES
from webui.openapi import document
from webui.people_routes import PEOPLE_ROUTES
from webui.phones import PhoneRelay
from webui.planfile import PlanFile
from webui.prompts import Prompts
from webui.route import Route
from webui.sms_routes import SMS_ROUTES
from webui.smsnews import SmsChanged
from webui.storage import Storage
from webui.support import Support
from webui.support_routes import SUPPORT_ROUTES
from webui.tls import Tls
from webui.update_routes import UPDATE_ROUTES
from webui.updates import Updates

ROUTES: tuple[Route, ...] = (
    Route("/api/session", SessionHandler),
    Route("/api/setup", SetUpHandler),
    Route("/api/login", LoginHandler),
    Route("/api/logout", LogoutHandler),
    Route("/api/password", PasswordHandler),
    Route("/api/confirmation", ConfirmationHandler),
    Route("/api/plan", PlanHandler),
    Route("/api/plan/{part}", PlanPartHandler),
    Route("/api/seat/sign-in", SignInHandler),
    Route("/api/seat/sign-out", SignOutHandler),
    Route("/api/seat/status", StatusHandler),
    Route("/api/seat/dial", DialHandler),
    Route("/api/seat/pick-up", PickUpHandler),
    Route("/api/seat/hold", HoldHandler),
    Route("/api/seat/resume", ResumeHandler),
    Route("/api/seat/consult", ConsultHandler),
    Route("/api/seat/complete-transfer", CompleteTransferHandler),
    Route("/api/seat/cancel-consult", CancelConsultHandler),
    Route("/api/seat/transfer", TransferHandler),
    Route("/api/seat/conference", ConferenceHandler),
    Route("/api/seat/push", PushHandler),
    Route("/api/seat/pause-recording", PauseRecordingHandler),
    Route("/api/seat/hang-up", HangUpSeatHandler),
    Route("/api/agents/{agent}/status", AgentStatusHandler),
    Route("/api/seat/work-place", WorkPlaceHandler),
    Route("/api/seat/favourites", FavouritesHandler),
    Route("/api/seat/calls", OwnCallsHandler),
    Route("/api/live-calls/{call_id}/note", RunningNoteHandler),
    Route("/api/live-calls/{call_id}/hang-up", HangUpHandler),
    Route("/api/live-calls/{call_id}/supervise", SuperviseHandler),
    Route("/api/live-calls/{call_id}/move", MoveHandler),
    Route("/api/calls", CallsHandler),
    Route("/api/calls/{call_id}", CallHandler),
    Route("/api/calls/{call_id}/recording", RecordingFileHandler),
    Route("/api/calls/{call_id}/recording/state", RecordingStateHandler),
    Route("/api/calls/{call_id}/recording/lock", RecordingLockHandler),
    Route("/api/calls/{call_id}/recording/notes", RecordingNotesHandler),
    Route("/api/calls/{call_id}/recording/notes/{note_id}", RecordingNoteHandler),
    Route("/api/calls/{call_id}/evidence", EvidenceHandler),
    Route("/api/calls/{call_id}/proof", ProofHandler),
    Route("/api/storage", StorageHandler),
    Route("/api/storage/rules", StorageRulesHandler),
    Route("/api/storage/runs", StorageRunsHandler),
    Route("/api/calls/{call_id}/voicemail", CallVoicemailHandler),
    Route("/api/desk", DeskHandler),
    Route("/api/voicemails", VoicemailsHandler),
    Route("/api/voicemails/{call_id}", VoicemailHandler),
    Route("/api/voicemails/{call_id}/listeners", VoicemailListenersHandler),
    Route("/api/voicemails/{call_id}/call-back", VoicemailCallBackHandler),
    *SMS_ROUTES,
    Route("/api/follow-ups", FollowUpsHandler),
    Route("/api/follow-ups/day", FollowUpDayHandler),
    Route("/api/follow-ups/{source}", FollowUpHandler),
    Route("/api/follow-ups/{source}/close", FollowUpCloseHandler),
    Route("/api/follow-ups/{source}/dial", FollowUpDialHandler),
    Route("/api/ratings", RatingsHandler),
    *CALL_LOG_ROUTES,
    Route("/api/exports", ExportsHandler),
    Route("/api/exports/{export_id}", ExportHandler),
    Route("/api/exports/{export_id}/file", ExportFileHandler),
    Route("/api/customers", CustomersHandler),
    Route("/api/customers/by-number/{number}", CustomerByNumberHandler),
    Route("/api/customers/{customer_id}", CustomerHandler),
    Route("/api/customers/{customer_id}/background", CustomerBackgroundHandler),
    Route("/api/customers/{customer_id}/history", CustomerHistoryHandler),
    Route("/api/customers/{customer_id}/merge", CustomerMergeHandler),
    Route("/api/customer-form", CustomerFormHandler),
    Route("/api/customer-areas", CustomerAreasHandler),
    Route("/api/customer-imports", CustomerImportsHandler),
    Route("/api/customer-imports/{import_id}", CustomerImportHandler),
    Route("/api/customer-imports/{import_id}/check", CustomerImportCheckHandler),
    Route("/api/customer-imports/{import_id}/run", CustomerImportRunHandler),
    Route("/api/customer-imports/{import_id}/undo", CustomerImportUndoHandler),
    Route("/api/customer-imports/{import_id}/file", CustomerImportFileHandler),
    Route("/api/customer-exports", CustomerExportsHandler),
    Route("/api/customer-exports/{export_id}", CustomerExportHandler),
    Route("/api/customer-exports/{export_id}/file", CustomerExportFileHandler),
    *PEOPLE_ROUTES,
    Route("/api/reasons", ReasonsHandler),
    Route("/api/reason-tree", ReasonTreeHandler),
    Route("/api/staff", StaffHandler),
    Route("/api/holidays", HolidaysHandler),
    Route("/api/prompts", PromptsHandler),
    Route("/api/prompts/{prompt_id}", PromptHandler),
    Route("/api/prompts/{prompt_id}/audio", PromptAudioHandler),
    Route("/api/prompts/{prompt_id}/speech", PromptSpeechHandler),
    Route("/api/prompt-takes", TakesHandler),
    Route("/api/prompt-takes/{take_id}", TakeHandler),
    Route("/api/prompt-takes/{take_id}/audio", TakeAudioHandler),
    Route("/api/wizard", WizardHandler),
    Route("/api/flow-nodes", FlowNodesHandler),
    Route("/api/flow-choices", FlowChoicesHandler),
    Route("/api/flow-templates", FlowTemplatesHandler),
    Route("/api/flow-imports", FlowImportsHandler),
    Route("/api/flows", FlowsHandler),
    Route("/api/flows/{flow_id}", FlowHandler),
    Route("/api/flows/{flow_id}/draft", FlowDraftHandler),
    Route("/api/flows/{flow_id}/check", FlowCheckHandler),
    Route("/api/flows/{flow_id}/walk", FlowWalkHandler),
    Route("/api/flows/{flow_id}/changes", FlowChangesHandler),
    Route("/api/flows/{flow_id}/publication", FlowPublicationHandler),
    Route("/api/flows/{flow_id}/versions", FlowVersionsHandler),
    Route("/api/flows/{flow_id}/versions/{version}", FlowVersionHandler),
    Route("/api/flows/{flow_id}/roll-back", FlowRollBackHandler),
    Route("/api/flows/{flow_id}/use", FlowUseHandler),
    Route("/api/flows/{flow_id}/export", FlowExportHandler),
    Route("/api/health", HealthHandler),
    Route("/api/lines", LinesHandler),
    Route("/api/lines/{line}/test", LineTestHandler),
    Route("/api/cards", CardsHandler),
    Route("/api/cards/{name}", CardHandler),
    Route("/api/sockets", SocketsHandler),
    Route("/api/openapi.json", OpenApiHandler),
    *INTERFACE_ROUTES,
    *MONITOR_ROUTES,
    *UPDATE_ROUTES,
    *BACKUP_ROUTES,
    *SUPPORT_ROUTES,
    *NETWORK_ROUTES,
    Route("/live", LiveSocket),
    Route("/phones", PhoneSocket),
    Route("/{path}", StaticHandler),
)

PING_EVERY_S = 20.0
LONGEST_SOCKET_MESSAGE_BYTES = 64 << 10


def _permissions_in_use() -> frozenset[P]:
    asked = (access.permissions for route in ROUTES for access in methods_of(route.handler).values())
    return ASKED_WITHIN.union(*asked)


def build(settings: Settings, static: Path) -> Context:
    """Everything the web consists of; nothing runs yet. Raises `StoreError` when the database cannot be opened."""
    version = distribution_version("hotlinebox")
    database = open_database(settings.store.url, settings.data)
    pop_database = open_read_only(settings.store.url, settings.data)
    link = EngineLink(settings.wire_path)
    live = LiveHub(link, lambda number, call_id: pop_database.read(acquaintance, number, call_id))
    phones = PhoneRelay(link)
    plan = PlanFile(settings.callplan_path, database, link)
    interfaces = Interfaces(settings, database, link, version)
    desk = Desk(settings.data / "messages.json", database, plan, link, live)
    ingest = Ingest(
        database,
        settings.journal_dir,
        live.publish,
        desk.soon,
        interfaces.records_stored,
        lambda: live.tell(SmsChanged()),
    )
    prompts = Prompts(settings.prompts_dir)
    alarms = Alarms(settings, database, link, plan, live, lambda: ingest.lag_s, interfaces.tell_alarm)
    flows = Flows(plan, database, prompts, settings.prompts_dir)
    callerbook = CallerBookKeeper(database, settings.callerbook_path)
    for watcher in (ingest, live, phones, alarms):
        link.watch(watcher)
    return Context(
        settings=settings,
        version=version,
        api_docs=ApiDocsShelf(lambda: document(ROUTES, version)),
        permissions_in_use=_permissions_in_use(),
        static=static,
        database=database,
        pop_database=pop_database,
        link=link,
        live=live,
        phones=phones,
        ingest=ingest,
        desk=desk,
        alarms=alarms,
        plan=plan,
        callerbook=callerbook,
        imports=CustomerImports(settings, database, callerbook),
        customer_exports=CustomerExports(settings),
        prompts=prompts,
        exports=Exports(settings, database),
        storage=Storage(settings, database, plan),
        updates=Updates(settings.data, version, link),
        backups=Backups(settings, link),
        support=Support(settings, database),
        tls=Tls(settings.data),
        machine=Machine(settings, database),
        configurations=Configurations(settings, database, plan, flows, alarms, link, version),
        flows=flows,
        interfaces=interfaces,
        passwords=Passwords(),
        sessions=Sessions(database),
        attempts=Attempts(monotonic),
    )


def application(context: Context) -> Application:
    """The route table as a tornado application. Raises `AccessMissingError` for a method that forgot its permission."""
    for route in ROUTES:
        methods_of(route.handler)
    return Application(
        [URLSpec(route.pattern, route.handler, {"context": context}) for route in ROUTES],
        transforms=[CompactAnswers],
        xsrf_cookies=True,
        xsrf_cookie_kwargs={"samesite": "Strict"},
        websocket_ping_interval=PING_EVERY_S,
        websocket_max_message_size=LONGEST_SOCKET_MESSAGE_BYTES,
        log_function=lambda _handler: None,  # access logs of a LAN box are noise; errors are logged where they happen
    )
