"""Users, roles, sessions and the operation log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from appliance.store import audit, roles, sessions, users
from appliance.store.database import Database, Source
from appliance.store.errors import ConflictError, InvalidError, NotFoundError
from appliance.store.users import UserDraft
from appliance.telephony.ids import AgentId

NOW = datetime.fromisoformat("2026-11-02T09:00:00+08:00")


@pytest.fixture
def database(store: Source) -> Iterator[Database]:
    database = Database(store)
    yield database
    database.close()


def _draft(login: str = "zhang", **more: object) -> UserDraft:
    return UserDraft(**{"login": login, "name": "张三", "roles": ("agent",), **more})


def test_a_user_is_what_was_written(database: Database) -> None:
    assert database.read_now(users.count_users) == 0
    draft = _draft(agent=AgentId("1001"), roles=("leader", "agent"), must_change_password=True)
    user = database.write_now(users.add_user, draft, "hash-1", NOW)
    assert (user.login, user.name, user.agent, user.must_change_password) == ("zhang", "张三", "1001", True)
    assert user.roles == ("leader", "agent")
    assert database.read_now(users.list_users) == [user]
    assert database.read_now(users.find_user_by_agent, AgentId("1001")) == user
    assert database.read_now(users.agent_names) == {"1001": "张三"}
    credentials = database.read_now(users.find_credentials, "zhang")
    assert credentials is not None
    assert credentials.password_hash == "hash-1"
    assert database.read_now(users.find_credentials, "nobody") is None


def test_changing_a_user_keeps_the_password(database: Database) -> None:
    user = database.write_now(users.add_user, _draft(), "hash-1", NOW)
    changed = database.write_now(users.update_user, user.id, _draft("zhang2", roles=(), active=False))
    assert (changed.login, changed.roles, changed.active) == ("zhang2", (), False)
    assert database.read_now(users.get_credentials, user.id).password_hash == "hash-1"
    database.write_now(users.set_password, user.id, "hash-2", must_change=False)
    assert database.read_now(users.get_credentials, user.id).password_hash == "hash-2"


@pytest.mark.parametrize(
    ("draft", "error", "field"),
    [
        (_draft("zhang"), ConflictError, "login"),
        (_draft("li", agent="1001"), ConflictError, "agent"),
        (_draft(" "), InvalidError, "login"),
        (_draft("li", name=""), InvalidError, "name"),
        (_draft("li", roles=("king",)), InvalidError, "roles"),
    ],
)
def test_wrong_users_are_refused_by_field(
    database: Database, draft: UserDraft, error: type[ConflictError | InvalidError], field: str
) -> None:
    database.write_now(users.add_user, _draft(agent=AgentId("1001")), "hash", NOW)
    with pytest.raises(error) as refused:
        database.write_now(users.add_user, draft, "hash", NOW)
    assert refused.value.field == field
    assert database.read_now(users.count_users) == 1


def test_permissions_come_from_all_roles(database: Database) -> None:
    user = database.write_now(users.add_user, _draft(roles=("field", "vendor")), "hash", NOW)
    permissions = database.read_now(users.permissions_of, user.id)
    assert {"tkt.accept", "line.test"} <= permissions
    assert "call.delete" not in permissions


def test_built_in_roles_follow_the_catalogue(database: Database) -> None:
    sizes = {role.id: len(role.permissions) for role in database.read_now(roles.list_roles)}
    assert sizes == {"admin": 37, "manager": 74, "leader": 85, "agent": 42, "field": 8, "quality": 16, "vendor": 7}


def test_own_roles_come_and_go(database: Database) -> None:
    database.write_now(roles.save_role, "night", "夜班", ("call.view", "vm.own"))
    database.write_now(roles.save_role, "night", "夜班组", ("vm.own",))
    role = database.read_now(roles.get_role, "night")
    assert (role.label, role.permissions, role.built_in) == ("夜班组", ("vm.own",), False)
    user = database.write_now(users.add_user, _draft(roles=("night",)), "hash", NOW)
    with pytest.raises(ConflictError, match="1 个用户"):
        database.write_now(roles.delete_role, "night")
    database.write_now(users.update_user, user.id, _draft(roles=()))
    database.write_now(roles.delete_role, "night")
    with pytest.raises(NotFoundError):
        database.read_now(roles.get_role, "night")
    with pytest.raises(ConflictError, match="内置"):
        database.write_now(roles.delete_role, "admin")


def test_a_session_lives_until_it_expires_or_ends(database: Database) -> None:
    user = database.write_now(users.add_user, _draft(), "hash", NOW)
    for token in ("one", "two", "three"):
        database.write_now(
            sessions.add_session, token_hash=token, user_id=user.id, at=0.0, expires_at=100.0, address="lan"
        )
    found = database.read_now(sessions.find_session, "one", 99.0)
    assert found is not None
    assert found.user_id == user.id
    assert database.read_now(sessions.find_session, "one", 100.0) is None
    database.write_now(sessions.touch_session, "one", 90.0, 200.0)
    assert database.read_now(sessions.find_session, "one", 150.0) is not None
    assert database.write_now(sessions.end_sessions_of, user.id, keep_token_hash="two") == 2
    assert database.read_now(sessions.find_session, "one", 50.0) is None
    database.write_now(sessions.end_session, "two")
    assert database.read_now(sessions.find_session, "two", 50.0) is None


def test_a_user_who_is_not_active_has_no_session(database: Database) -> None:
    user = database.write_now(users.add_user, _draft(), "hash", NOW)
    database.write_now(sessions.add_session, token_hash="t", user_id=user.id, at=0.0, expires_at=100.0, address="")
    database.write_now(users.update_user, user.id, _draft(active=False))
    assert database.read_now(sessions.find_session, "t", 1.0) is None


def test_the_operation_log_is_read_from_its_end(database: Database) -> None:
    for number in range(5):
        database.write_now(
            audit.add_audit_entry,
            at=NOW,
            user_id=1,
            user_name="张三",
            action="call.edit_reason",
            subject_id=str(number),
        )
    page = database.read_now(audit.list_audit_entries, limit=2)
    assert [entry.subject_id for entry in page] == ["4", "3"]
    rest = database.read_now(audit.list_audit_entries, before_id=page[-1].id)
    assert [entry.subject_id for entry in rest] == ["2", "1", "0"]
