"""Customers with several numbers each, and the tree of call reasons with its default content."""

from __future__ import annotations

from appliance.store.connection import Connection, execute, fetch_value

_TABLES = (
    """CREATE TABLE customers (
        id INTEGER PRIMARY KEY,
        code TEXT UNIQUE,
        name TEXT NOT NULL,
        card TEXT NOT NULL DEFAULT '',
        address TEXT NOT NULL DEFAULT '',
        status TEXT NOT NULL DEFAULT '',
        level TEXT NOT NULL DEFAULT '',
        area TEXT NOT NULL DEFAULT '',
        note TEXT NOT NULL DEFAULT '',
        search_text TEXT NOT NULL DEFAULT '',
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    )""",
    "CREATE INDEX customers_name ON customers (name)",
    "CREATE INDEX customers_card ON customers (card)",
    """CREATE TABLE customer_numbers (
        number TEXT PRIMARY KEY,
        customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
        position INTEGER NOT NULL DEFAULT 0
    )""",
    "CREATE INDEX customer_numbers_customer ON customer_numbers (customer_id)",
    """CREATE TABLE reasons (
        id INTEGER PRIMARY KEY,
        parent_id INTEGER REFERENCES reasons (id),
        label TEXT NOT NULL,
        position INTEGER NOT NULL DEFAULT 0,
        active INTEGER NOT NULL DEFAULT 1
    )""",
)

_REASONS = (
    ("报修", ("无信号", "画面马赛克或卡顿", "机顶盒故障", "遥控器故障", "智能卡故障", "宽带故障", "线路损坏")),
    ("咨询", ("业务与资费", "套餐与频道", "缴费方式", "机顶盒使用", "营业网点与时间")),
    ("业务办理", ("新装", "移机", "报停与复通", "过户", "套餐变更", "补换智能卡")),
    ("投诉", ("维修不及时", "服务态度", "收费争议", "信号质量", "施工问题")),
    ("举报", ("私拉乱接", "破坏设施", "违规收费")),
    ("建议", ("节目与频道", "服务改进")),
    ("回访", ("维修回访", "投诉回访")),
    ("其他", ("打错电话", "骚扰电话", "内部联系")),
)


def apply(db: Connection) -> None:
    """Create the tables and the default reasons."""
    for statement in _TABLES:
        execute(db, statement)
    for position, (label, children) in enumerate(_REASONS):
        execute(db, "INSERT INTO reasons (label, position) VALUES (?, ?)", (label, position))
        parent = fetch_value(db, "SELECT max(id) FROM reasons")
        for place, child in enumerate(children):
            execute(db, "INSERT INTO reasons (parent_id, label, position) VALUES (?, ?, ?)", (parent, child, place))
