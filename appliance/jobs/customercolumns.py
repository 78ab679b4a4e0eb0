"""Which column of somebody's table is what: guessed from its heading, and from what was chosen the last time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from appliance.jobs.tablefile import Cell
from appliance.store.customer_form import CustomerForm

IGNORED = ""
NUMBERS = "numbers"
TARGETS = ("name", NUMBERS, "code", "card", "address", "status", "level", "area", "note")
SEVERAL = frozenset({NUMBERS, "address", "note"})
"""Targets that several columns may have."""
CUSTOM = "custom."
HEADING_ROWS = 10
"""The heading is among the first rows; above it stands at most a title."""

_WORDS: dict[str, tuple[str, ...]] = {
    "name": (
        "姓名", "客户姓名", "用户姓名", "客户名称", "用户名称", "户名", "客户名", "用户名", "名称", "name",
        "联系人",
    ),
    NUMBERS: (
        "电话", "电话号码", "手机", "手机号", "手机号码", "联系电话", "固话", "座机", "联系方式", "联系号码",
        "移动电话", "固定电话",
        "号码", "phone", "mobile", "tel", "telephone", "家庭电话", "办公电话", "备用电话", "宅电",
    ),
    "code": (
        "客户编号", "用户编号", "客户号", "用户号", "编号", "户号", "客户代码", "用户编码", "客户编码",
        "客户证号", "code", "customerno",
    ),
    "card": ("智能卡号", "智能卡", "卡号", "ic卡号", "机顶盒卡号", "ca卡号", "card", "smartcard", "cardno"),
    "address": (
        "地址", "安装地址", "装机地址", "住址", "家庭地址", "用户地址", "客户地址", "详细地址", "address",
        "门牌",
    ),
    "status": ("状态", "业务状态", "用户状态", "客户状态", "status"),
    "level": ("级别", "客户级别", "用户级别", "等级", "客户等级", "level", "客户类型", "用户类型"),
    "area": ("片区", "区域", "所属片区", "网格", "所属区域", "小区", "area", "站点", "所属站", "乡镇"),
    "note": ("备注", "说明", "note", "remark", "备注信息"),
}  # fmt: skip
_KNOWN = {word: target for target, words in _WORDS.items() for word in words}
_DECORATION = re.compile(r"[\s*＊:：()（）\[\]【】._\-/\\]+|必填|选填")
_NUMBERED = re.compile(r"\d+$|[一二三四]$")


def plain_heading(heading: str) -> str:
    """As headings are compared: `*联系电话 1（必填）` is `联系电话1`."""
    return _DECORATION.sub("", unicodedata.normalize("NFKC", heading).casefold())


def guess(heading: str, form: CustomerForm, remembered: Mapping[str, str]) -> str:
    """The target of a column, '' for none."""
    plain = plain_heading(heading)
    if not plain:
        return IGNORED
    valid = {*TARGETS, *(CUSTOM + field.id for field in form.fields), IGNORED}
    if remembered.get(plain) in valid and plain in remembered:
        return remembered[plain]
    for field in form.fields:
        if plain == plain_heading(field.label):
            return CUSTOM + field.id
    return _KNOWN.get(plain) or _KNOWN.get(_NUMBERED.sub("", plain), IGNORED)


def guess_all(headings: Sequence[str], form: CustomerForm, remembered: Mapping[str, str]) -> list[str]:
    """Targets of all columns; of those that only one column can be, the first one is."""
    taken: set[str] = set()
    targets = []
    for heading in headings:
        target = guess(heading, form, remembered)
        if target in taken and target not in SEVERAL:
            target = IGNORED
        taken.add(target)
        targets.append(target)
    return targets


def heading_row(rows: Sequence[Sequence[Cell]], form: CustomerForm, remembered: Mapping[str, str]) -> int | None:
    """Index of the row with the headings: the one with most known words, else the first with several cells."""
    best, most = None, 0
    for index, row in enumerate(rows[:HEADING_ROWS]):
        known = sum(guess(cell, form, remembered) != IGNORED for cell in row if isinstance(cell, str))
        if known > most:
            best, most = index, known
    if best is not None:
        return best
    filled = ((index, sum(cell != "" for cell in row)) for index, row in enumerate(rows[:HEADING_ROWS]))
    several = [index for index, cells in filled if cells > 0]
    return several[0] if several else None
