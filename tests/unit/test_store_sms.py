"""Short messages in the database: what the journal says, once and in any repetition, on either engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from appliance.store import customers
from appliance.store.customers import CustomerDraft
from appliance.store.database import Database, Source
from appliance.store.errors import NotFoundError
from appliance.store.sms import (
    SmsState,
    SmsTemplate,
    conversations,
    mark_read,
    note_sms,
    set_sms_templates,
    sms_templates,
    thread,
    unread_messages,
)
from appliance.wire.facts import AnyFact, SmsDelivered, SmsFailed, SmsQueued, SmsReceived, SmsSending, SmsSent

NOW = datetime.fromisoformat("2026-11-02T09:00:00+08:00")
AT = "2026-11-02T09:00:00.000+08:00"


@pytest.fixture
def database(store: Source) -> Iterator[Database]:
    database = Database(store)
    yield database
    database.close()


def came(number: int, sender: str = "+8613905620001", text: str = "没信号") -> SmsReceived:
    return SmsReceived(
        id=f"a-{number}", at=AT, sms_id=f"in-{number}", module="cellular/1", number=sender, text=text, parts=("x",)
    )


def queued(sms_id: str, text: str = "师傅已出发") -> SmsQueued:
    return SmsQueued(id=f"q-{sms_id}", at=AT, sms_id=sms_id, number="13905620001", text=text, parts=1, by="王芳")


def sending(sms_id: str) -> SmsSending:
    return SmsSending(id=f"s-{sms_id}", at=AT, sms_id=sms_id, module="cellular/1")


def sent(sms_id: str) -> SmsSent:
    return SmsSent(id=f"t-{sms_id}", at=AT, sms_id=sms_id, module="cellular/1", references=(7,), cost_yuan=0.1)


def failed(sms_id: str, *, final: bool) -> SmsFailed:
    return SmsFailed(id=f"f-{sms_id}", at=AT, sms_id=sms_id, text="网络拥塞。", final=final)


def delivered(sms_id: str, *, well: bool = True) -> SmsDelivered:
    return SmsDelivered(id=f"d-{sms_id}", at=AT, sms_id=sms_id, delivered=well)


def note(database: Database, *facts: AnyFact) -> list[bool]:
    return [database.write_now(note_sms, fact) for fact in facts]


def state_of(database: Database, sms_id: str) -> SmsState:
    page = database.read_now(conversations)
    rows = database.read_now(thread, page.rows[0].last.id).rows
    return next(row.state for row in rows if row.sms_id == sms_id)


def test_a_conversation_has_both_sides_and_the_customer(database):
    draft = CustomerDraft(name="张三", numbers=("13905620001",))
    customer = database.write_now(customers.add_customer, draft, NOW)
    note(database, came(1), queued("out-1"), came(2, "10086", "您的余额"), came(3, "Kabel", "hello"))
    page = database.read_now(conversations)
    assert [(each.number, each.customer_name, each.unread) for each in page.rows] == [
        ("Kabel", "", 1),
        ("10086", "", 1),
        ("13905620001", "张三", 1),
    ]
    of_one = database.read_now(conversations, customer_id=customer.id)
    assert [each.number for each in of_one.rows] == ["13905620001"]
    assert database.read_now(conversations, customer_id=customer.id + 1).rows == ()
    found = database.read_now(thread, page.rows[2].last.id)
    assert (found.customer_id, found.customer_name) == (customer.id, "张三")
    assert [(row.incoming, row.text, row.written_by) for row in found.rows] == [
        (False, "师傅已出发", "王芳"),
        (True, "没信号", ""),
    ]


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ((), SmsState.QUEUED),
        ((sending("o"),), SmsState.SENDING),
        ((sending("o"), failed("o", final=False)), SmsState.RETRYING),
        ((sending("o"), failed("o", final=False), sending("o"), sent("o")), SmsState.SENT),
        ((sending("o"), sent("o"), delivered("o")), SmsState.DELIVERED),
        ((sending("o"), sent("o"), delivered("o", well=False)), SmsState.UNDELIVERED),
        ((sending("o"), failed("o", final=True)), SmsState.FAILED),
    ],
)
def test_states_go_on_and_facts_read_again_change_nothing(database, facts, state):
    everything = (queued("o"), *facts)
    assert all(note(database, *everything))
    assert state_of(database, "o") is state
    note(database, *everything)
    assert state_of(database, "o") is state
    assert len(database.read_now(thread, database.read_now(conversations).rows[0].last.id).rows) == 1


def test_reading_a_conversation_counts_down(database):
    note(database, came(1), came(2), came(3, "10086"))
    ids = [each.last.id for each in database.read_now(conversations).rows]
    assert database.read_now(unread_messages) == 3
    assert database.write_now(mark_read, ids[1], "王芳", NOW) == 2
    assert database.write_now(mark_read, ids[1], "王芳", NOW) == 0
    page = database.read_now(conversations, unread=True)
    assert ([each.number for each in page.rows], page.unread) == (["10086"], 1)


def test_searching_by_number_name_and_text_takes_signs_as_they_are(database):
    draft = CustomerDraft(name="张三", numbers=("13905620001",))
    database.write_now(customers.add_customer, draft, NOW)
    note(database, came(1, text="打八折100%"), came(2), came(3, "10086", "余额"))
    found = {
        word: [each.number for each in database.read_now(conversations, search=word).rows]
        for word in ("0562", "张", "100%", "%", "八折", "_", "没有的")
    }
    whole = ["13905620001"]
    assert found == {"0562": whole, "张": whole, "100%": whole, "%": whole, "八折": whole, "_": [], "没有的": []}


def test_pages(database):
    note(database, *(came(number, f"1390562{number:04}") for number in range(5)))
    first = database.read_now(conversations, limit=3)
    second = database.read_now(conversations, limit=3, before=first.next)
    numbers = [each.number for each in (*first.rows, *second.rows)]
    assert numbers == [f"1390562{number:04}" for number in reversed(range(5))]
    assert second.next is None


def test_a_message_that_is_not_there(database):
    with pytest.raises(NotFoundError):
        database.read_now(thread, 99)
    assert note(database, sent("nobody")) == [False]


def test_templates_keep_their_order(database):
    wanted = (SmsTemplate(name="派单", text="师傅已出发"), SmsTemplate(name="回访", text="请问修好了吗"))
    database.write_now(set_sms_templates, wanted)
    assert database.read_now(sms_templates) == wanted
    database.write_now(set_sms_templates, wanted[::-1])
    assert database.read_now(sms_templates) == wanted[::-1]
