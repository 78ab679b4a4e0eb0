"""What an image is made from: declaration, cached stages, initial root, disk, the units that only it has."""

from __future__ import annotations

import gzip
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from appliance.settings import Settings
from image.declaration import FOLDER, read_declaration
from image.disk import make_disk
from image.initrd import with_init
from image.run import BuildError, run
from image.stage import digest_of, stage
from image.tree import SUPPORT_KEYS, Trust, lay_keys

UNITS = FOLDER / "files/usr/lib/systemd/system"
MOST_EXPOSED = 3.0
"""By the reckoning of `systemd-analyze security`, as for the other services."""


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {' '.join(missing)}")


def test_a_word_that_the_declaration_does_not_know_is_told_with_its_place(tmp_path: Path) -> None:
    assert read_declaration().name == "hotlinebox"
    wrong = tmp_path / "box.toml"
    wrong.write_text((FOLDER / "box.toml").read_text(encoding="utf-8").replace("root_mib", "root_gib"))
    with pytest.raises(msgspec.ValidationError, match="disk"):
        read_declaration(wrong)


def test_a_stage_is_made_when_what_it_is_made_of_changed_and_after_an_interruption(tmp_path: Path) -> None:
    made: list[str] = []

    def make(folder: Path) -> None:
        made.append(folder.name)
        (folder / "result").touch()

    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise BuildError("interrupted")

    assert stage(tmp_path / "one", "flour", make)
    assert not stage(tmp_path / "one", "flour", make)
    assert stage(tmp_path / "one", "flour, eggs", make)
    with pytest.raises(BuildError):
        stage(tmp_path / "one", "flour", fail)
    assert stage(tmp_path / "one", "flour", make)
    assert len(made) == 3
    assert not (tmp_path / "one/half").exists()


def test_a_digest_sees_names_modes_links_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/file").write_text("x")
    seen = {digest_of(tmp_path / "a")}
    for change in (
        lambda: (tmp_path / "a/file").write_text("y"),
        lambda: (tmp_path / "a/file").chmod(0o755),
        lambda: (tmp_path / "a/link").symlink_to("file"),
        lambda: (tmp_path / "a/file").rename(tmp_path / "a/other"),
    ):
        change()
        seen.add(digest_of(tmp_path / "a"))
    assert len(seen) == 5


def test_a_program_that_fails_or_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="ended with 3:\nwhat was wrong"):
        run("sh", "-c", "echo what was wrong >&2; exit 3", log=tmp_path / "log")
    assert "what was wrong" in (tmp_path / "log").read_text()
    with pytest.raises(BuildError, match="is not installed"):
        run("hotlinebox-no-such-program")


def test_the_initial_root_ends_with_our_init(tmp_path: Path) -> None:
    parts = gzip.compress(b"parts", mtime=0)
    archive = with_init(parts)
    assert archive.startswith(parts)
    last = gzip.decompress(archive[len(parts) :])
    assert (FOLDER / "boot/init").read_bytes() in last
    assert last.startswith(b"070701")
    assert with_init(parts) == archive


@needs("bash")
def test_the_init_script_is_a_script() -> None:
    subprocess.run(["bash", "-n", FOLDER / "boot/init"], check=True)
    assert (FOLDER / "boot/init").stat().st_mode & 0o111


@needs("sfdisk", "mkfs.vfat", "mcopy", "mdir")
def test_a_disk_has_its_partitions_in_place_and_the_same_octets_again(tmp_path: Path) -> None:
    declared = read_declaration()
    box = msgspec.structs.replace(
        declared, disk=msgspec.structs.replace(declared.disk, esp_mib=40, root_mib=2, verity_mib=1)
    )
    parts = {}
    for name in ("kernel", "initrd", "root", "verity"):
        parts[name] = tmp_path / name
        parts[name].write_bytes(name.encode() * 1000)
    (tmp_path / "loader").write_bytes(b"loader")
    sums = set()
    for turn in ("one", "two"):
        folder = tmp_path / turn
        folder.mkdir()
        disk = make_disk(box, parts, "ro hotlinebox.roothash=00", "hotlinebox 1", tmp_path / "loader", folder)
        octets = disk.read_bytes()
        sums.add(hashlib.sha256(octets).hexdigest())
    assert len(sums) == 1
    table = subprocess.run(["sfdisk", "--dump", disk], check=True, capture_output=True, text=True).stdout
    starts = {found[2]: int(found[1]) * 512 for found in re.finditer(r'start= *(\d+).*name="([^"]+)"', table)}
    assert list(starts) == ["esp", "root-a", "verity-a", "root-b", "verity-b"]
    assert octets[starts["root-a"] :].startswith(b"rootroot")
    assert octets[starts["verity-a"] :].startswith(b"verityverity")
    listed = subprocess.run(
        ["mdir", "-b", "-/", "-i", f"{disk}@@{starts['esp']}", "::"], check=True, capture_output=True, text=True
    ).stdout
    for name in ("EFI/BOOT/BOOTX64.EFI", "loader/entries/hotlinebox_000001_a.conf", "hotlinebox/a/linux"):
        assert f"::/{name}" in listed
    parts["root"].write_bytes(bytes(3 << 20))
    with pytest.raises(BuildError, match="root-a"):
        make_disk(box, parts, "ro", "hotlinebox 1", tmp_path / "loader", tmp_path / "two")


def test_keys_lie_where_the_box_looks_for_them_and_no_private_one_gets_in(tmp_path: Path) -> None:
    signs, support, revoked, secret = (tmp_path / name for name in ("next.pem", "ca.pub", "list", "ca"))
    signs.write_text("-----BEGIN PUBLIC KEY-----\n")
    support.write_text("ssh-ed25519 AAAA vendor\n")
    revoked.write_bytes(b"SSHKRL\n\0")
    secret.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    trust = Trust((signs,), support, revoked)
    trust.check()
    lay_keys(tmp_path / "tree", trust)
    place = tmp_path / "tree" / Settings().support.keys.lstrip("/")
    assert place == tmp_path / "tree" / SUPPORT_KEYS
    assert {path.name: path.read_bytes() for path in place.iterdir()} == {
        "vendor_ca.pub": support.read_bytes(),
        "revoked": revoked.read_bytes(),
    }
    assert (tmp_path / "tree/usr/share/hotlinebox/update-keys/next.pem").exists()
    for wrong in (Trust((secret,)), Trust((signs,), secret), Trust((support,))):
        with pytest.raises(BuildError, match="no public key"):
            wrong.check()
    lay_keys(tmp_path / "bare", Trust((signs,)))
    assert list((tmp_path / "bare" / SUPPORT_KEYS).iterdir()) == []


@needs("systemd-analyze")
@pytest.mark.parametrize("unit", sorted(UNITS.glob("*.service")), ids=lambda path: path.name)
def test_services_of_the_image_are_shut_in(unit: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"exposure level for .*: ([0-9.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= MOST_EXPOSED, done.stdout
    assert re.search(r"^User=hotlinebox-(update|web)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
