"""`rehearse`: the main job on the embedded AWS, that AWS alone for work by hand, one pipeline or workflow alone."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from rehearsal import commands, state_file
from rehearsal.aws_options import add_aws_options, aws_settings
from rehearsal.errors import RehearsalError, UsageError
from rehearsal.job import provided
from rehearsal.job.programs import DEFAULT_MANIFEST, REPOSITORY
from rehearsal.scratch import EXTRA, make_scratch


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 0 when all went well, 1 when the rehearsal failed, 2 for wrong usage."""
    gc.set_threshold(100_000, 20, 20)  # a sixth of the seconds of the embedded AWS went into looking for garbage
    try:
        return _run(list(sys.argv[1:] if argv is None else argv))
    except UsageError as error:
        print("\n".join(f"rehearse: {problem}" for problem in error.problems), file=sys.stderr)
        return 2
    except RehearsalError as error:
        print(error if error.step == "rehearse" else f"rehearse: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRA:
            raise
        print(f"rehearse: {package} is not installed: pip install 'model-cicd[rehearsal]'", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("rehearse: interrupted", file=sys.stderr)
        return 130


def _run(arguments: list[str]) -> int:
    if arguments and arguments[0] in commands.COMMANDS:
        return commands.main(arguments, DEFAULT_MANIFEST, REPOSITORY)
    if arguments and arguments[0] == "pipeline":
        from rehearsal.local import cli as pipeline

        return pipeline.main(arguments[1:])
    if arguments and arguments[0] == "workflow":
        from rehearsal.single_workflow import cli as workflow

        return workflow.main(arguments[1:])
    return _rehearse(_parser().parse_args(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rehearse",
        description="Deploy a manifest with the real seedfarmer on an embedded AWS, push to every group's branch, "
        "follow each training pipeline to a registered model, approve it, and follow it through every environment.",
        epilog="The embedded AWS for work by hand: rehearse up | env | account | snapshot | logs | mail | down. One "
        "SageMaker pipeline, without any deployment: rehearse pipeline FILE. One workflow file of GitHub Actions: "
        "rehearse workflow FILE. Each has --help.",
    )
    parser.add_argument(
        "manifest",
        nargs="?",
        type=Path,
        default=DEFAULT_MANIFEST,
        metavar="MANIFEST",
        help="a Seed-Farmer manifest, or the folder of a deployment.yaml (default: manifests/local/deployment.yaml)",
    )
    parser.add_argument(
        "--report",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="write the report: a page (FILE.html), JSON (.json) or Markdown (.md); repeatable",
    )
    parser.add_argument("--keep", action="store_true", help="keep the embedded AWS up afterwards, until rehearse down")
    parser.add_argument("--json", action="store_true", help="print the report as JSON instead of progress and table")
    parser.add_argument("--profile", action="store_true", help="show where the seconds went, in the report as well")
    add_aws_options(parser)
    provided.add_options(parser)
    parser.add_argument("--stop-at", choices=("approval",), help="wait there until a person did it by hand")
    return parser


def _rehearse(options: argparse.Namespace) -> int:
    from rehearsal.job import precheck

    settings, more = aws_settings(options), provided.read(options)
    if options.manifest.is_dir():
        options.manifest /= "deployment.yaml"
    from rehearsal.job.data_sets import with_data
    from rehearsal.job.plan import read
    from rehearsal.job.variables import DEFAULT

    if options.report:
        from rehearsal.job import report_files

        options.report = [each.absolute() for each in options.report]
        for each in options.report:
            report_files.check(each)
    if options.keep or options.stop_at:
        state_file.directory()
    try:
        precheck.check(options.manifest)
        plan = read(options.manifest, REPOSITORY, options.env_file or DEFAULT, more)
        plan = with_data(plan, options.data, settings["choices"].uploads)
    except RehearsalError as error:
        from rehearsal.job.main import refuse

        return refuse(options.manifest, error, reports=options.report, as_json=options.json)
    if options.keep or options.stop_at:
        state_file.refuse_second()
    scratch = make_scratch()
    from rehearsal.cage import run_caged

    def job() -> int:
        from rehearsal.job.main import rehearse
        from rehearsal.life import SCENES

        return rehearse(
            plan,
            scratch,
            reports=options.report,
            keep=options.keep,
            as_json=options.json,
            stop_at=options.stop_at,
            profile=options.profile,
            settings=settings,
            scenes=SCENES,
        )

    return run_caged(job, scratch)
