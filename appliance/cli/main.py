"""`hotlinebox`: one subcommand per file. Exit codes: 0 done, 1 something is wrong, 2 the input cannot be used."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from appliance.cli import analyse, clean, database, doctor, firstboot, job, serve, simulate, update, verify
from appliance.cli.commandline import CommandLine
from appliance.settings import SettingsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse and run. A broken settings file is one sentence on stderr, never a traceback."""
    parser = CommandLine(prog="hotlinebox", description="模拟线路呼叫中心一体机")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="命令")
    for module in (serve, simulate, analyse, doctor, verify, clean, database, firstboot, job, update):
        module.add_parser(subparsers)
    parsed = parser.parse_args(arguments)
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
