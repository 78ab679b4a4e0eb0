"""One call for the regulator: `python -m appliance.jobs.proof --data DIR --call ID --out FILE.zip`.

What: a ZIP with the WAV, the record, the ledger's slice from the line before the recording to the one that ends it, the
    links, and a page that checks all of it without network (`proof_page.html`).
How: a process of its own, niced; the ZIP is written beside its place and renamed. The WAV is stored, not compressed.
Exit code 0 done, 1 with a sentence on stderr.
"""

from __future__ import annotations

import argparse
import os
import sys
import zipfile
from datetime import datetime
from pathlib import Path

import msgspec

from appliance.jobs.ledgerbook import LedgerBook, ProvenRecording, read_book
from appliance.jobs.storage_outcomes import Outage
from appliance.media.chainfile import chain_path, read_links
from appliance.media.ledger import FIRST_LINK, Ended, Line, read_ledger
from appliance.store.calls import CallDetail, get_call
from appliance.store.database import open_read_only
from appliance.store.errors import StoreError
from appliance.store.recordings import StoredRecording, recording_of
from appliance.telephony.ids import CallId

NICENESS = 10
PAGE = Path(__file__).with_name("proof_page.html")
_NOTE = """这个压缩包是一次通话的录音和它的校验材料。

{file}    录音（左声道客户，右声道座席），可用任何播放软件播放
record.json    通话记录
ledger.txt    录音账本片段：从录音开始的前一行到录音结束的一行
links.txt    每一秒声音的校验值
verify.html    校验页：用浏览器打开（不需要联网），选择录音文件即可校验

也可以自己算：tail -c +45 {file} | sha256sum 应得 {sha256}
"""


class ProofError(Exception):
    """There is nothing to prove; a Chinese sentence."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What the page gets."""

    file: str
    before: str
    channels: int
    ended: Ended
    slice_before: str
    """The link before the slice's first line."""
    slice: tuple[str, ...]
    links: tuple[str, ...]
    outages: tuple[Outage, ...]
    call: tuple[tuple[str, str], ...]
    """What to show of the call: label and value."""
    head: str
    exported_at: str


def write_proof(data: Path, detail: CallDetail, row: StoredRecording | None, out: Path, now: datetime) -> None:
    """Write the ZIP. Raises `ProofError` when there is no recording, no chain or no file, `OSError`."""
    if row is None or not row.path:
        raise ProofError("这次通话没有录音。")
    book = read_book(data)
    proven = book.recordings.get(row.path)
    wav = data / row.path
    if row.fate or not wav.is_file():
        raise ProofError("这条录音已经不在磁盘上，不能导出。")
    if proven is None or proven.ended is None:
        raise ProofError("这条录音没有校验数据（可能录制于启用校验之前），不能导出举证材料。")
    proof = _proof_of(data, detail, proven, proven.ended, book, now)
    partial = out.with_name(f"{out.name}.part")
    try:
        with zipfile.ZipFile(partial, "w") as archive:
            archive.write(wav, proof.file, zipfile.ZIP_STORED)
            _add(archive, "record.json", msgspec.json.format(msgspec.json.encode(detail), indent=1))
            _add(archive, "ledger.txt", "".join(f"{line}\n" for line in proof.slice).encode())
            if chain_path(wav).is_file():
                _add(archive, "links.txt", chain_path(wav).read_bytes())
            _add(archive, "verify.html", _page(proof))
            note = _NOTE.format(file=proof.file, sha256=proof.ended.sha256)
            _add(archive, "说明.txt", note.replace("\n", "\r\n").encode("utf-8-sig"))
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def _proof_of(
    data: Path, detail: CallDetail, proven: ProvenRecording, ended: Ended, book: LedgerBook, now: datetime
) -> Proof:
    lines, before = _slice(data, proven)
    return Proof(
        file=Path(proven.path).name,
        before=proven.before,
        channels=proven.channels,
        ended=ended,
        slice_before=before,
        slice=tuple(f"{line.link} {line.text}" for line in lines),
        links=read_links(data / proven.path).links,
        outages=tuple(
            outage for outage in book.outages if outage.until >= proven.began_at and outage.since <= detail.row.ended_at
        ),
        call=_shown(detail),
        head=book.head,
        exported_at=now.isoformat(timespec="seconds"),
    )


def _slice(data: Path, proven: ProvenRecording) -> tuple[list[Line], str]:
    """From the line before the recording began to the line that ended it, and the link before the first."""
    found: list[Line] = []
    before, previous = FIRST_LINK, None
    for line in read_ledger(data):
        if found:
            found.append(line)
            if isinstance(line.entry, Ended) and line.entry.path == proven.path:
                return found, before
        elif line.link == proven.before:
            found = [line] if previous is None else [previous, line]
        else:
            before = FIRST_LINK if previous is None else previous.link
            previous = line
    raise ProofError("录音账本里找不到这条录音的完整记载。请先运行录音检查。")


def _shown(detail: CallDetail) -> tuple[tuple[str, str], ...]:
    row = detail.row
    return (
        ("通话编号", row.call_id),
        ("开始时间", row.started_at),
        ("结束时间", row.ended_at),
        ("热线", row.hotline),
        ("对方号码", row.peer_number),
        ("话务员", " ".join(part for part in (row.agent or "", row.agent_name) if part)),
        ("录音时长", f"{row.recording_length_s:.0f} 秒"),
    )


def _page(proof: Proof) -> bytes:
    # A "</script>" inside the data would end it; in JSON "<" may as well be written so.
    encoded = msgspec.json.encode(proof).replace(b"<", b"\\u003c")
    return PAGE.read_bytes().replace(b"/*PROOF*/", encoded)


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(name, content, zipfile.ZIP_DEFLATED)


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the process."""
    parser = argparse.ArgumentParser(prog="appliance.jobs.proof", description="export one call with its proof")
    parser.add_argument("--data", type=Path, required=True, help="data folder of the box")
    parser.add_argument("--database", default="", help="database URL, as in settings store.url")
    parser.add_argument("--call", required=True, help="id of the call")
    parser.add_argument("--out", type=Path, required=True, help="the ZIP to write")
    options = parser.parse_args(arguments)
    os.nice(NICENESS)
    try:
        database = open_read_only(options.database, options.data)
        try:
            detail = database.read_now(get_call, CallId(options.call))
            row = database.read_now(recording_of, CallId(options.call))
        finally:
            database.close()
        write_proof(options.data, detail, row, options.out, datetime.now().astimezone())
    except (ProofError, StoreError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"举证材料写不出来：{error.strerror}。请检查磁盘空间。\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
