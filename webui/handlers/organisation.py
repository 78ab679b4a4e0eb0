"""The organisation tree, and what one person sees otherwise than by the roles."""

from __future__ import annotations

from typing import Annotated

import msgspec

from appliance.store.connection import Connection
from appliance.store.policies import DataPolicy, PolicyObject, replace_policies, set_policies, user_holder
from appliance.store.sight import areas_in_use
from appliance.store.units import (
    Unit,
    UnitDraft,
    UnitKind,
    add_unit,
    arrange_units,
    delete_unit,
    get_unit,
    list_units,
    update_unit,
)
from appliance.store.users import User, UserDraft, get_user, list_users, update_user
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.auth.sessions import person_now
from webui.auth.standing import guarded, require_over
from webui.handlers.base import NOTHING, ApiHandler, Nothing

Label = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody as the tree shows them."""

    id: int
    name: str
    login: str
    agent: str | None
    unit: int | None
    roles: tuple[str, ...]
    active: bool


class OrganisationTree(msgspec.Struct, frozen=True, kw_only=True):
    units: tuple[Unit, ...]
    members: tuple[Member, ...]
    areas: tuple[str, ...]
    """Areas of customers, for policies about them."""


class UnitChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    label: Label
    kind: UnitKind
    parent: int | None = None
    active: bool = True

    def draft(self) -> UnitDraft:
        return UnitDraft(label=self.label, kind=self.kind, parent=self.parent, active=self.active)


class UnitOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    parent: int | None
    order: tuple[int, ...]
    """All units directly below, in their new order."""


class MemberMove(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    unit: int | None


class PersonalPolicies(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    policies: tuple[DataPolicy, ...]
    """Only the kinds of which the person sees otherwise than by the roles."""


class UnitsHandler(ApiHandler):
    @needs(P.ADM_ORG, P.ADM_USER, P.ADM_SCOPE)
    async def get(self) -> OrganisationTree:
        """Units and the people on them."""
        return await self.context.database.read(_tree)

    @needs(P.ADM_ORG)
    async def post(self, body: UnitChange) -> Unit:
        """Add a unit."""
        unit = await self.context.database.write(guarded, self.me, add_unit, body.draft())
        await self.context.sessions.reload()
        await self.audit("adm.org", "unit", str(unit.id), after=_text(unit))
        return unit

    @needs(P.ADM_ORG)
    async def put(self, body: UnitOrder) -> Nothing:
        """Arrange the units below one."""
        await self.context.database.write(arrange_units, body.parent, body.order)
        await self.audit("adm.org", "unit", "" if body.parent is None else str(body.parent), after=_text(body))
        return NOTHING


class UnitHandler(ApiHandler):
    @needs(P.ADM_ORG)
    async def put(self, unit_id: str, body: UnitChange) -> Unit:
        """Rename, move, retire, or take into use again; who sees what follows at once."""
        before = await self.context.database.read(get_unit, int(unit_id))
        unit = await self.context.database.write(guarded, self.me, update_unit, before.id, body.draft())
        await self.context.sessions.reload()
        await self.audit("adm.org", "unit", unit_id, before=_text(before), after=_text(unit))
        return unit

    @needs(P.ADM_ORG)
    async def delete(self, unit_id: str) -> Nothing:
        """Only one in which nobody is or was."""
        unit = await self.context.database.write(guarded, self.me, delete_unit, int(unit_id))
        await self.context.sessions.reload()
        await self.audit("adm.org", "unit", unit_id, before=_text(unit))
        return NOTHING


class UserUnitHandler(ApiHandler):
    @needs(P.ADM_ORG)
    async def put(self, user_id: str, body: MemberMove) -> User:
        """Move a person to another unit."""
        before = await self.context.database.read(get_user, int(user_id))
        draft = UserDraft(
            login=before.login,
            name=before.name,
            roles=before.roles,
            agent=before.agent,
            unit=body.unit,
            active=before.active,
            must_change_password=before.must_change_password,
        )
        user = await self.context.database.write(guarded, self.me, update_user, before.id, draft)
        await self.context.sessions.reload()
        await self.audit("adm.org", "user", user_id, before=_text(before), after=_text(user))
        return user


class UserPoliciesHandler(ApiHandler):
    @needs(P.ADM_SCOPE, P.ADM_USER)
    async def get(self, user_id: str) -> PersonalPolicies:
        """What is set for this person alone."""
        return PersonalPolicies(policies=tuple((await self._set(int(user_id))).values()))

    @needs(P.ADM_SCOPE)
    async def put(self, user_id: str, body: PersonalPolicies) -> PersonalPolicies:
        """Replace what is set for this person alone; a kind left out goes by the roles again."""
        number = int(user_id)
        _, held, _ = await self.context.database.read(person_now, number)
        require_over(self.me, frozenset(permission.value for permission in held), "此人")
        before = await self._set(number)
        await self.context.database.write(guarded, self.me, replace_policies, user_holder(number), body.policies)
        await self.context.sessions.reload(number)
        after = PersonalPolicies(policies=tuple((await self._set(number)).values()))
        was = PersonalPolicies(policies=tuple(before.values()))
        await self.audit("adm.scope", "user", user_id, before=_text(was), after=_text(after))
        return after

    async def _set(self, number: int) -> dict[PolicyObject, DataPolicy]:
        await self.context.database.read(get_user, number)
        return await self.context.database.read(set_policies, user_holder(number))


def _tree(db: Connection) -> OrganisationTree:
    return OrganisationTree(
        units=tuple(list_units(db)),
        members=tuple(
            Member(
                id=user.id,
                name=user.name,
                login=user.login,
                agent=user.agent,
                unit=user.unit,
                roles=user.roles,
                active=user.active,
            )
            for user in list_users(db)
        ),
        areas=areas_in_use(db),
    )


def _text(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()
