"""`hotlinebox`: one subcommand per file. Exit codes: 0 done, 1 something is wrong, 2 the input cannot be used."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from importlib import import_module

from appliance.cli.commandline import CommandLine
from appliance.settings import SettingsError

COMMANDS = {
    "serve": "serve",
    "engine": "serve",
    "web": "serve",
    "simulate": "simulate",
    "analyse": "analyse",
    "doctor": "doctor",
    "verify": "verify",
    "clean": "clean",
    "database": "database",
    "firstboot": "firstboot",
    "job": "job",
    "selftest": "selftest",
    "network": "network",
    "console": "console",
    "support": "support",
    "update": "update",
}
"""The module of each command. Only the one that is asked for is loaded: services start sooner, jobs stay small."""


def parser_of(words: Sequence[str]) -> CommandLine:
    """What understands this command line: knows its command, or all of them when it names none."""
    parser = CommandLine(prog="hotlinebox", description="模拟线路呼叫中心一体机")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="命令")
    named = COMMANDS.get(words[0]) if words else None
    for module in [named] if named else dict.fromkeys(COMMANDS.values()):
        import_module(f"appliance.cli.{module}").add_parser(subparsers)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse and run. A broken settings file is one sentence on stderr, never a traceback."""
    words = sys.argv[1:] if arguments is None else arguments
    parsed = parser_of(words).parse_args(words)
    logging.basicConfig(
        level=logging.INFO if parsed.command in {"serve", "engine", "web"} else logging.ERROR,
        format="%(asctime)s %(levelname).1s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    try:
        code: int = parsed.run(parsed)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our output went away, e.g. `| head`
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
