"""The name by which a box is found in its network: two of them beside each other have two names."""

from __future__ import annotations

from pathlib import Path

AS_BUILT = "hotlinebox"
"""What every image is called until it runs on a box."""
_KERNELS = Path("/proc/sys/kernel/hostname")
_SIGNS = 4


def box_name(serial: str) -> str:
    """Host name of the box with this number (`serial_of`): its last four letters or digits, behind what all have."""
    signs = [sign for sign in serial.lower() if sign.isalnum()]
    return f"{AS_BUILT}-{''.join(signs[-_SIGNS:])}" if signs else AS_BUILT


def take_name(serial: str, kernels: Path = _KERNELS) -> None:
    """Call the machine by its own name from now on; one that somebody chose for it stays. Raises `OSError`.

    The kernel takes it from a file of root's, which needs no capability.
    """
    if kernels.read_text(encoding="utf-8").strip() == AS_BUILT:
        kernels.write_text(box_name(serial), encoding="ascii")
