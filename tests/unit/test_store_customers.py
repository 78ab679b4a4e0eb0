"""A caller is recognised by any spelling of the number; a number has one owner."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from appliance.store import customers, reasons
from appliance.store.customer_list import list_customers
from appliance.store.customers import Customer, CustomerDraft
from appliance.store.database import Database, Source
from appliance.store.errors import ConflictError, InvalidError, NotFoundError
from appliance.store.settings import set_setting

NOW = datetime.fromisoformat("2026-11-02T09:00:00+08:00")


@pytest.fixture
def database(store: Source) -> Iterator[Database]:
    database = Database(store)
    database.write_now(set_setting, customers.AREA_CODE_SETTING, "0562")
    yield database
    database.close()


def _add(database: Database, name: str, **more: object) -> Customer:
    return database.write_now(customers.add_customer, CustomerDraft(**{"name": name, **more}), NOW)


@pytest.mark.parametrize(
    "spelling", ["2812345", "0562-2812345", "05622812345", "+86 562 2812345", "17951 05622812345", "(0562)2812345"]
)
def test_a_number_is_one_number_however_it_is_written(database: Database, spelling: str) -> None:
    customer = _add(database, "张三", numbers=("2812345",))
    assert customer.numbers == ("05622812345",)
    assert database.read_now(customers.find_by_number, spelling) == customer


def test_strangers_and_empty_numbers(database: Database) -> None:
    _add(database, "张三", numbers=("2812345",))
    assert database.read_now(customers.find_by_number, "2812346") is None
    assert database.read_now(customers.find_by_number, "") is None


def test_a_number_and_a_code_have_one_owner(database: Database) -> None:
    first = _add(database, "张三", code="C1", numbers=("13905620001", "0 139 0562 0001", "2812345"))
    assert first.numbers == ("13905620001", "05622812345")
    with pytest.raises(ConflictError, match="张三") as refused:
        _add(database, "李四", numbers=("1390562 0001",))
    assert refused.value.field == "numbers"
    with pytest.raises(ConflictError, match="C1"):
        _add(database, "李四", code="C1")
    second = _add(database, "李四", code="")
    assert _add(database, "王五", code="").id != second.id
    same = database.write_now(
        customers.update_customer, first.id, CustomerDraft(name="张三", code="C1", numbers=("2812345",)), NOW
    )
    assert same.numbers == ("05622812345",)
    assert _add(database, "赵六", numbers=("13905620001",)).numbers == ("13905620001",)


def test_wrong_customers_are_refused(database: Database) -> None:
    with pytest.raises(InvalidError, match="姓名"):
        _add(database, "  ")
    with pytest.raises(InvalidError, match="不是电话号码"):
        _add(database, "张三", numbers=("电话",))
    with pytest.raises(NotFoundError):
        database.read_now(customers.get_customer, 77)


def test_search_by_any_part(database: Database) -> None:
    zhang = _add(database, "张三丰", code="C0012", card="8123456789", address="长江路１２号", numbers=("2812345",))
    _add(database, "李四", address="北京路12号")
    for query in ("三丰", "c0012", "34567", "长江 张", "12345", "长江路12", "0562281"):
        assert [row.id for row in database.read_now(list_customers, query).rows] == [zhang.id], query
    assert len(database.read_now(list_customers, "12号").rows) == 2
    assert database.read_now(list_customers, "%").rows == ()


def test_pages_of_customers(database: Database) -> None:
    ids = [_add(database, f"客户{number}").id for number in range(5)]
    first = database.read_now(list_customers, limit=2)
    assert [row.id for row in first.rows] == [ids[4], ids[3]]
    rest = database.read_now(list_customers, limit=3, before=first.next)
    assert [row.id for row in rest.rows] == [ids[2], ids[1], ids[0]]
    assert rest.next is None


def test_deleting_frees_the_number(database: Database) -> None:
    customer = _add(database, "张三", numbers=("2812345",))
    database.write_now(customers.delete_customer, customer.id, NOW)
    assert database.read_now(customers.find_by_number, "2812345") is None
    _add(database, "李四", numbers=("2812345",))


def test_reasons_are_a_tree_with_full_labels(database: Database) -> None:
    tree = database.read_now(reasons.reason_tree)
    assert [node.label for node in tree[:3]] == ["报修", "咨询", "业务办理"]
    added = database.write_now(reasons.add_reason, " 雷击 ", tree[0].id)
    labels = database.read_now(reasons.reason_labels)
    assert labels[added] == "报修/雷击"
    assert set(database.read_now(reasons.reasons_below, (tree[0].id,))) == {
        reason_id for reason_id, label in labels.items() if label.startswith("报修")
    }
    database.write_now(reasons.rename_reason, tree[0].id, "故障")
    assert database.read_now(reasons.reason_labels)[added] == "故障/雷击"
    database.write_now(reasons.set_reason_active, added, active=False)
    assert not database.read_now(reasons.reason_tree)[0].children[-1].active
    with pytest.raises(InvalidError):
        database.write_now(reasons.add_reason, " ", None)
    with pytest.raises(NotFoundError):
        database.write_now(reasons.add_reason, "x", 999)
