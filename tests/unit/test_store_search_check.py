"""A wrong condition is refused with its name, in Chinese; `not` and the other spellings are those of the API."""

from __future__ import annotations

import msgspec
import pytest

from appliance.store.call_search import CallSearch, DirectionIs, LengthBetween, VoicemailIs
from appliance.store.call_search_check import CONDITION_NAMES, decode_search
from appliance.store.errors import InvalidError
from appliance.telephony.call import Direction


def test_names_cover_the_19_conditions() -> None:
    assert len(CONDITION_NAMES) == 19
    assert tuple(CONDITION_NAMES) == CallSearch.__struct_fields__


def test_spelling_of_the_api() -> None:
    text = '{"direction":{"not":true,"values":["inbound"]},"voicemail":{"for":["public"]},"talk_sec":{"min":5}}'
    search = decode_search(text)
    assert search == CallSearch(
        direction=DirectionIs(not_=True, values=(Direction.INBOUND,)),
        voicemail=VoicemailIs(for_=("public",)),
        talk_sec=LengthBetween(min=5),
    )
    assert decode_search(msgspec.json.encode(search)) == search
    assert decode_search("") == decode_search("{}") == CallSearch()


@pytest.mark.parametrize(
    ("text", "field", "says"),
    [
        ('{"colour":{}}', "search", "不认识“colour”"),
        ('{"result":{"values":["lost"]}}', "result", "“通话结果”有误：没有 'lost' 这个选项"),
        ('{"talk_sec":{"min":-1}}', "talk_sec", "“通话时长”有误：数值不能小于 0"),
        ('{"talk_sec":{"min":"a"}}', "talk_sec", "应填整数"),
        ('{"wait_sec":{"min":9,"max":3}}', "wait_sec", "“等待时长”有误：最小值 9 大于最大值 3"),
        ('{"time_span":{"since":"2026-02-30"}}', "time_span", "没有“2026-02-30”这一天"),
        ('{"time_span":{"since":"today"}}', "time_span", "日期或时间的写法不对"),
        ('{"time_span":{"since":"2026-03-02","until":"2026-03-01"}}', "time_span", "晚于"),
        ('{"time_span":{"day_from":"08:00"}}', "time_span", "同时填写起和止"),
        ('{"time_span":{"day_from":"08:00","day_until":"08:00"}}', "time_span", "不能相同"),
        ('{"line":{"values":3}}', "line", "“外线通道”有误：应是一个列表"),
        ('{"peer_number":{"numbers":["abc"]}}', "peer_number", "“abc”不是电话号码"),
        ('{"peer_number":{"numbers":[""]}}', "peer_number", "不能为空"),
        ('{"ivr_path":{"steps":[{}]}}', "ivr_path", "至少要选"),
        ('{"customer":{"match":"equal"}}', "customer", "请填写要查的内容"),
        ('{"ticket":{"present":false,"overdue":true}}', "ticket", "无工单"),
        ('{"agent":{"agents":[7]}}', "agent", "类型不对"),
        ("[]", "search", "查询条件有误"),
        ("{", "search", "JSON"),
    ],
)
def test_what_is_wrong_is_said(text: str, field: str, says: str) -> None:
    with pytest.raises(InvalidError) as refused:
        decode_search(text)
    assert refused.value.field == field
    assert says in str(refused.value)
