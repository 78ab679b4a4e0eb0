"""What a change of people, roles, units or policies must leave: an administrator, and the changer's own bounds.

Whoever holds `adm.role` may give others every permission, also those that the giver does not hold: a system
administrator of the box need not hear recordings, and still makes the people who do. Nobody gives more to
themselves, by whatever way: the roles they hold, their unit, their policies.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from appliance.store.connection import Connection
from appliance.store.errors import ConflictError, InvalidError
from appliance.store.roles import Role, holders_of, list_roles
from appliance.store.sight import is_wider
from webui.auth.permissions import P
from webui.auth.sessions import Caller, person_now
from webui.errors import Refusal

A = ParamSpec("A")
T = TypeVar("T")
ADMINISTRATOR = (P.ADM_USER, P.ADM_ROLE)
"""Somebody active with both must remain: whoever can help all others."""


def guarded(
    db: Connection, caller: Caller, change: Callable[Concatenate[Connection, A], T], *args: A.args, **kwargs: A.kwargs
) -> T:
    """Carry a change out in the transaction of `db` and look at what became of it.

    Raises `ConflictError` when no administrator is left and `InvalidError` when the caller gained something; the
    transaction is undone then.
    """
    done = change(db, *args, **kwargs)
    if not holders_of(db, *(permission.value for permission in ADMINISTRATOR)):
        raise ConflictError("至少要保留一名启用的系统管理员（能维护职员账号、角色与权限），修改没有保存。")
    _, permissions, sight = person_now(db, caller.user.id)
    if gained := permissions - caller.permissions:
        names = "、".join(sorted(permission.label for permission in gained)[:3])
        raise InvalidError(f"不能给自己增加权限（{names}），请由其他系统管理员操作。", "permissions")
    if is_wider(sight, caller.sight):
        raise InvalidError("不能扩大自己的数据范围，请由其他系统管理员操作。", "policies")
    return done


def require_over(caller: Caller, held: frozenset[str], what: str) -> None:
    """Without `adm.role` nobody gives, or takes over, what they do not hold. Raises `Refusal` (403)."""
    if caller.may(P.ADM_ROLE):
        return
    lacking = sorted(permission.label for permission in P if permission.value in held - caller.permissions)
    if lacking:
        names = "、".join(lacking[:3])
        raise Refusal(403, f"{what}带有您自己没有的权限（{names}），请由有“{P.ADM_ROLE.label}”权限的人操作。")


def permissions_in(db: Connection, roles: tuple[str, ...]) -> frozenset[str]:
    """What these roles give together; unknown ones nothing."""
    known: dict[str, Role] = {role.id: role for role in list_roles(db)}
    return frozenset(permission for role in roles if role in known for permission in known[role].permissions)
