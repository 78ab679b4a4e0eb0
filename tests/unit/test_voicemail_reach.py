"""Who stands above whom, and whose messages that opens: the pure part of S025."""

from __future__ import annotations

import pytest

from appliance.callplan import FollowUpOwner, FollowUpRules, Queue
from appliance.queueplan import follow_up_problems, queue_problems
from appliance.store.voicemail_reach import BoxQueues, Organisation, Place, VoicemailReach, reach
from appliance.telephony.ids import AgentId, FlowId, QueueId


def place(agent: str, unit: int | None, *, sub: bool = False, own: bool = True) -> Place:
    return Place(agent=agent, unit=unit, own=own, sub=sub)


PARENTS = {1: None, 10: 1, 20: 1, 11: 10}
TREE = Organisation(
    parents=PARENTS,
    places={
        1: place("agent", 11), 2: place("mate", 11), 3: place("leader", 11, sub=True), 4: place("head", 10, sub=True),
        5: place("other", 20, sub=True), 6: place("top", 1, sub=True), 7: place("loose", None),
        8: place("loose_leader", None, sub=True), 9: place("below", 10), 10: place("deaf", 11, own=False),
    },
)  # fmt: skip


@pytest.mark.parametrize(
    ("user", "hears"),
    [
        (1, {"agent"}), (2, {"mate"}), (3, {"agent", "mate", "leader", "deaf"}),
        (4, {"agent", "mate", "leader", "head", "below", "deaf"}), (5, {"other"}),
        (6, {"agent", "mate", "leader", "head", "other", "top", "loose", "loose_leader", "below", "deaf"}),
        (7, {"loose"}), (8, {"loose", "loose_leader"}), (9, {"below"}), (10, set()), (99, set()),
    ],
)  # fmt: skip
def test_own_messages_and_those_of_people_below(user: int, hears: set[str]) -> None:
    assert set(reach(user, TREE, ()).agents) == hears


def test_two_top_units_leave_people_without_a_unit_to_themselves() -> None:
    two = Organisation(parents={1: None, 2: None}, places={1: place("top", 1, sub=True), 2: place("loose", None)})
    assert reach(1, two, ()).agents == ("top",)


def test_units_in_a_circle_end() -> None:
    ring = Organisation(parents={1: 2, 2: 1}, places={1: place("a", 1, sub=True), 2: place("b", 2)})
    assert reach(1, ring, ()).agents == ("a", "b")


def test_boxes_by_their_queues() -> None:
    boxes = (
        BoxQueues(box="public", members=None),
        BoxQueues(box="repair", members=frozenset({"agent"}), known=frozenset({"agent", "mate"})),
        BoxQueues(box="gone", members=frozenset(), left_over=True),
    )
    assert reach(1, TREE, boxes).boxes == ("public", "repair")
    assert reach(2, TREE, boxes).boxes == ("public",)
    assert reach(3, TREE, boxes).boxes == ("public", "repair", "gone")
    assert reach(5, TREE, boxes).boxes == ("public", "repair", "gone"), "whom the plan does not list is in every queue"
    assert reach(10, TREE, boxes).boxes == ()


def test_a_box_that_is_called_like_an_agent_opens_nothing() -> None:
    mine = VoicemailReach(agents=("1002",), boxes=("1001",))
    assert not mine.holds(for_agent="1001", box="1001")
    assert mine.holds(for_agent="", box="1001")
    assert VoicemailReach().holds(for_agent="", box="") is False


def test_what_the_plan_names_must_be_there() -> None:
    queues, flows = {QueueId("repair")}, {FlowId("main")}
    rules = FollowUpRules(
        hours="never", skip_lists=("none",), owners=(FollowUpOwner(agent=AgentId("1"), queue=QueueId("x")),)
    )
    assert [problem.field for problem in follow_up_problems(rules, queues, set(), set())] == [
        "follow_ups.owners[0].queue", "follow_ups.hours", "follow_ups.skip_lists[0]",
    ]  # fmt: skip
    asking = Queue(id=QueueId("repair"), label="", survey=True, survey_flow=FlowId("gone"))
    assert [problem.field for problem in queue_problems([asking], flows)] == ["queues[0].survey_flow"]
