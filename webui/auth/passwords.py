"""Passwords: argon2id, computed in one thread of its own so that the loop goes on and memory stays bounded."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 8
LONGEST = 128


def weakness(password: str, login: str) -> str | None:
    """Why this password will not do, as a Chinese sentence; None when it will."""
    if len(password) < SHORTEST:
        return f"密码太短，请至少使用 {SHORTEST} 个字符。"
    if len(password) > LONGEST:
        return f"密码太长，请不要超过 {LONGEST} 个字符。"
    if len(set(password)) < 3:
        return "密码太简单，请不要只用一两个字符重复。"
    if login and login.lower() in password.lower():
        return "密码中不能包含登录名，请换一个密码。"
    if password in {"12345678", "123456789", "1234567890", "87654321", "password", "qwertyui", "11223344"}:
        return "这个密码太常见，请换一个密码。"
    return None


class Passwords:
    """Hashes and checks; about 30 ms and 19 MB each on a small box (RFC 9106 Argon2id, OWASP's smaller profile)."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="passwords")
        self._nobody = self._thread.submit(self._hasher.hash, "nobody has this password")

    async def hash(self, password: str) -> str:
        """An encoded hash with its own salt and parameters."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._hasher.hash, password)

    async def matches(self, encoded: str | None, password: str) -> bool:
        """Whether the password is right; takes equally long when there is no such account (None)."""
        right = await asyncio.get_running_loop().run_in_executor(self._thread, self._check, encoded, password)
        return right and encoded is not None

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _check(self, encoded: str | None, password: str) -> bool:
        try:
            return self._hasher.verify(encoded or self._nobody.result(), password[: LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False
