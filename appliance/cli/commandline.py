"""The parser of our command lines: what is wrong with one is said in Chinese."""

from __future__ import annotations

import argparse
import re
from typing import NoReturn

_SENTENCES = (
    (re.compile(r"argument (?P<what>.+): invalid choice: '(?P<got>.*)' \(choose from (?P<all>.+)\)"),
     "{what} 不能是 {got}，应为 {all} 之一"),
    (re.compile(r"argument (?P<what>.+): invalid int value: '(?P<got>.*)'"), "{what} 应为整数，现在是 {got}"),
    (re.compile(r"argument (?P<what>.+): expected one argument"), "{what} 后面缺少一个值"),
    (re.compile(r"the following arguments are required: (?P<what>.+)"), "缺少 {what}"),
    (re.compile(r"unrecognized arguments: (?P<what>.+)"), "不认识 {what}"),
)  # fmt: skip


class CommandLine(argparse.ArgumentParser):
    """As argparse, but one Chinese sentence and exit code 2 when the command line cannot be understood."""

    def error(self, message: str) -> NoReturn:
        matches = ((pattern.fullmatch(message), text) for pattern, text in _SENTENCES)
        said = next((text.format(**found.groupdict()) for found, text in matches if found), message)
        self.exit(2, f"命令行有误：{said}。用 {self.prog} --help 查看用法。\n")
