"""The same calls in a FreePBX-style `cdr` table of a private MariaDB server, and the searches that it can answer.

Columns and indexes are those that FreePBX makes. A socket in a temporary folder is the only way in. Times are CPU times
of the server, so that other work on the machine counts little.
"""

from __future__ import annotations

import getpass
import shutil
import subprocess
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from appliance.store.call_key import SLOTS_PER_SECOND, first_key, last_key
from appliance.store.call_search import CallSearch, NumberMatch, PeerNumber, RecordingChoice, TimeSpan
from appliance.store.connection import Connection, fetch_each
from appliance.store.database import Database
from appliance.telephony.call import CallResult
from appliance.telephony.number import normalise_number
from bench.callsample import AREA_CODE

_TEXTS = {
    "clid": 80, "src": 80, "dst": 80, "dcontext": 80, "channel": 80, "dstchannel": 80, "lastapp": 80, "lastdata": 80,
    "disposition": 45, "accountcode": 20, "uniqueid": 32, "userfield": 255, "did": 50, "recordingfile": 255,
    "cnum": 80, "cnam": 80, "outbound_cnum": 80, "outbound_cnam": 80, "dst_cnam": 80, "linkedid": 32,
    "peeraccount": 80,
}  # fmt: skip
_NUMBERS = ("duration", "billsec", "amaflags", "sequence")
_INDEXES = ("calldate", "dst", "accountcode", "uniqueid", "did", "recordingfile(191)", "linkedid")
_CONTEXTS = {"inbound": "from-pstn", "outbound": "from-internal", "internal": "ext-local"}
_DISPOSITIONS = {"talked": "ANSWERED", "busy": "BUSY", "line_fault": "FAILED"}
_FILLED = (
    "calldate", "src", "cnum", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "duration", "billsec",
    "disposition", "uniqueid", "linkedid", "did", "recordingfile",
)  # fmt: skip
_CALLS = """SELECT c.id, c.direction, c.result, c.line, c.queue, c.talk_sec, c.wait_sec, c.peer_number,
    c.peer_number_raw, c.has_recording, d.call_id, d.hotline, d.recording_path,
    (SELECT group_concat('SIP/' || a.agent || '-', '') FROM call_agents a WHERE a.id = c.id)
    FROM calls c CROSS JOIN call_details d ON d.id = c.id ORDER BY c.id"""
_END = "--end of answer--"
_ORIGIN = datetime(1970, 1, 1)  # noqa: DTZ001 local wall time is meant
SETTINGS = (
    "--innodb-buffer-pool-size=1G",
    "--innodb-flush-log-at-trx-commit=0",
    "--skip-networking",
    "--local-infile=1",
)
"""Everything in memory, as for the others."""


def cpu_of(pid: int) -> float:
    """Seconds that a process has computed so far, with all its threads."""
    return sum(int(task.read_text().split()[0]) for task in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


class CdrServer:
    """A running server with the calls of `database`. Raises `FileNotFoundError` where MariaDB is not installed."""

    def __init__(self, database: Database) -> None:
        server = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")
        if server is None:
            raise FileNotFoundError("no MariaDB server here: apt-get install mariadb-server")
        self.folder = Path(tempfile.mkdtemp(prefix="hb-cdr-", dir="/tmp"))  # a socket's path must be short
        user, socket = f"--user={getpass.getuser()}", f"--socket={self.folder / 's'}"
        where = (user, f"--datadir={self.folder / 'data'}")
        install = ("mariadb-install-db", "--no-defaults", "--auth-root-authentication-method=normal", *where)
        subprocess.run(install, check=True, capture_output=True)
        self._server = subprocess.Popen(
            [server, "--no-defaults", *where, socket, f"--pid-file={self.folder / 'pid'}", *SETTINGS],
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "log").open("wb"),
        )
        self._client = self._connected(socket)
        self._fill(database)

    def _connected(self, socket: str) -> subprocess.Popen[str]:
        deadline = time.monotonic() + 120
        while not (self.folder / "s").exists():
            if time.monotonic() > deadline or self._server.poll() is not None:
                raise RuntimeError(f"the MariaDB server does not start: {(self.folder / 'log').read_text()[-500:]}")
            time.sleep(0.1)
        client = ("mariadb", "--no-defaults", socket, "--user=root", "--local-infile=1")
        options = ("--batch", "--skip-column-names", "--unbuffered", "--default-character-set=utf8mb4")
        return subprocess.Popen((*client, *options), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, sql: str) -> list[str]:
        """Lines of the answer."""
        to, back = _pipes(self._client)
        to.write(f"{sql};\nSELECT '{_END}';\n")
        to.flush()
        lines = []
        while (line := back.readline().rstrip("\n")) != _END:
            if not line and self._client.poll() is not None:
                raise RuntimeError(f"MariaDB did not understand: {sql}")
            lines.append(line)
        return lines

    def timed(self, sql: str) -> tuple[float, list[str]]:
        """CPU seconds of the server, and the answer."""
        before = cpu_of(self._server.pid)
        lines = self.ask(sql)
        return cpu_of(self._server.pid) - before, lines

    def _fill(self, database: Database) -> None:
        columns = [f"{name} VARCHAR({length}) NOT NULL DEFAULT ''" for name, length in _TEXTS.items()]
        columns += [f"{name} INT NOT NULL DEFAULT 0" for name in _NUMBERS]
        keys = ", ".join(f"KEY ({name})" for name in _INDEXES)
        self.ask("CREATE DATABASE asteriskcdrdb CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci; USE asteriskcdrdb")
        self.ask(f"CREATE TABLE cdr (calldate DATETIME NOT NULL, {', '.join(columns)}, {keys}) ENGINE=InnoDB")
        table = self.folder / "calls.tsv"
        with table.open("w", encoding="utf-8") as file:
            database.read_now(_write_calls, file)
        self.ask(f"LOAD DATA LOCAL INFILE '{table}' INTO TABLE cdr ({', '.join(_FILLED)}); ANALYZE TABLE cdr")
        table.unlink()

    def remove(self) -> None:
        """Stop it and leave nothing behind."""
        self._client.kill()
        self._client.wait()
        self._server.kill()
        self._server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the client has no pipes")
    return process.stdin, process.stdout


