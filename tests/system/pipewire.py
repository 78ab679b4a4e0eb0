"""Sound cards that are none: PipeWire's null sinks, private to a test, behind ALSA names `phone1`, `phone2`…

Each hears what it is given: what a program plays to `phone1` it can record from `phone1`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

PROGRAMS = ("pipewire", "wireplumber", "dbus-daemon", "pw-cli")
_PLUGINS = ("/usr/lib/*/alsa-lib/libasound_module_pcm_pipewire.so",)


def missing() -> str:
    """Why there can be no such cards here, or nothing."""
    absent = [program for program in PROGRAMS if shutil.which(program) is None]
    if not absent and not any(list(Path("/").glob(plugin.lstrip("/"))) for plugin in _PLUGINS):
        absent = ["pipewire-alsa"]
    return f"Debian packages are not installed: {', '.join(absent)}" if absent else ""


class SoundRoom:
    """PipeWire as it runs; `kill` takes all cards away at once."""

    def __init__(self, folder: Path, cards: int) -> None:
        self._folder = folder
        self._cards = cards
        self._processes: list[subprocess.Popen[bytes]] = []
        runtime = folder / "run"
        runtime.mkdir(mode=0o700)
        self.environment = {
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_CONFIG_HOME": str(folder),
            "XDG_STATE_HOME": str(folder / "state"),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus",
            "ALSA_CONFIG_PATH": str(folder / "alsa.conf"),
            "PIPEWIRE_RUNTIME_DIR": str(runtime),
        }
        (folder / "alsa.conf").write_text(_alsa(cards))
        settings = folder / "pipewire" / "pipewire.conf.d"
        settings.mkdir(parents=True)
        (settings / "cards.conf").write_text(_sinks(cards))

    def start(self) -> None:
        """Returns when every card is there."""
        self._run("dbus-daemon", "--session", "--nofork", f"--address=unix:path={self._folder}/run/bus")
        urgent = ["chrt", "-f", "30"]  # the cards' clocks, as hardware would keep them
        permitted = shutil.which("chrt") and subprocess.run([*urgent, "true"], capture_output=True, check=False)
        self._run(*(urgent if permitted and permitted.returncode == 0 else ()), "pipewire")
        self._run("wireplumber")
        deadline = time.monotonic() + 20
        while not all(f"phone{n}" in self._nodes() for n in range(1, self._cards + 1)):
            assert time.monotonic() < deadline, "PipeWire did not bring its null sinks up"
            time.sleep(0.2)
        time.sleep(0.5)  # the session manager links what it has just seen

    def kill(self) -> None:
        """As if all cards were pulled out."""
        for process in reversed(self._processes):
            process.kill()
            process.wait()
        self._processes.clear()

    def _run(self, *command: str) -> None:
        with (self._folder / f"{command[-1].rpartition('/')[2]}.log").open("ab") as log:
            environment = os.environ | self.environment
            self._processes.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))

    def _nodes(self) -> str:
        told = subprocess.run(
            ["pw-cli", "list-objects", "Node"],
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        return told.stdout


@contextlib.contextmanager
def sound_room(folder: Path, cards: int) -> Iterator[SoundRoom]:
    """The room is in this process's environment, for whatever it starts, as long as the block lasts."""
    room = SoundRoom(folder, cards)
    before = {name: os.environ.get(name) for name in room.environment}
    os.environ.update(room.environment)
    try:
        room.start()
        yield room
    finally:
        room.kill()
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _sinks(cards: int) -> str:
    objects = "".join(
        f"""
    {{ factory = adapter
      args = {{ factory.name = support.null-audio-sink  node.name = "phone{n}"  media.class = "Audio/Duplex"
               object.linger = true  audio.position = [ MONO ]  audio.rate = 8000 }} }}"""
        for n in range(1, cards + 1)
    )
    return (
        "context.properties = { default.clock.rate = 8000  default.clock.allowed-rates = [ 8000 48000 ]\n"
        "  default.clock.quantum = 160  default.clock.min-quantum = 80  default.clock.max-quantum = 1024 }\n"
        f"context.objects = [{objects}\n]\n"
    )


def _alsa(cards: int) -> str:
    names = "".join(
        f'pcm.phone{n} {{ type pipewire playback_node "phone{n}" capture_node "phone{n}" }}\n'
        for n in range(1, cards + 1)
    )
    return f"</usr/share/alsa/alsa.conf>\npcm_type.pipewire {{ }}\n{names}"
