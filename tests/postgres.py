"""A private PostgreSQL server for tests and measurements: in a folder of its own, reached by a unix socket only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

UNPRIVILEGED = "postgres"
"""Whoever the server runs as when we are root, which it refuses; Debian's package makes this user."""
_OPTIONS = {
    "listen_addresses": "",
    "shared_buffers": "128MB",
    "max_connections": "60",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
}


def server_folder() -> Path | None:
    """Where `initdb` and `postgres` are: Debian keeps them out of the path. None: not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: int(each.parts[-3]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).resolve().parent if elsewhere else None


class PostgresCluster:
    """A running server. Raises `FileNotFoundError` where PostgreSQL is not installed."""

    def __init__(self, **options: str) -> None:
        programs = server_folder()
        if programs is None:
            raise FileNotFoundError("no PostgreSQL server here: apt-get install postgresql")
        self._programs = programs
        self._user = UNPRIVILEGED if os.geteuid() == 0 else None
        self._options = {**_OPTIONS, **options}
        self.folder = Path(tempfile.mkdtemp(prefix="hb-pg-", dir="/tmp"))  # a socket's path must be short
        if self._user:
            shutil.chown(self.folder, self._user)
        self._databases = 0
        self._process: subprocess.Popen[bytes] | None = None
        command = [programs / "initdb", "-D", self._data, "-U", "box", "-A", "trust", "-E", "UTF8", "--locale=C"]
        subprocess.run([*command, "--no-sync", "--no-instructions"], check=True, capture_output=True, user=self._user)
        self.start()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def url(self, name: str = "postgres") -> str:
        """Of one of its databases."""
        return f"postgresql://box@/{name}?host={self.folder}"

    def new_database(self, template: str = "template1") -> str:
        """URL of an empty database, or of a copy of one that nobody is connected to."""
        self._databases += 1
        name = f"box{self._databases}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return self.url(name)

    def start(self) -> None:
        """Returns when it takes connections."""
        options = [part for name, value in self._options.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, "-k", self.folder, *options],
                stdout=log,
                stderr=log,
                user=self._user,
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """At once, as if it crashed; what was committed stays."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(60)
            self._process = None

    def remove(self) -> None:
        """Stop it and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