def _write_calls(db: Connection, file: IO[str]) -> None:
    for row in fetch_each(db, _CALLS):
        key, direction, result, line, queue, talk, wait, number, raw, recorded, call_id, hotline, path, agents = row
        values = (
            _moment(key), raw, number, _CONTEXTS[direction], f"DAHDI/{line}-1" if line else "Local/1-1", agents or "",
            "Queue" if queue else "Dial", f"{queue},t" if queue else "", talk + wait, talk,
            _DISPOSITIONS.get(result, "NO ANSWER"), call_id[-32:], call_id[-32:], hotline, path if recorded else "",
        )  # fmt: skip
        file.write("\t".join(map(str, values)) + "\n")


def _moment(key: int) -> str:
    return (_ORIGIN + timedelta(seconds=key // SLOTS_PER_SECOND)).isoformat(" ")


def where_of(search: CallSearch) -> str | None:
    """The search over `cdr`; None: it asks for what such a table does not have."""
    parts: list[str | None] = []
    for name in CallSearch.__struct_fields__:
        condition = getattr(search, name)
        if condition is None:
            continue
        if name not in _PARTS:
            return None
        sql = _PARTS[name](condition)
        parts.append(f"NOT ({sql})" if sql and condition.not_ else sql)
    if None in parts:
        return None
    return " AND ".join(f"({part})" for part in parts if part) or "1"


def _time_span(condition: TimeSpan) -> str | None:
    if condition.day_kinds:
        return None
    parts = []
    if condition.since is not None:
        parts.append(f"calldate >= '{_moment(first_key(condition.since))}'")
    if condition.until is not None:
        parts.append(f"calldate <= '{_moment(last_key(condition.until))}'")
    if condition.day_from is not None and condition.day_until is not None:
        word = "AND" if condition.day_from < condition.day_until else "OR"
        parts.append(f"(TIME(calldate) >= '{condition.day_from}' {word} TIME(calldate) < '{condition.day_until}')")
    if condition.weekdays:
        parts.append(f"WEEKDAY(calldate) + 1 IN ({', '.join(map(str, condition.weekdays))})")
    return " AND ".join(parts)


def _result(condition: object) -> str | None:
    wanted = set(condition.values) | (set(CallResult) - {CallResult.TALKED} if condition.not_talked else set())
    if not wanted or wanted == set(CallResult):
        return "" if not wanted else "1"
    if wanted == {CallResult.TALKED}:
        return "disposition = 'ANSWERED'"
    return "disposition <> 'ANSWERED'" if wanted == set(CallResult) - {CallResult.TALKED} else None


def _length(condition: object) -> str:
    bounds = ((">=", condition.min), ("<=", condition.max))
    return " AND ".join(f"billsec {sign} {bound}" for sign, bound in bounds if bound is not None)


def _peer_number(condition: PeerNumber) -> str:
    if condition.match is NumberMatch.NONE:
        return "cnum = ''"
    digits = ["".join(sign for sign in number if sign in "0123456789*#") for number in condition.numbers]
    if condition.match is NumberMatch.EQUAL:
        known = [*digits, *(normalise_number(number, AREA_CODE) for number in condition.numbers)]
        listed = ", ".join(f"'{number}'" for number in known)
        return f"cnum IN ({listed}) OR src IN ({listed})" if known else ""
    before = "" if condition.match is NumberMatch.BEGINS else "%"
    after = "" if condition.match is NumberMatch.ENDS else "%"
    return " OR ".join(f"{column} LIKE '{before}{each}{after}'" for each in digits for column in ("cnum", "src"))


def _any_of(column: str, patterns: list[str]) -> str:
    return " OR ".join(f"{column} LIKE '{pattern}'" for pattern in patterns)


def _recording(condition: object) -> str | None:
    if condition.reasons or not set(condition.values) <= {RecordingChoice.YES, RecordingChoice.NO}:
        return None
    both = {RecordingChoice.YES: "recordingfile <> ''", RecordingChoice.NO: "recordingfile = ''"}
    return " OR ".join(both[choice] for choice in condition.values)


_PARTS = {
    "time_span": _time_span,
    "direction": lambda condition: _any_of("dcontext", [_CONTEXTS[each] for each in condition.values]),
    "result": _result,
    "talk_sec": _length,
    "peer_number": _peer_number,
    "line": lambda condition: _any_of("channel", [f"DAHDI/{line}-%" for line in condition.values]),
    "agent": lambda condition: (
        None if condition.units else _any_of("dstchannel", [f"%SIP/{a}-%" for a in condition.agents])
    ),
    "queue": lambda condition: _any_of("lastdata COLLATE utf8mb4_bin", [f"{queue},%" for queue in condition.values]),
    "recording": _recording,
}
