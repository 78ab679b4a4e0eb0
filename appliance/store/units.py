"""The organisation tree: organisation, department, team; people hang on any of its nodes."""

from __future__ import annotations

from appliance.store.connection import Connection, fetch_all


def agents_of_units(db: Connection, unit_ids: tuple[int, ...]) -> tuple[str, ...]:
    """Staff numbers of everyone in these units or below them."""
    if not unit_ids:
        return ()
    marks = ", ".join("?" * len(unit_ids))
    rows = fetch_all(
        db,
        f"WITH RECURSIVE below (id) AS (SELECT id FROM units WHERE id IN ({marks})"  # noqa: S608 marks only
        " UNION SELECT u.id FROM units u JOIN below b ON u.parent_id = b.id)"
        " SELECT agent FROM users WHERE agent IS NOT NULL AND unit_id IN (SELECT id FROM below) ORDER BY agent",
        unit_ids,
    )
    return tuple(agent for (agent,) in rows)
