"""What the bureau records of its customers: own fields, statuses, levels, areas and who looks after them."""

from __future__ import annotations

from typing import Annotated

import msgspec

from appliance.store.connection import Connection
from appliance.store.customer_form import (
    MOST_WORDS,
    CustomerArea,
    CustomerForm,
    get_form,
    list_areas,
    set_areas,
    set_form,
)
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.errors import Refusal
from webui.handlers.base import ApiHandler
from webui.plandiff import difference
from webui.planfile import revision_of

Revision = Annotated[str, msgspec.Meta(max_length=32)]


class CustomerFormView(msgspec.Struct, frozen=True, kw_only=True):
    revision: str
    """A change names the one that it began with."""
    form: CustomerForm
    areas: tuple[CustomerArea, ...]


class FormChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    revision: Revision
    form: CustomerForm


class AreasChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    revision: Revision
    areas: Annotated[tuple[CustomerArea, ...], msgspec.Meta(max_length=MOST_WORDS)]


class CustomerFormHandler(ApiHandler):
    @needs(P.CUST_VIEW, P.CUST_FIELDS, P.CUST_AREA)
    async def get(self) -> CustomerFormView:
        """Fields, statuses, levels and areas."""
        return await self.context.database.read(_view)

    @needs(P.CUST_FIELDS)
    async def put(self, body: FormChange) -> CustomerFormView:
        """Replace fields, statuses and levels; 409 when somebody changed them since `revision`."""
        before, after = await self.context.database.write(_change_form, body)
        old, new = difference(before.form, after.form)
        await self.audit(P.CUST_FIELDS, "customer_form", before=old, after=new)
        return after


class CustomerAreasHandler(ApiHandler):
    @needs(P.CUST_AREA)
    async def put(self, body: AreasChange) -> CustomerFormView:
        """Replace the areas and their managers; customers of one that is left out keep its name."""
        before, after = await self.context.database.write(_change_areas, body)
        old, new = difference(before.areas, after.areas)
        await self.audit(P.CUST_AREA, "areas", before=old, after=new)
        return after


def _view(db: Connection) -> CustomerFormView:
    form, areas = get_form(db), list_areas(db)
    return CustomerFormView(revision=revision_of((form, areas)), form=form, areas=areas)


def _change_form(db: Connection, change: FormChange) -> tuple[CustomerFormView, CustomerFormView]:
    before = _unchanged_since(db, change.revision)
    set_form(db, change.form)
    return before, _view(db)


def _change_areas(db: Connection, change: AreasChange) -> tuple[CustomerFormView, CustomerFormView]:
    before = _unchanged_since(db, change.revision)
    set_areas(db, change.areas)
    return before, _view(db)


def _unchanged_since(db: Connection, revision: str) -> CustomerFormView:
    view = _view(db)
    if view.revision != revision:
        raise Refusal(409, "客户字段或片区刚刚有人改过，您的修改还没有保存。请刷新后重试。", "revision")
    return view
