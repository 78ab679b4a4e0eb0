"""Every part of a customer finds the customer, in characters and in pinyin; scopes and filters hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.store.customer_form import CustomerArea, CustomerField, CustomerForm, set_areas, set_form
from appliance.store.customer_list import EVERYBODY, CustomerSearch, count_customers, list_customers
from appliance.store.customers import (
    AREA_CODE_SETTING,
    Customer,
    CustomerDraft,
    add_customer,
    delete_customer,
    update_customer,
)
from appliance.store.database import Database, Source
from appliance.store.pinyin import pinyin_text
from appliance.store.settings import set_setting
from appliance.store.sight import CustomerScope
from appliance.telephony.ids import AgentId

NOW = datetime.fromisoformat("2026-11-02T09:00:00+08:00")
WORD = st.text(st.sampled_from("张王李铜陵长江路号栋aB1290２Ｋ-%_'\""), min_size=1, max_size=8)


@pytest.fixture
def database(store: Source) -> Iterator[Database]:
    database = Database(store)
    database.write_now(set_setting, AREA_CODE_SETTING, "0562")
    yield database
    database.close()


def _add(database: Database, name: str, **more: object) -> Customer:
    return database.write_now(add_customer, CustomerDraft(**{"name": name, **more}), NOW)


def _found(database: Database, text: str, **more: object) -> list[str]:
    search = CustomerSearch(**{"text": text, **more})
    return [row.name for row in database.read_now(list_customers, search).rows]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_every_part_of_a_field_finds_the_customer(database: Database, data: st.DataObject) -> None:
    fields = {name: data.draw(WORD) for name in ("name", "card", "address")}
    customer = _add(database, fields.pop("name"), **fields)
    for field in ("name", "card", "address"):
        value = getattr(customer, field)
        if not value:
            continue
        begin = data.draw(st.integers(0, len(value) - 1))
        part = value[begin : data.draw(st.integers(begin + 1, len(value)))]
        page = database.read_now(list_customers, part, limit=200)
        assert customer.id in [row.id for row in page.rows], (field, part)
        for row in page.rows:
            whole = "\n".join((row.name, row.card, row.address, *row.numbers)).casefold()
            assert all(word in whole or word in pinyin_text(row.name) for word in part.casefold().split()), (part, row)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("张三", ("zs", "zhangsan", "ZhangSan", "zhang san", "hangs", "z")),
        ("单强", ("sq", "dq", "shanqiang", "danqiang")),
        ("曾乐", ("zl", "cl", "zy", "zengle", "cengyue")),
        ("吕布", ("lb", "lvbu", "lubu")),
        ("铜陵A公司", ("tlags", "tonglingagongsi")),
    ],
)
def test_names_are_found_by_pinyin(database: Database, name: str, typed: tuple[str, ...]) -> None:
    """S035: full and initials, every reading of a polyphone."""
    _add(database, name)
    _add(database, "欧阳修")
    for text in typed:
        assert name in _found(database, text), text
    assert _found(database, "zsx") == []


def test_a_former_name_is_not_found(database: Database) -> None:
    customer = _add(database, "张三", numbers=("2812345",))
    database.write_now(update_customer, customer.id, CustomerDraft(name="李四"), NOW)
    assert _found(database, "zs") == []
    assert _found(database, "2812345") == []
    assert _found(database, "ls") == ["李四"]


def test_filters_and_scopes_are_met_together(database: Database) -> None:
    """S035, S039."""
    areas = (CustomerArea(label="城东"), CustomerArea(label="城西"), CustomerArea(label="其他"))
    database.write_now(set_areas, areas)
    for number, area in enumerate(("城东", "城西", "其他", "")):
        for status in ("正常", "欠费"):
            _add(database, f"张{area}{status}", area=area, status=status, level="VIP" if number % 2 else "普通")
    assert len(_found(database, "", statuses=("欠费",))) == 4
    assert _found(database, "张", statuses=("欠费",), areas=("城东",)) == ["张城东欠费"]
    assert sorted(_found(database, "", levels=("VIP",), statuses=("正常",))) == ["张城西正常", "张正常"]
    mine = CustomerScope(areas=("城西",))
    assert {row.area for row in database.read_now(list_customers, scope=mine).rows} == {"城西"}
    assert database.read_now(count_customers, CustomerSearch(text="张"), scope=mine) == 2
    assert database.read_now(list_customers, scope=CustomerScope()).rows == ()
    assert database.read_now(list_customers, scope=CustomerScope(managers=(AgentId("1002"),))).rows == ()
    assert database.read_now(count_customers, CustomerSearch(), scope=EVERYBODY) == 8


def test_sensitive_values_are_not_searched_nor_given(database: Database) -> None:
    fields = (CustomerField(id="idno", label="身份证号", sensitive=True), CustomerField(id="box", label="机型"))
    database.write_now(set_form, CustomerForm(fields=fields))
    _add(database, "张三", custom={"idno": "340702199001011234", "box": "N5500"})
    assert _found(database, "3407") == []
    assert _found(database, "n550") == ["张三"]
    assert database.read_now(list_customers).rows[0].custom == {"box": "N5500"}
    assert database.read_now(list_customers, sensitive=True).rows[0].custom["idno"] == "340702199001011234"


def test_an_id_is_never_used_again(database: Database) -> None:
    """Calls of somebody deleted must not become somebody else's."""
    first = _add(database, "张三")
    database.write_now(delete_customer, first.id, NOW)
    assert _add(database, "李四").id > first.id
