"""Spoken values, written back as the words a caller hears."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.ivr import numerals_en, numerals_zh
from appliance.ivr.prompts import known_prompts, promptbook
from appliance.ivr.saying import UnspeakableError, ValueKind, say_value
from appliance.telephony.ids import Language, PromptId

WORDS = {prompt.id: prompt.text for prompt in promptbook()}
ZH, EN = Language("zh"), Language("en")
K = ValueKind


def heard(prompts: list[PromptId], between: str = "") -> str:
    return between.join(WORDS[prompt] for prompt in prompts)


def said(text: str, kind: ValueKind, unit: str = "") -> str:
    return heard(say_value(text, kind, ZH, unit))


def said_en(text: str, kind: ValueKind) -> str:
    return heard(say_value(text, kind, EN), " ")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("0", "零"),
        ("2", "二"),
        ("10", "十"),
        ("12", "十二"),
        ("20", "二十"),
        ("22", "二十二"),
        ("100", "一百"),
        ("101", "一百零一"),
        ("110", "一百一十"),
        ("112", "一百一十二"),
        ("200", "二百"),
        ("222", "二百二十二"),
        ("1001", "一千零一"),
        ("1010", "一千零一十"),
        ("1100", "一千一百"),
        ("2000", "两千"),
        ("2222", "两千二百二十二"),
        ("10000", "一万"),
        ("10001", "一万零一"),
        ("10010", "一万零一十"),
        ("10100", "一万零一百"),
        ("11000", "一万一千"),
        ("20000", "两万"),
        ("22000", "两万二千"),
        ("100000", "十万"),
        ("102030", "十万二千零三十"),
        ("120000", "十二万"),
        ("2000000", "二百万"),
        ("10010000", "一千零一万"),
        ("100000000", "一亿"),
        ("200000000", "两亿"),
        ("100020000", "一亿零二万"),
        ("1000000001", "十亿零一"),
        ("1000010010", "十亿零一万零一十"),
        ("1200000000000", "一万二千亿"),
        ("-5", "负五"),
        ("1,234", "一千二百三十四"),
    ],
)
def test_integers(value: str, words: str) -> None:
    assert said(value, K.INTEGER) == words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        ("2", "wei", "两位"),
        ("12", "wei", "十二位"),
        ("2", "tian", "两天"),
        ("22", "ge", "二十二个"),
        ("200", "ci", "二百次"),
    ],
)
def test_measure_words(value: str, unit: str, words: str) -> None:
    assert said(value, K.INTEGER, unit) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("123.45", "一百二十三元四角五分"),
        ("100.00", "一百元整"),
        ("0.05", "五分"),
        ("10.05", "十元零五分"),
        ("0.5", "五角"),
        ("2", "两元整"),
        ("0.2", "两角"),
        ("0.02", "两分"),
        ("2.22", "两元二角二分"),
        ("12.30", "十二元三角"),
        ("0", "零元整"),
        ("0.004", "零元整"),
        ("9.999", "十元整"),
        ("-3.50", "负三元五角"),
        ("2000.02", "两千元零二分"),
    ],
)
def test_amounts(value: str, words: str) -> None:
    assert said(value, K.AMOUNT) == words


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        ("0562-96599", K.TELEPHONE, "零五六二九六五九九"),
        ("13800138000", K.TELEPHONE, "幺三八零零幺三八零零零"),
        ("1012", K.DIGITS, "一零一二"),
        ("3.14", K.DECIMAL, "三点一四"),
        ("-0.50", K.DECIMAL, "负零点五零"),
        ("12", K.PERCENT, "百分之十二"),
        ("2.5", K.PERCENT, "百分之二点五"),
        ("2", K.ORDINAL, "第二"),
        ("12", K.ORDINAL, "第十二"),
        ("2026-06-01", K.DATE, "二零二六年六月一日"),
        ("02-22", K.DATE, "二月二十二日"),
        ("09:12", K.TIME, "上午九点十二分"),
        ("09:05", K.TIME, "上午九点零五分"),
        ("09:00", K.TIME, "上午九点整"),
        ("14:00", K.TIME, "下午两点整"),
        ("12:30", K.TIME, "中午十二点三十分"),
        ("00:10", K.TIME, "凌晨零点十分"),
        ("20:02", K.TIME, "晚上八点零二分"),
        ("2026-12-31 22:20", K.DATETIME, "二零二六年十二月三十一日晚上十点二十分"),
        ("7", K.WEEKDAY, "星期日"),
        ("2026-11-23", K.WEEKDAY, "星期一"),
    ],
)
def test_other_values(value: str, kind: ValueKind, words: str) -> None:
    assert said(value, kind) == words


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        ("0", K.INTEGER, "zero"),
        ("19", K.INTEGER, "nineteen"),
        ("42", K.INTEGER, "forty two"),
        ("105", K.INTEGER, "one hundred and five"),
        ("2001", K.INTEGER, "two thousand and one"),
        ("12345", K.INTEGER, "twelve thousand three hundred and forty five"),
        ("-3", K.INTEGER, "minus three"),
        ("123.45", K.AMOUNT, "one hundred and twenty three yuan and forty five fen"),
        ("0.05", K.AMOUNT, "five fen"),
        ("3.14", K.DECIMAL, "three point one four"),
        ("12.5", K.PERCENT, "twelve point five percent"),
        ("21", K.ORDINAL, "twenty first"),
        ("45", K.ORDINAL, "number forty five"),
        ("0562-1", K.TELEPHONE, "zero five six two one"),
        ("2026-06-01", K.DATE, "June first twenty twenty six"),
        ("2005-01-30", K.DATE, "January thirtieth twenty oh five"),
        ("2000-02-22", K.DATE, "February twenty second two thousand"),
        ("00:05", K.TIME, "twelve oh five a.m."),
        ("14:00", K.TIME, "two o'clock p.m."),
        ("2026-12-31 22:20", K.DATETIME, "December thirty first twenty twenty six ten twenty p.m."),
        ("3", K.WEEKDAY, "Wednesday"),
    ],
)
def test_english(value: str, kind: ValueKind, words: str) -> None:
    assert said_en(value, kind) == words


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("", K.INTEGER),
        ("abc", K.INTEGER),
        ("1.5", K.INTEGER),
        ("NaN", K.AMOUNT),
        ("1e99", K.DECIMAL),
        ("1e-99", K.DECIMAL),
        ("9" * 41, K.DIGITS),
        ("---", K.DIGITS),
        ("2026-02-30", K.DATE),
        ("13-01", K.DATE),
        ("25:00", K.TIME),
        ("8", K.WEEKDAY),
        ("now", K.DATETIME),
    ],
)
@pytest.mark.parametrize("language", [ZH, EN])
def test_what_is_no_value_is_refused(value: str, kind: ValueKind, language: Language) -> None:
    with pytest.raises(UnspeakableError):
        say_value(value, kind, language)


def read_back(words: str) -> int:
    """A Chinese number, read by other rules than it was composed by."""
    total = group = digit = 0
    numbers = dict(zip("零一二三四五六七八九两", [*range(10), 2], strict=True))
    for word in words:
        if word in numbers:
            digit = numbers[word]
        elif word in "十百千":
            group += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[word]
            digit = 0
        else:
            section, group, digit = group + digit, 0, 0
            total = (total + section) * 10**8 if word == "亿" else total + section * 10**4
    return total + group + digit


@given(st.integers(0, 10**12 - 1))
def test_numbers_mean_what_they_say(value: int) -> None:
    words = heard(numerals_zh.integer(value))
    assert read_back(words) == value
    assert not re.search(r"零零|零[十百千万亿]|.零$|^一十|[^千万亿]两|两[十百]", words)


@given(st.integers(-(10**16), 10**16))
def test_every_word_has_a_prompt(value: int) -> None:
    amount = Decimal(value) / 100
    for spoken in (numerals_zh.amount(amount), numerals_en.amount(amount), numerals_zh.decimal(amount)):
        assert set(spoken) <= known_prompts()
    assert set(numerals_en.integer(value)) | set(numerals_zh.integer(value, "wei")) <= known_prompts()
