"""Data policies on the organisation: what a person sees, and that wider levels hold the narrower ones (S057, S058)."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.store.policies import DataPolicy, Level, MaskedField, PolicyObject, default_policy
from appliance.store.scope import Scope
from appliance.store.sight import Sight, Staffing, compose, is_wider
from appliance.store.units import Unit, UnitKind
from appliance.telephony.ids import AgentId

FOUR = (Level.OWN, Level.TEAM, Level.DEPARTMENT, Level.ORGANISATION)


def unit(number: int, parent: int | None, kind: UnitKind) -> Unit:
    return Unit(id=number, parent=parent, kind=kind, label=str(number))


def bureau() -> Staffing:
    """One organisation: department 2 with the teams 3 and 4, department 5; somebody without a unit."""
    units = (
        unit(1, None, UnitKind.ORGANISATION),
        unit(2, 1, UnitKind.DEPARTMENT),
        unit(3, 2, UnitKind.TEAM),
        unit(4, 2, UnitKind.TEAM),
        unit(5, 1, UnitKind.DEPARTMENT),
    )
    members = {1: {"chief"}, 2: {"head"}, 3: {"a", "b"}, 4: {"c"}, 5: {"d"}, None: {"x"}}
    return Staffing(
        units={each.id: each for each in units}, members={key: frozenset(people) for key, people in members.items()}
    )


def calls(around: Staffing, level: Level, agent: str, at: int | None, **more: object) -> Scope:
    policy = DataPolicy(object=PolicyObject.CALL, level=level, **more)  # type: ignore[arg-type]
    return compose({PolicyObject.CALL: [policy]}, around, AgentId(agent), at).calls


@pytest.mark.parametrize(
    ("level", "agent", "at", "seen"),
    [
        (Level.OWN, "a", 3, "a"),
        (Level.TEAM, "a", 3, "a b"),
        (Level.DEPARTMENT, "a", 3, "a b c head"),
        (Level.TEAM, "head", 2, "head"),
        (Level.DEPARTMENT, "head", 2, "a b c head"),
        (Level.DEPARTMENT, "d", 5, "d"),
        (Level.TEAM, "x", None, "x"),
        (Level.DEPARTMENT, "x", None, "x"),
    ],
)
def test_whose_calls_a_level_shows(level: Level, agent: str, at: int | None, seen: str) -> None:
    scope = calls(bureau(), level, agent, at)
    assert (scope.agents, scope.everything, scope.unassigned) == (tuple(seen.split()), False, True)


def test_one_organisation_is_everybody_and_a_bureau_without_units_is_one_team() -> None:
    assert calls(bureau(), Level.ORGANISATION, "a", 3).everything
    alone = Staffing(units={}, members={None: frozenset({"a", "b"})})
    assert calls(alone, Level.TEAM, "a", None).everything
    assert calls(alone, Level.OWN, "a", None).agents == ("a",)


def test_two_organisations_do_not_see_each_other() -> None:
    units = (unit(1, None, UnitKind.ORGANISATION), unit(2, None, UnitKind.ORGANISATION))
    around = Staffing(units={each.id: each for each in units}, members={1: frozenset("a"), 2: frozenset("b")})
    assert calls(around, Level.ORGANISATION, "a", 1).agents == ("a",)


def test_chosen_units_and_areas_come_to_the_own() -> None:
    assert calls(bureau(), Level.UNITS, "d", 5, units=(4, 99)).agents == ("c", "d")
    scope = calls(bureau(), Level.AREAS, "d", 5, areas=("城东",))
    assert (scope.agents, scope.areas) == (("d",), ("城东",))


def test_the_widest_role_counts_and_a_field_is_masked_only_if_all_mask_it() -> None:
    masked = DataPolicy(object=PolicyObject.CALL, level=Level.TEAM, masked=(MaskedField.NUMBER,))
    plain = DataPolicy(object=PolicyObject.CALL, level=Level.OWN)
    both = compose({PolicyObject.CALL: [masked, plain]}, bureau(), AgentId("a"), 3)
    assert both.calls.agents == ("a", "b")
    assert not both.hides(PolicyObject.CALL, MaskedField.NUMBER)
    assert compose({PolicyObject.CALL: [masked]}, bureau(), None, 3).hides(PolicyObject.CALL, MaskedField.NUMBER)


def test_no_policy_shows_the_own_and_what_nobody_took() -> None:
    assert compose({}, bureau(), AgentId("a"), 3).calls == Scope(agents=(AgentId("a"),), unassigned=True)


def test_the_defaults_of_the_built_in_roles() -> None:
    assert default_policy("leader", PolicyObject.CALL).level is Level.TEAM
    assert default_policy("agent", PolicyObject.RECORDING).level is Level.OWN
    assert default_policy("role-1", PolicyObject.CALL).level is Level.OWN
    assert default_policy("agent", PolicyObject.CUSTOMER).level is Level.ORGANISATION


@st.composite
def organisations(draw: st.DrawFn) -> tuple[Staffing, list[str], list[int | None]]:
    """Any forest, also with kinds under kinds that no page would allow, and people anywhere on it."""
    count = draw(st.integers(0, 9))
    units = {
        number: unit(
            number,
            draw(st.sampled_from([None, *range(1, number)])),
            draw(st.sampled_from(list(UnitKind))),
        )
        for number in range(1, count + 1)
    }
    people = [f"p{number}" for number in range(draw(st.integers(1, 8)))]
    places = [draw(st.sampled_from([None, *units])) for _ in people]
    members: dict[int | None, set[str]] = {}
    for person, place in zip(people, places, strict=True):
        members.setdefault(place, set()).add(person)
    around = Staffing(units=units, members={place: frozenset(there) for place, there in members.items()})
    return around, people, places


@settings(max_examples=300, deadline=None)
@given(organisations(), st.data())
def test_each_level_holds_the_one_before_it(
    organisation: tuple[Staffing, list[str], list[int | None]], data: st.DataObject
) -> None:
    around, people, places = organisation
    who = data.draw(st.integers(0, len(people) - 1))
    sights = [Sight(calls=calls(around, level, people[who], places[who])) for level in FOUR]
    for narrow, wide in itertools.pairwise(sights):
        assert not is_wider(narrow, wide), (narrow.calls, wide.calls)
        assert all(wide.sees_agent(person) for person in people if narrow.sees_agent(person))
    assert all(sight.sees_agent(people[who]) for sight in sights)
