"""Before a new box has its first user: a secret that only who stands at the box (or holds its label) can know.

What: while nobody is set up there is a secret in the data folder; the web asks for it before it makes the first user.
How: it is shown on the console and stands in `label.txt` beside it, for whoever prints labels. With the first user both
    go, so that an old label opens nothing. A box whose data were wiped is a new box and gets a new secret.
"""

from __future__ import annotations

import hmac
import secrets
from contextlib import suppress
from pathlib import Path

from appliance.atomicfile import replace_file

_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Nothing that looks like something else on a label."""
_GROUPS, _IN_GROUP = 3, 4
_MODE = 0o600


class FirstRunSecret:
    """The secret of the box with this data folder."""

    def __init__(self, data: Path) -> None:
        self._secret = data / "first-run-secret"
        self.label = data / "label.txt"

    def ensure(self, name: str) -> str:
        """The secret; made when there is none. The label says it beside `name`, by which the box is found in its
        network. Raises `OSError`.
        """
        found = self._read()
        if found is None:
            groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_IN_GROUP)) for _ in range(_GROUPS))
            found = "-".join(groups)
            replace_file(self._secret, found.encode(), _MODE)
        label = f"热线一体机\n网页地址：http://{name}/\n首次设置口令：{found}\n"
        replace_file(self.label, label.encode(), _MODE)
        return found

    def is_right(self, said: str) -> bool:
        """Whether somebody knows it; hyphens, spaces and case do not count. False when there is none."""
        found = self._read()
        return found is not None and hmac.compare_digest(_plain(found).encode(), _plain(said).encode())

    def shown(self) -> str:
        """The secret of a box that waits for its first user; empty when there is none."""
        return self._read() or ""

    def forget(self) -> None:
        """The box has a user: nobody needs it any more."""
        for path in (self._secret, self.label):
            with suppress(FileNotFoundError):
                path.unlink()

    def _read(self) -> str | None:
        try:
            return self._secret.read_text(encoding="ascii").strip() or None
        except (OSError, UnicodeDecodeError):
            return None


def _plain(text: str) -> str:
    return text.replace("-", "").replace(" ", "").upper()
