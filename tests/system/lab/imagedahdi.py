"""DAHDI in the image: its own modules give local spans, one line and one phone of the box; others play the far ends."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from tests.system.lab.imagebox import ImageBox, ImageBoxError

LINE, FAR_LINE, PHONE, FAR_PHONE = 1, 2, 3, 4
"""Channels: the box's, and those behind them."""
_SETTINGS = f"""data_dir = "/var/lib/hotlinebox"
[[cards]]
family = "dahdi"
lines = 1
stations = 1
channels = [{LINE}, {PHONE}]
"""
_SPANS = f"""dynamic=loc,1:0,1,0
dynamic=loc,1:1,1,0
dynamic=loc,2:0,1,0
dynamic=loc,2:1,1,0
fxsks={LINE},{FAR_PHONE}
fxoks={FAR_LINE},{PHONE}
alaw=1-4
loadzone=cn
defaultzone=cn
"""
_HERE = Path(__file__).parent
_PEOPLE = "/run/people"
_PYTHON = "/usr/lib/hotlinebox/bin/python"


def put(box: ImageBox, path: str, content: bytes) -> None:
    """A file in the box, with the folders that lead to it."""
    said = box.shell(f"mkdir -p {Path(path).parent} && base64 -d >{path} <<'END'\n{_lines(content)}\nEND")
    if said.split()[-1] != "0":
        raise ImageBoxError(f"{path}: {said}")


def _lines(content: bytes) -> str:
    """A terminal takes no long lines."""
    text = b64encode(content).decode()
    return "\n".join(text[at : at + 400] for at in range(0, len(text), 400))


def use_dahdi(box: ImageBox) -> None:
    """The box is told of a DAHDI card, which is plugged in only afterwards. Needs to be signed in to the pages."""
    put(box, "/etc/hotlinebox/settings.toml", _SETTINGS.encode())
    put(box, "/etc/dahdi/system.conf", _SPANS.encode())
    for name in ("peer.py", "in_image/one_call.py"):
        put(box, f"{_PEOPLE}/tests/system/lab/{name}", (_HERE / name).read_bytes())
    done(box, "systemctl restart hotlinebox-engine hotlinebox-web")
    done(box, "modprobe -a dahdi_dynamic dahdi_dynamic_loc && dahdi_cfg")


def sockets(box: ImageBox) -> dict[str, str]:
    """Each socket of the box's cards, and what is wrong with it."""
    cards = box.pages.ask("GET", "/api/lines")["cards"]
    return {port["port"]: port["fault"] for card in cards for port in card["ports"]}


def one_call(box: ImageBox, number: str, within_s: float) -> str:
    """A call over the real kernel modules, from ringing to hanging up; what the people in it say."""
    return done(box, f"cd {_PEOPLE} && PYTHONPATH=. {_PYTHON} -m tests.system.lab.in_image.one_call "
                f"{FAR_LINE} {FAR_PHONE} {number}", within_s)  # fmt: skip


def done(box: ImageBox, command: str, within_s: float = 300.0) -> str:
    """What it says. Raises `ImageBoxError` unless it ends well."""
    said = box.shell(f"{{ {command}; }} 2>&1", within_s)
    if said.split()[-1] != "0":
        raise ImageBoxError(f"{command}:\n{said}")
    return said
