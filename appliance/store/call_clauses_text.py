"""Conditions 6 and 13: parts of numbers and words of summaries."""

from __future__ import annotations

import re

from appliance.store.call_clause import Clause, Groups
from appliance.store.call_search import NumberMatch, PeerNumber, Summary, WordMatch
from appliance.store.call_tokens import FRAGMENT_DIGITS, digit_fragments, term, word_fragments
from appliance.store.folded import words_of
from appliance.telephony.number import normalise_number

_EXACT_WORD = 2
"""A word of one or two characters is itself a fragment."""
_NOT_DIALLED = re.compile(r"[^\d*#]")


def number_clause(condition: PeerNumber, area_code: str) -> list[Clause]:
    """6 客户号码."""
    if condition.match is NumberMatch.NONE:
        return [Clause("c.peer_number = ''", (), ((term("nn", 1),),), exact=True, negated=condition.not_)]
    numbers = list(dict.fromkeys(_NOT_DIALLED.sub("", number) for number in condition.numbers))
    if not numbers:
        return []
    if condition.match is NumberMatch.EQUAL:
        return [_equal(condition, area_code)]
    tests: list[str] = []
    parameters: list[object] = []
    for number in numbers:
        test, bound = _part(condition.match, number)
        tests.append(test)
        parameters += bound
    exact = condition.match is NumberMatch.CONTAINS and all(len(number) == FRAGMENT_DIGITS for number in numbers)
    groups: Groups = ()
    if len(numbers) == 1:
        groups = tuple((term("nf", fragment),) for fragment in sorted(digit_fragments(numbers[0])))
    elif all(len(number) >= FRAGMENT_DIGITS for number in numbers):
        groups = (tuple(dict.fromkeys(term("nf", number[-FRAGMENT_DIGITS:]) for number in numbers)),)
    return [Clause(" OR ".join(tests), tuple(parameters), groups, exact=exact, negated=condition.not_)]


def _equal(condition: PeerNumber, area_code: str) -> Clause:
    numbers: dict[str, None] = {}
    for number in condition.numbers:
        numbers[_NOT_DIALLED.sub("", number)] = None
        numbers[normalise_number(number, area_code)] = None
    marks = ", ".join("?" * len(numbers))
    return Clause(
        f"c.peer_number IN ({marks}) OR c.peer_number_raw IN ({marks})",
        (*numbers, *numbers),
        (tuple(term("n", number) for number in numbers),),
        exact=True,
        negated=condition.not_,
    )


def _part(match: NumberMatch, number: str) -> tuple[str, tuple[object, ...]]:
    columns = ("c.peer_number", "c.peer_number_raw")
    if match is NumberMatch.CONTAINS:
        return " OR ".join(f"instr({column}, ?) > 0" for column in columns), (number, number)
    if match is NumberMatch.BEGINS:
        return " OR ".join(f"substr({column}, 1, {len(number)}) = ?" for column in columns), (number, number)
    # No sign of a number is a space: with one behind both, what is contained is an end.
    return " OR ".join(f"instr({column} || ' ', ? || ' ') > 0" for column in columns), (number, number)


def summary_clause(condition: Summary) -> list[Clause]:
    """13 通话摘要."""
    if condition.match is WordMatch.EMPTY:
        return [Clause("c.has_summary = 0", (), ((term("yn", 1),),), exact=True, negated=condition.not_)]
    words = list(dict.fromkeys(words_of(condition.words)))
    if not words:
        return []
    joiner = " AND " if condition.match is WordMatch.ALL else " OR "
    tests = joiner.join("instr(t.summary_folded, ?) > 0" for _ in words)
    sql = f"EXISTS (SELECT 1 FROM call_details t WHERE t.id = c.id AND ({tests}))"  # noqa: S608 marks only
    groups: Groups
    if condition.match is WordMatch.ALL:
        fragments = sorted(set().union(*(word_fragments(word) for word in words)))
        groups = tuple((term("y", fragment),) for fragment in fragments)
    else:
        groups = (tuple(dict.fromkeys(term("y", word[-_EXACT_WORD:]) for word in words)),)
    exact = all(len(word) <= _EXACT_WORD for word in words)
    return [Clause(sql, tuple(words), groups, exact=exact, negated=condition.not_)]
