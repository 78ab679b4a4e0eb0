"""The export for the regulator: everything in it, and only what can be proven."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from appliance.jobs.proof import Proof, ProofError, main, write_proof
from appliance.media.ledger import link_of
from appliance.store.calls import get_call
from appliance.store.recordings import settle_fate
from appliance.telephony.call import NoRecordingReason
from appliance.wire.facts import CallRecord

from .recording_shelf import NOW, Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path / "data")
    yield shelf
    shelf.close()


def export(shelf: Shelf, record: CallRecord) -> zipfile.ZipFile:
    out = shelf.data / "proof.zip"
    detail = shelf.database.read_now(get_call, record.call_id)
    write_proof(shelf.data, detail, shelf.row(record), out, NOW)
    return zipfile.ZipFile(out)


def proof_in(archive: zipfile.ZipFile) -> Proof:
    page = archive.read("verify.html").decode()
    data = page.split('<script id="data" type="application/json">')[1].split("</script>")[0]
    return msgspec.json.decode(data, type=Proof)


@pytest.mark.parametrize("earlier", [0, 1, 3])
def test_what_is_in_the_archive_proves_the_recording(shelf: Shelf, earlier: int) -> None:
    for _ in range(earlier):
        shelf.record()
    record = shelf.record(seconds=3.3)
    shelf.record()
    with export(shelf, record) as archive:
        name = f"{record.call_id}.wav"
        assert set(archive.namelist()) == {name, "record.json", "ledger.txt", "links.txt", "verify.html", "说明.txt"}
        assert archive.read(name) == shelf.file(record).read_bytes()
        proof = proof_in(archive)
        assert archive.read("ledger.txt").decode().splitlines() == list(proof.slice)
        assert proof.ended.sha256 in archive.read("说明.txt").decode("utf-8-sig")
        sound = archive.read(name)[44:]
    assert hashlib.sha256(sound).hexdigest() == proof.ended.sha256
    before = proof.slice_before
    for line in proof.slice:
        link, _, text = line.partition(" ")
        assert link == link_of(before, text)
        before = link
    link = proof.before
    for at in range(0, len(sound), 32_000):
        link = hashlib.sha256(bytes.fromhex(link) + sound[at : at + 32_000]).hexdigest()
    assert link == proof.ended.head
    assert len(proof.links) == 3
    assert len(proof.slice) == 3, "the line before, the beginning, the end"


def test_the_data_cannot_end_the_script(shelf: Shelf) -> None:
    record = shelf.record()
    record = msgspec.structs.replace(record, hotline="</script><script>alert(1)</script>")
    shelf.store(record)
    with export(shelf, record) as archive:
        assert proof_in(archive).call[3] == ("热线", record.hotline)


def test_nothing_to_prove(shelf: Shelf) -> None:
    cleaned, unchained = shelf.record(), shelf.record()
    keys = [shelf.row(cleaned).key]
    shelf.database.write_now(settle_fate, keys, NoRecordingReason.CLEANED, at=NOW, by="")
    (shelf.data / "ledger").rename(shelf.data / "away")
    for record, why in ((cleaned, "不在磁盘上"), (unchained, "没有校验数据")):
        with pytest.raises(ProofError, match=why):
            export(shelf, record)
    assert not list(shelf.data.glob("*.part"))


def test_the_job_as_a_process(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    record, out = shelf.record(), shelf.data / "a.zip"
    base = ["--data", str(shelf.data), "--out", str(out)]
    assert main([*base, "--call", record.call_id]) == 0
    assert zipfile.ZipFile(out).testzip() is None
    assert main([*base, "--call", "nobody"]) == 1
    assert "没有这次通话" in capsys.readouterr().err
