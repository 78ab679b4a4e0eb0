"""Where a test's database is: tests that take `store` run on SQLite, and in the full suite on PostgreSQL too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.store.database import Source
from appliance.store.postgres import PostgresServer
from appliance.store.sqlite_file import SqliteFile
from tests.postgres import PostgresCluster

BOTH = ("sqlite", pytest.param("postgresql", marks=pytest.mark.slow))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """One server for all tests of a process."""
    try:
        cluster = PostgresCluster()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    yield cluster
    cluster.remove()


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    """A place for a new database of either kind."""
    return new_store(request, tmp_path)


@pytest.fixture(scope="module", params=BOTH)
def lasting_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Source:
    """One for all tests of a file."""
    return new_store(request, tmp_path_factory.mktemp("store"))


def new_store(request: pytest.FixtureRequest, folder: Path) -> Source:
    """For fixtures with these parameters."""
    if request.param == "sqlite":
        return SqliteFile(folder / "a.db")
    cluster: PostgresCluster = request.getfixturevalue("postgres")
    return PostgresServer(cluster.new_database())
