"""Updates on a disk of files: signed, cut short, foreign, interrupted at every write, tried, kept and given up."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from appliance.support import slots as slots_module
from appliance.support.bootmenu import BootMenu, Slot, running_slot
from appliance.support.bundle import PARTS, BundleError, Manifest, describe_part, open_bundle, pack_bundle
from appliance.support.slots import Slots
from appliance.support.update import Installed, Updater
from appliance.support.updatestate import Phase, UpdateFolder

MIB = 1 << 20
ROOT_HASH = "ab" * 32


def make_key(folder: Path, name: str) -> tuple[Path, Path]:
    folder.mkdir(exist_ok=True)
    private, public = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True, capture_output=True)
    return private, public


def make_update(
    folder: Path, key: Path, version: str = "2.0", *, product: str = "hotlinebox", size: int = 3 * MIB
) -> Path:
    folder.mkdir(exist_ok=True)
    parts = []
    for number, name in enumerate(PARTS):
        path = folder / f"{version}-{name}"
        path.write_bytes((f"{version} {name} ".encode() * size)[: size if name == "root" else 1000 + number])
        parts.append(path)
    manifest = Manifest(
        product=product,
        architecture="amd64",
        version=version,
        built_at="2026-01-01T00:00:00+00:00",
        kernel_options="ro quiet",
        root_hash=ROOT_HASH,
        parts=tuple(describe_part(name, path) for name, path in zip(PARTS, parts, strict=True)),
    )
    update = folder / f"{version}.update"
    pack_bundle(update, manifest, tuple(parts), key)
    return update


@dataclass(frozen=True)
class Box:
    """A box with version 1.0 in slot A, started from there."""

    folder: UpdateFolder
    installed: Installed
    key: Path
    place: Path

    @property
    def menu(self) -> BootMenu:
        return self.installed.slots.menu

    @property
    def updater(self) -> Updater:
        return Updater(self.installed, self.folder)

    def upload(self, update: Path) -> None:
        self.folder.upload.write_bytes(update.read_bytes())
        self.folder.install_wish.touch()

    def boot(self) -> Box:
        """What systemd-boot does: the first entry of the menu, one try fewer when it is on trial."""
        entry, entries = self.menu.entries()[0], self.menu.esp / "loader/entries"
        text = (entries / entry.name).read_text()
        if entry.tries_left:
            tried = replace(entry, tries_left=entry.tries_left - 1, tries_done=entry.tries_done + 1)
            (entries / entry.name).rename(entries / tried.name)
        slot = running_slot(next(line for line in text.splitlines() if line.startswith("options ")))
        assert slot is not None
        version = text.splitlines()[0].removeprefix("title hotlinebox ")
        return replace(self, installed=replace(self.installed, running=slot, version=version))

    def root(self, slot: Slot) -> bytes:
        return (self.installed.slots.partitions / f"root-{slot}").read_bytes()


@pytest.fixture
def box(tmp_path: Path) -> Box:
    esp, partitions, data = tmp_path / "esp", tmp_path / "partitions", tmp_path / "data"
    (esp / "loader/entries").mkdir(parents=True)
    partitions.mkdir()
    (data / "updates").mkdir(parents=True)
    for slot in Slot:
        (partitions / f"root-{slot}").write_bytes(bytes([ord(slot)]) * 4 * MIB)
        (partitions / f"verity-{slot}").write_bytes(bytes(MIB))
    private, public = make_key(tmp_path / "vendor", "vendor")
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "vendor.pem").write_bytes(public.read_bytes())
    menu = BootMenu(esp)
    menu.add(Slot.A, b"old kernel", b"old initrd", "ro", "hotlinebox 1.0")
    menu.bless(Slot.A)
    installed = Installed(Slots(menu, partitions), Slot.A, "hotlinebox", "amd64", "1.0", keys)
    return Box(UpdateFolder(data), installed, private, tmp_path)


def test_a_good_update_is_tried_passes_and_stays(box: Box) -> None:
    box.upload(make_update(box.place / "made", box.key))
    assert box.updater.carry_out().phase is Phase.READY
    assert not box.folder.upload.exists()
    assert not box.folder.install_wish.exists()
    box = box.boot()
    assert (box.installed.running, box.installed.version) == (Slot.B, "2.0")
    assert box.root(Slot.B).startswith(b"2.0 root")
    assert (box.menu.esp / "hotlinebox/b/linux").read_bytes().startswith(b"2.0 kernel")
    assert box.updater.begin().phase is Phase.TRIAL
    assert box.updater.assess(lambda: "")
    assert box.folder.state().phase is Phase.DONE
    assert box.menu.entry(Slot.B).good
    assert box.boot().installed.running is Slot.B
    assert "hotlinebox.slot=b hotlinebox.reset=1" in (box.menu.esp / "loader/entries/factory-reset.conf").read_text()


def test_a_version_that_does_not_pass_is_left_at_once_and_says_why(box: Box) -> None:
    box.upload(make_update(box.place / "made", box.key))
    box.updater.carry_out()
    box = box.boot()
    box.updater.begin()
    assert not box.updater.assess(lambda: "试呼叫没有接通")
    box = box.boot()
    assert (box.installed.running, box.installed.version) == (Slot.A, "1.0")
    state = box.updater.begin()
    assert state.phase is Phase.RETURNED
    assert state.text == "2.0 没有通过：试呼叫没有接通。已自动退回 1.0，通话记录和录音没有丢失。"
    assert box.updater.assess(lambda: "the old one is never given up")


def test_a_version_that_never_comes_up_is_left_after_three_tries(box: Box) -> None:
    box.upload(make_update(box.place / "made", box.key))
    box.updater.carry_out()
    for _ in range(3):
        box = box.boot()
        assert box.installed.running is Slot.B
    box = box.boot()
    assert box.installed.running is Slot.A
    assert box.updater.begin().phase is Phase.RETURNED
    assert box.boot().installed.running is Slot.A


def test_a_box_with_nowhere_to_go_stays_where_it_is(box: Box) -> None:
    box.upload(make_update(box.place / "made", box.key))
    box.updater.carry_out()
    box.menu.remove(Slot.A)
    box = box.boot()
    box.updater.begin()
    assert box.updater.assess(lambda: "half works")
    assert box.boot().installed.running is Slot.B


def test_back_to_the_version_before_by_wish_is_a_trial_too(box: Box) -> None:
    box.upload(make_update(box.place / "made", box.key))
    box.updater.carry_out()
    box = box.boot()
    box.updater.begin()
    box.updater.assess(lambda: "")
    box.folder.back_wish.touch()
    state = box.updater.carry_out()
    assert (state.phase, state.version_to, state.slot) == (Phase.READY, "1.0", Slot.A)
    box = box.boot()
    assert box.installed.version == "1.0"
    assert box.updater.begin().phase is Phase.TRIAL
    assert box.updater.assess(lambda: "")
    assert box.boot().installed.version == "1.0"


def test_nothing_to_go_back_to_is_said(box: Box) -> None:
    box.folder.back_wish.touch()
    state = box.updater.carry_out()
    assert state.phase is Phase.FAILED
    assert "没有可用的版本" in state.text


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("stranger", "签名不正确"),
        ("signature", "签名不正确"),
        ("manifest", "签名不正确"),
        ("part", "内容与签名不符"),
        ("short", "不完整"),
        ("head only", "不完整"),
        ("long", "多余"),
        ("other file", "不是本系统的升级文件"),
        ("empty", "不是本系统的升级文件"),
        ("other product", "另一种设备"),
        ("same version", "已经是 1.0"),
        ("too large", "系统分区大"),
    ],
)
def test_a_bad_file_changes_nothing_and_is_explained(box: Box, spoil: str, said: str) -> None:
    key = make_key(box.place / "stranger", "stranger")[0] if spoil == "stranger" else box.key
    update = make_update(
        box.place / "made",
        key,
        "1.0" if spoil == "same version" else "2.0",
        product="others" if spoil == "other product" else "hotlinebox",
        size=5 * MIB if spoil == "too large" else 3 * MIB,
    )
    octets = bytearray(update.read_bytes())
    manifest_size = int.from_bytes(octets[8:12], "big")
    match spoil:
        case "signature":
            octets[16 + manifest_size] ^= 1
        case "manifest":
            octets[octets.index(b'"2.0"') + 1] = ord("3")
        case "part":
            octets[-MIB] ^= 1
        case "short":
            del octets[-100:]
        case "head only":
            del octets[16 + manifest_size + 10 :]
        case "long":
            octets += b"x"
        case "other file":
            octets[:8] = b"PK\3\4PK\3\4"
        case "empty":
            octets.clear()
    update.write_bytes(octets)
    before = {path: path.read_bytes() for path in sorted(box.place.glob("partitions/*"))}
    menu_before = box.menu.entries()
    box.upload(update)
    state = box.updater.carry_out()
    assert state.phase is Phase.FAILED
    assert said in state.text
    assert {path: path.read_bytes() for path in before} == before
    assert box.menu.entries() == menu_before
    assert box.boot().updater.begin().phase is Phase.FAILED  # the sentence stays to be read


def older_version_in_b(box: Box) -> None:
    """As after an update before this one: slot B can be started too."""
    (box.installed.slots.partitions / "root-b").write_bytes(b"b" * 4 * MIB)
    box.menu.remove(Slot.B)
    box.menu.add(Slot.B, b"older kernel", b"older initrd", "ro", "hotlinebox 0.9")
    box.menu.bless(Slot.B)
    box.menu.prefer(Slot.A)
    box.menu.bless(Slot.A)


class PowerCutError(BaseException):
    """Nothing runs after it: no handler in the program catches this."""


def test_a_power_cut_at_any_moment_leaves_a_version_that_starts(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    update = make_update(box.place / "made", box.key)
    reached: list[str] = []
    cut_at = 0

    def cut(name: str) -> None:
        reached.append(name)
        if len(reached) == cut_at:
            raise PowerCutError(name)

    real_fsync, real_rename, real_unlink = os.fsync, Path.rename, Path.unlink
    real_replace = Path.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (cut("fsync"), real_fsync(handle))[1])
    monkeypatch.setattr(Path, "rename", lambda self, to: (cut("rename"), real_rename(self, to))[1])
    monkeypatch.setattr(Path, "replace", lambda self, to: (cut("replace"), real_replace(self, to))[1])
    monkeypatch.setattr(
        Path, "unlink", lambda self, missing_ok=False: (cut("unlink"), real_unlink(self, missing_ok))[1]
    )
    real_read_back = slots_module._read_back
    monkeypatch.setattr(slots_module, "_read_back", lambda *words: (cut("read"), real_read_back(*words))[1])
    outcomes, old = set(), b"b" * 4 * MIB
    new = (update.parent / "2.0-root").read_bytes() + old[3 * MIB :]
    for moment in range(1, 200):
        cut_at, reached[:] = 0, []
        older_version_in_b(box)
        box.upload(update)
        cut_at, reached[:] = moment, []
        try:
            box.updater.carry_out()
            finished = True
        except PowerCutError:
            finished = False
        cut_at, reached[:] = 0, []
        there = box.menu.entry(Slot.B)
        assert there is None or box.root(Slot.B) == old or box.root(Slot.B) == new, "an entry for half a version"
        after = box.boot()
        state = after.updater.begin()
        entry = after.menu.entry(after.installed.running)
        assert entry is not None
        if after.installed.running is Slot.A:
            assert entry.good
            outcomes.add(state.phase)
        else:  # the new entry comes last, so all of the rest is whole
            assert after.root(Slot.B) == new
            assert after.menu.esp.joinpath("hotlinebox/b/initrd").stat().st_size == 1001
            outcomes.add(state.phase)
        if finished:
            break
    else:
        pytest.fail("the update never came to its end")
    assert {Phase.FAILED, Phase.TRIAL} <= outcomes


def test_a_key_that_is_no_key_signs_nothing(box: Box) -> None:
    (box.installed.keys / "vendor.pem").write_text("not a key")
    with pytest.raises(BundleError, match="签名不正确"):
        open_bundle(make_update(box.place / "made", box.key), box.installed.keys)


def test_a_machine_without_our_image_has_no_slot() -> None:
    assert running_slot("BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro") is None
    assert running_slot("ro hotlinebox.slot=b quiet\n") is Slot.B
    assert running_slot("ro not-hotlinebox.slot=b quiet\n") is None
