"""Where the boxes of tests keep their database: those of these files do so on SQLite, and in the full suite on
PostgreSQL too.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.store.database import open_database
from tests.postgres import PostgresCluster
from tests.unit.conftest import BOTH
from tests.unit.conftest import postgres as postgres  # noqa: PLC0414 - a fixture is found by its name
from tests.web.box import StoreOfBoxes

ON_BOTH = frozenset(
    {
        "tests.web.test_customers",
        "tests.web.test_followups",
        "tests.web.test_interface_keys",
        "tests.web.test_monitoring",
        "tests.web.test_organisation",
    }
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__ in ON_BOTH:
        metafunc.parametrize("_store", BOTH, indirect=True)


@pytest.fixture(scope="session")
def migrated(postgres: PostgresCluster) -> str:
    """Name of a database with the schema of a box: copies of it are made in a fifth of the time."""
    url = postgres.new_database()
    open_database(url, Path()).close()
    return url.partition("@/")[2].partition("?")[0]


@pytest.fixture(autouse=True)
def _store(request: pytest.FixtureRequest) -> Iterator[None]:
    if getattr(request, "param", "sqlite") == "sqlite":
        yield
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres")
    template: str = request.getfixturevalue("migrated")
    StoreOfBoxes.new_url = lambda: cluster.new_database(template)
    yield
    StoreOfBoxes.new_url = str
