"""`jq` in a build on a machine that has none: the options that builds use, on the library of the same name from PyPI.

Called as `jq.py [options] FILTER [FILE...]`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any


def main(arguments: list[str]) -> int:
    """Run a filter over JSON documents and print its results."""
    parser = argparse.ArgumentParser(prog="jq")
    parser.add_argument("-r", "--raw-output", action="store_true")
    parser.add_argument("-c", "--compact-output", action="store_true")
    parser.add_argument("-e", "--exit-status", action="store_true")
    parser.add_argument("-n", "--null-input", action="store_true")
    parser.add_argument("-s", "--slurp", action="store_true")
    parser.add_argument("-S", "--sort-keys", action="store_true")
    parser.add_argument("-j", "--join-output", action="store_true")
    parser.add_argument("-M", "--monochrome-output", action="store_true")
    parser.add_argument("--arg", nargs=2, action="append", default=[])
    parser.add_argument("--argjson", nargs=2, action="append", default=[])
    parser.add_argument("filter")
    parser.add_argument("files", nargs="*")
    options = parser.parse_intermixed_args(arguments)
    try:
        import jq  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        print("jq: not installed on this machine, and the Python package `jq` is missing too", file=sys.stderr)
        return 127
    values = dict(options.arg) | {name: json.loads(value) for name, value in options.argjson}
    last: Any = None
    try:
        program = jq.compile(options.filter, args=values)
        if options.null_input:
            applied = program.input_value(None)
        else:
            text = "\n".join(Path(file).read_text() for file in options.files) if options.files else sys.stdin.read()
            applied = program.input_text(text, slurp=options.slurp)
        for last in applied:
            raw = (options.raw_output or options.join_output) and isinstance(last, str)
            indent = None if options.compact_output else 2
            separators = (",", ":") if options.compact_output else None
            shown = (
                last
                if raw
                else json.dumps(
                    last, indent=indent, separators=separators, ensure_ascii=False, sort_keys=options.sort_keys
                )
            )
            print(shown, end="" if options.join_output else "\n")
    except (ValueError, OSError) as error:
        print(f"jq: error: {error}", file=sys.stderr)
        return 5
    return 1 if options.exit_status and last in (None, False) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
