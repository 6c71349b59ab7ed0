"""The command `model-cicd`.

Exit codes: 0 all is well, 1 something the user can act on went wrong, 2 the command line itself is wrong.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import re
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import NoReturn

from model_cicd import __version__
from model_cicd.text.errors import ModelCicdError, did_you_mean
from model_cicd.text.terminal import say

# Modules with a function `register(subparsers)`. They import what they need when they run, so that the start stays
# fast, and are left out where that part of the library is not there (the bundle that runs in a training job).
_COMMANDS = (
    "model_cicd.check.command",
    "model_cicd.pipeline.command",
    "model_cicd.pipeline.compile_command",
    "model_cicd.promotion.command",
    "model_cicd.operate.command",
    "model_cicd.operate.leftovers_command",
    "model_cicd.operate.train_command",
    "model_cicd.operate.retire_command",
    "model_cicd.operate.sleep_command",
    "model_cicd.operate.github_variables",
    "model_cicd.access.command",
    "model_cicd.doctor.command",
    "model_cicd.lineage.command",
    "model_cicd.plan.command",
    "model_cicd.plan.by_hand",
)

#: which extra of pyproject.toml brings a package that only some commands need
_EXTRAS = {"boto3": "aws", "botocore": "aws", "aws_cdk": "synth", "cdk_nag": "synth", "constructs": "synth"}


class _Parser(argparse.ArgumentParser):
    """Adds the nearest spelling to what argparse says."""

    def error(self, message: str) -> NoReturn:
        found = re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)$", message)
        if found:
            message += did_you_mean(found[1], re.findall(r"[\w-]+", found[2]))
        super().error(message)

    def refuse_extra(self, extra: Sequence[str]) -> NoReturn:
        """End with exit code 2 over arguments that nothing takes."""
        options = [option for action in self._actions for option in action.option_strings]
        words = [f"{word}{did_you_mean(word.split('=')[0], options)}" for word in extra]
        self.error(f"unrecognized arguments: {', '.join(words)}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    gc.set_threshold(100_000, 20, 20)  # what a command makes lives until its end: a tenth of its time went into looking
    parser, commands = _parsers()
    parsed, extra = parser.parse_known_args(arguments)
    if extra:
        commands.get(parsed.command, parser).refuse_extra(extra)
    try:
        code = int(parsed.handler(parsed))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader went away (`| head`) with what it wanted; Python's own flush at exit must not fail over that.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except ModelCicdError as error:
        say(error, sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _EXTRAS:
            raise
        needed = f"model-cicd {parsed.command} needs {package}, which is not installed"
        print(f"{needed}: pip install 'model-cicd[{_EXTRAS[package]}]'", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return code


def _parsers() -> tuple[_Parser, dict[str, _Parser]]:
    parser = _Parser(prog="model-cicd", description="Multi-account CI/CD for SageMaker models.")
    parser.add_argument("--version", action="version", version=f"model-cicd {__version__}")
    subparsers = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, parser_class=_Parser, title="commands"
    )
    for name in _COMMANDS:
        if _exists(name):
            importlib.import_module(name).register(subparsers)
    return parser, dict(subparsers.choices)


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of the package that it stands in
        return False


if __name__ == "__main__":
    sys.exit(main())
