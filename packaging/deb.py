"""`./dev deb`: the box as one Debian package. Run by the Python that the package is for.

What: `var/hotlinebox_VERSION_ARCH.deb` with our code, its Python packages and the units below /usr/lib/hotlinebox; the
    machine it goes to needs Debian's own Python of the same minor version and nothing from outside Debian.
How: what is committed, with the built user interface and prompts, are installed into an empty folder with their
    dependencies, laid out as a virtual environment, compiled and packed. The same commit with the same dependencies
    gives the same bytes: all times are the commit's, and nothing says where it was built.
"""

from __future__ import annotations

import argparse
import compileall
import hashlib
import os
import py_compile
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / ".setup" / "deb"
HOME = "usr/lib/hotlinebox"
BUILT = ("webui/static", "appliance/ivr/builtin_prompts")
"""Not tracked: made by the set-up of `./dev`."""
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
_NEEDLESS = (
    "bin", "*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED", "*.dist-info/direct_url.json",
    "numpy/**/tests", "numpy/_core/include", "numpy/_core/lib", "numpy/f2py", "numpy/random/lib", "tornado/test",
    "cffi/*.h", "**/*.pyi",
)  # fmt: skip
_PLACES = {
    "*.service": "usr/lib/systemd/system", "*.socket": "usr/lib/systemd/system", "*.target": "usr/lib/systemd/system",
    "*.timer": "usr/lib/systemd/system", "*.slice": "usr/lib/systemd/system", "*.path": "usr/lib/systemd/system",
    "*.rules": "usr/lib/udev/rules.d",
}  # fmt: skip
_LAUNCHER = """#!/bin/sh
export HOTLINEBOX_CONFIG="${{HOTLINEBOX_CONFIG-/etc/hotlinebox/settings.toml}}" PYTHONSAFEPATH=1
exec /{home}/bin/python -m appliance.cli.main "$@"
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "var")
    parsed = parser.parse_args()
    committed_s = int(_said("git", "log", "-1", "--format=%ct"))
    version = package_version(committed_s)
    stage = WORK / "stage"
    shutil.rmtree(WORK, ignore_errors=True)
    stage.mkdir(parents=True)
    source = _source(WORK / "source")
    _install(source, stage / HOME / "lib" / f"python{PYTHON}" / "site-packages")
    _environment(stage)
    _system_files(source, stage)
    _control(source, stage, version)
    _date(stage, committed_s)
    parsed.out.mkdir(parents=True, exist_ok=True)
    package = parsed.out / f"hotlinebox_{version}_{_said('dpkg', '--print-architecture')}.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z12", "--build", str(stage), str(package)],
        env=os.environ | {"SOURCE_DATE_EPOCH": str(committed_s)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    shutil.rmtree(WORK)
    print(package)
    return 0


def package_version(committed_s: int) -> str:
    """Ours when the commit carries its tag; else with the commit's time, so that later ones are newer for dpkg."""
    ours: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    if f"v{ours}" in _said("git", "tag", "--points-at", "HEAD").split():
        return ours
    commit = _said("git", "rev-parse", "--short=7", "HEAD")
    return f"{ours}+{datetime.fromtimestamp(committed_s, UTC):%Y%m%d%H%M%S}.{commit}"


def _said(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def _source(folder: Path) -> Path:
    """What is committed, and what the set-up built."""
    folder.mkdir()
    archive = subprocess.run(["git", "archive", "HEAD", ":!webui/frontend"], cwd=ROOT, check=True, capture_output=True)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    for name in BUILT:
        if not (ROOT / name).is_dir():
            raise SystemExit(f"{name} is not there: run ./dev setup")
        shutil.copytree(ROOT / name, folder / name)
    return folder


def _install(source: Path, target: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q", "--no-compile"]
    subprocess.run([*pip, "--only-binary", ":all:", "--no-binary", "hotlinebox", "--target", str(target), str(source)],
                   env=os.environ | {"CFLAGS": f"-g0 -O2 -ffile-prefix-map={source}=."}, check=True)  # fmt: skip
    for pattern in _NEEDLESS:
        for path in list(target.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    for library in target.glob("drivers/**/*.so"):
        subprocess.run(["strip", "--strip-unneeded", str(library)], check=True)
    compiled = compileall.compile_dir(
        target,
        quiet=1,
        stripdir=str(target.parents[4]),
        prependdir="/",
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not compiled:
        raise SystemExit("a Python file does not compile")


def _environment(stage: Path) -> None:
    """A virtual environment made by hand: Debian's Python with our packages and no others."""
    home = stage / HOME
    (home / "bin").mkdir()
    (home / "bin" / "python").symlink_to(f"/usr/bin/python{PYTHON}")
    (home / "bin" / "python3").symlink_to("python")
    text = f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {PYTHON}\n"
    (home / "pyvenv.cfg").write_text(text, encoding="utf-8")
    launcher = stage / "usr/bin/hotlinebox"
    launcher.parent.mkdir(parents=True)
    launcher.write_text(_LAUNCHER.format(home=HOME), encoding="utf-8")
    launcher.chmod(0o755)


def _system_files(source: Path, stage: Path) -> None:
    units = source / "systemd"
    for pattern, place in _PLACES.items():
        for path in units.glob(pattern):
            _copy(path, stage / place / path.name)
    _copy(units / "hotlinebox.sysusers", stage / "usr/lib/sysusers.d/hotlinebox.conf")
    _copy(units / "hotlinebox.tmpfiles", stage / "usr/lib/tmpfiles.d/hotlinebox.conf")
    _copy(units / "hotlinebox.modprobe", stage / "usr/lib/modprobe.d/hotlinebox.conf")
    _copy(units / "settings.toml", stage / "etc/hotlinebox/settings.toml")
    for path in [*sorted((source / "docs").glob("*.md")), source / "README.md", source / "CHANGELOG.md"]:
        _copy(path, stage / "usr/share/doc/hotlinebox" / path.name)


def _control(source: Path, stage: Path, version: str) -> None:
    folder = stage / "DEBIAN"
    size_kib = sum(path.lstat().st_size for path in _files(stage)) // 1024
    major, minor = sys.version_info[:2]
    text = (source / "packaging/debian/control").read_text(encoding="utf-8")
    folder.mkdir()
    values = {
        "VERSION": version, "ARCHITECTURE": _said("dpkg", "--print-architecture"), "SIZE": str(size_kib),
        "PYTHON": f"python{PYTHON}, python3 (>= {PYTHON}), python3 (<< {major}.{minor + 1})",
    }  # fmt: skip
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    (folder / "control").write_text(text, encoding="utf-8")
    (folder / "conffiles").write_text("/etc/hotlinebox/settings.toml\n", encoding="utf-8")
    sums = [f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(stage)}\n"
            for path in _files(stage) if not path.is_symlink() and folder not in path.parents]  # fmt: skip
    (folder / "md5sums").write_text("".join(sums), encoding="utf-8")
    for name in ("postinst", "prerm", "postrm"):
        _copy(source / "packaging/debian" / name, folder / name)
        (folder / name).chmod(0o755)


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if path.is_symlink() or path.is_file())


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _date(stage: Path, at_s: int) -> None:
    """One time and one set of rights for everything, whatever the umask here is."""
    for path in [stage, *stage.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        os.utime(path, (at_s, at_s), follow_symlinks=False)


if __name__ == "__main__":
    sys.exit(main())
