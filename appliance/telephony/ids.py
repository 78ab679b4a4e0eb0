"""Typed ids: a call is never mistaken for a line."""

from __future__ import annotations

from typing import NewType

CallId = NewType("CallId", str)
"""One conversation from first ring to record, `20261102-090012-0001`: local start time and a running number."""
LineId = NewType("LineId", int)
"""Outside line, 1…; what people call "第 1 线"."""
StationId = NewType("StationId", str)
"""Extension number of an attached phone, e.g. `801`."""
SeatId = NewType("SeatId", str)
"""A work place: station + screen, e.g. `1`."""
AgentId = NewType("AgentId", str)
"""The person's staff number (工号), e.g. `1001`."""
QueueId = NewType("QueueId", str)
FlowId = NewType("FlowId", str)
NodeId = NewType("NodeId", str)
PromptId = NewType("PromptId", str)
"""Name of a prompt without suffix, e.g. `welcome`: the bureau's own recording, else the built-in one."""
BoxId = NewType("BoxId", str)
"""Voicemail box: a queue's, an agent's or `public`."""
Language = NewType("Language", str)
"""What a caller hears prompts in: `zh`, `en`, or the bureau's own code of 2 to 8 small letters (a dialect)."""
