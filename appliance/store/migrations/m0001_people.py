"""Who works here: organisation units, users, roles, sessions, the operation log and the bureau's settings."""

from __future__ import annotations

from appliance.store.connection import Connection, execute

_TABLES = (
    """CREATE TABLE units (
        id INTEGER PRIMARY KEY,
        parent_id INTEGER REFERENCES units (id),
        kind TEXT NOT NULL,
        label TEXT NOT NULL,
        position INTEGER NOT NULL DEFAULT 0
    )""",
    """CREATE TABLE users (
        id INTEGER PRIMARY KEY,
        login TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        agent TEXT UNIQUE,
        unit_id INTEGER REFERENCES units (id),
        password_hash TEXT NOT NULL,
        must_change_password INTEGER NOT NULL DEFAULT 0,
        active INTEGER NOT NULL DEFAULT 1,
        created_at TEXT NOT NULL
    )""",
    """CREATE TABLE roles (
        id TEXT PRIMARY KEY,
        label TEXT NOT NULL,
        position INTEGER NOT NULL DEFAULT 0,
        built_in INTEGER NOT NULL DEFAULT 0
    )""",
    """CREATE TABLE role_permissions (
        role_id TEXT NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
        permission TEXT NOT NULL,
        PRIMARY KEY (role_id, permission)
    )""",
    """CREATE TABLE user_roles (
        user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        role_id TEXT NOT NULL REFERENCES roles (id),
        PRIMARY KEY (user_id, role_id)
    )""",
    """CREATE TABLE sessions (
        token_hash TEXT PRIMARY KEY,
        user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        created_at REAL NOT NULL,
        seen_at REAL NOT NULL,
        expires_at REAL NOT NULL,
        address TEXT NOT NULL DEFAULT ''
    )""",
    "CREATE INDEX sessions_user ON sessions (user_id)",
    """CREATE TABLE audit_entries (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        user_id INTEGER,
        user_name TEXT NOT NULL DEFAULT '',
        address TEXT NOT NULL DEFAULT '',
        action TEXT NOT NULL,
        subject TEXT NOT NULL DEFAULT '',
        subject_id TEXT NOT NULL DEFAULT '',
        before TEXT NOT NULL DEFAULT '',
        after TEXT NOT NULL DEFAULT ''
    )""",
    "CREATE INDEX audit_entries_subject ON audit_entries (subject, subject_id)",
    "CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
)

_ROLES = (
    ("admin", "系统管理员"),
    ("manager", "经理"),
    ("leader", "班长"),
    ("agent", "话务员"),
    ("field", "维修员"),
    ("quality", "质检员"),
    ("vendor", "厂商支持"),
)

_PERMISSIONS = {
    "admin": """cust.import cust.fields cust.area rec.rules rec.exempt tkt.flow tkt.sla ivr.view ivr.edit ivr.publish
        ivr.prompt ivr.calendar acd.queue acd.overflow line.config line.test seat.config adm.org adm.user adm.reset_pwd
        adm.role adm.scope adm.kick adm.audit api.key api.boss api.log sys.status sys.storage sys.backup sys.restore
        sys.update sys.network sys.time sys.log sys.remote sys.reboot""",
    "manager": """agent.login call.view call.search_adv call.view_number_full call.print call.export
        call.saved_query_share rec.list rec.play rec.download rec.lock rec.rules rec.exempt rec.integrity vm.sub
        vm.delete cust.view cust.view_id cust.edit_status cust.delete cust.import cust.export cust.area tkt.view
        tkt.export tkt.sla cmp.reply cmp.close out.outage_open out.outage_close dial.task_view dial.task_create
        dial.notice dial.dunning dial.revisit_form dial.dnc sms.batch sms.template kb.view kb.publish qa.sample qa.form
        trn.exam mon.lines mon.queue mon.agents mon.listen mon.whisper mon.barge mon.hangup mon.force_state
        mon.wallboard rpt.traffic rpt.agent rpt.business rpt.satisfaction rpt.sla rpt.log rpt.export shift.view
        shift.edit ivr.view ivr.edit ivr.publish ivr.prompt ivr.calendar acd.queue acd.skill acd.overflow
        acd.blacklist acd.vip adm.kick adm.audit sys.status""",
    "leader": """agent.login agent.state agent.break_reason agent.answer_web agent.hold agent.transfer_seat
        agent.transfer_queue agent.transfer_external agent.conference agent.verify_pin agent.dial_local
        agent.dial_mobile agent.dial_long agent.click_dial agent.pickup agent.rec_toggle call.view call.search_adv
        call.view_number_full call.edit_reason call.edit_summary call.edit_others call.bind_customer call.print
        call.saved_query_share rec.list rec.play rec.lock rec.note vm.own vm.sub vm.assign vm.close cust.view
        cust.create cust.edit cust.edit_status cust.merge tkt.view tkt.create tkt.edit tkt.dispatch tkt.close
        tkt.reopen tkt.urge tkt.escalate tkt.merge tkt.print cmp.create cmp.judge cmp.reply out.outage_open
        out.outage_close dial.task_view dial.task_create dial.revisit dial.dnc sms.send kb.view kb.edit qa.appeal
        qa.breach qa.coach trn.take mon.lines mon.queue mon.agents mon.listen mon.whisper mon.barge mon.force_state
        mon.wallboard rpt.traffic rpt.agent rpt.business rpt.satisfaction rpt.sla rpt.log shift.view shift.edit
        ivr.view ivr.prompt acd.skill acd.blacklist line.test""",
    "agent": """agent.login agent.state agent.break_reason agent.answer_web agent.hold agent.transfer_seat
        agent.transfer_queue agent.transfer_external agent.conference agent.verify_pin agent.dial_local
        agent.dial_mobile agent.click_dial agent.pickup call.view call.search_adv call.view_number_full
        call.edit_reason call.edit_summary call.bind_customer rec.play_own vm.own vm.close cust.view cust.create
        cust.edit tkt.view tkt.create tkt.edit tkt.dispatch tkt.urge tkt.escalate tkt.print cmp.create
        dial.task_view dial.revisit sms.send kb.view qa.appeal trn.take rpt.log shift.view""",
    "field": "cust.view tkt.view tkt.accept tkt.contact_log tkt.visit tkt.finish tkt.print kb.view",
    "quality": """call.view call.search_adv call.print rec.list rec.play rec.download rec.lock rec.note kb.view
        qa.sample qa.score qa.breach qa.coach trn.exam mon.listen rpt.satisfaction""",
    "vendor": "line.config line.test api.log sys.status sys.update sys.log sys.reboot",
}


def apply(db: Connection) -> None:
    """Create the tables and the built-in roles."""
    for statement in _TABLES:
        execute(db, statement)
    for position, (role_id, label) in enumerate(_ROLES):
        execute(db, "INSERT INTO roles (id, label, position, built_in) VALUES (?, ?, ?, 1)", (role_id, label, position))
        for permission in _PERMISSIONS[role_id].split():
            execute(db, "INSERT INTO role_permissions (role_id, permission) VALUES (?, ?)", (role_id, permission))
