"""`model-cicd prepare-promotion` and `describe-change-set`: for the builds of a promotion pipeline, not for people."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from model_cicd.text.errors import ModelCicdError
from model_cicd.text.terminal import say

#: what the first build of an execution must have in its environment
PREPARING = ("MODEL_PACKAGE_ARN", "PIPELINE_NAME", "PIPELINE_EXECUTION_ID")
#: what a build that describes a change set must have; parameters are JSON, the other two files of the source
DESCRIBING = (
    "DEPLOY_ENVIRONMENT",
    "CHANGE_SET",
    "CHANGE_SET_TEMPLATE",
    "CHANGE_SET_CONFIGURATION",
    "CHANGE_SET_PARAMETERS",
)
#: what the build of tests must have, and the one that acts on the outcome; its order is that of SettleRequest
TESTING = ("ENDPOINT_NAME", "ENDPOINT_REGION", "INVOKE_ROLE_ARN", "SUITE", "SUITES_DIGEST")
SETTLING = (
    "PIPELINE_NAME",
    "PIPELINE_EXECUTION_ID",
    "STAGE_NAME",
    "TESTED",
    "BEFORE",
    "DEPLOY_ENVIRONMENT",
    "DEPLOY_ACCOUNT",
    "DEPLOY_REGION",
    "STACK_NAME",
    "DEPLOY_ROLE_ARN",
    "CFN_EXEC_ROLE_ARN",
)
#: what the build of a shadow must have; its order is that of ShadowRequest and Limits
SHADOWING = (
    "RELEASE",
    "VERSION",
    "DEPLOY_ENVIRONMENT",
    "DEPLOY_REGION",
    "ENDPOINT_NAME",
    "STACK_NAME",
    "DEPLOY_ROLE_ARN",
    "LOOKUP_ROLE_ARN",
    "CFN_EXEC_ROLE_ARN",
    "SHADOW_REQUESTS",
    "SHADOW_MINUTES",
    "SHADOW_LATENCY_FACTOR",
    "SHADOW_ERROR_RATE",
)


def register(subparsers: Any) -> None:
    """Add the commands without a line in the list of commands: only promotion pipelines need them."""
    _parser(
        subparsers,
        "prepare-promotion",
        _prepare,
        "The first step of a promotion pipeline: check the model package in MODEL_PACKAGE_ARN, release it and write "
        "the variables of the later stages as a shell script.",
    )
    _parser(
        subparsers,
        "describe-change-set",
        _describe,
        "A step of a promotion pipeline: check the change set in CHANGE_SET and write what it changes, for the text of "
        "the approval that follows, as a shell script.",
    )
    _test_parsers(subparsers)
    shadowing = subparsers.add_parser(
        "shadow-release",
        description="A step of a promotion pipeline: put the RELEASE beside what the environment serves, compare them "
        "on copies of requests, and write how they compare as a shell script; fail where it is worse.",
    )
    shadowing.add_argument("--output", metavar="FILE", type=Path, required=True, help="where to write the variables")
    shadowing.set_defaults(handler=_shadow)


def _parser(subparsers: Any, name: str, handler: Any, description: str) -> None:
    parser = subparsers.add_parser(name, description=description)
    parser.add_argument(
        "plan", metavar="promotion.json", type=Path, help="the group's plan, from the pipeline's source"
    )
    parser.add_argument("--output", metavar="FILE", type=Path, required=True, help="where to write the variables")
    parser.set_defaults(handler=handler)


def _test_parsers(subparsers: Any) -> None:
    """The commands of tests between stages."""
    testing = subparsers.add_parser(
        "test-endpoint",
        description="A step of a promotion pipeline: run the suite in SUITE against the endpoint in ENDPOINT_NAME and "
        "write the verdict as a shell script.",
    )
    testing.add_argument("suites", metavar="stage-tests.json", type=Path, help="the suites of the version's commit")
    testing.add_argument("--output", metavar="FILE", type=Path, required=True, help="where to write the variables")
    testing.set_defaults(handler=_test)
    settling = subparsers.add_parser(
        "settle-tests",
        description="A step of a promotion pipeline: wait for the tests beside it; where they did not pass, take the "
        "environment back to what it served BEFORE, and fail.",
    )
    settling.set_defaults(handler=_settle)


def _given(names: tuple[str, ...]) -> list[str]:
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise ModelCicdError(f"{', '.join(missing)} must be set: this command runs in a promotion pipeline")
    return [os.environ[name] for name in names]


def _prepare(options: argparse.Namespace) -> int:
    from model_cicd.promotion.plan import read
    from model_cicd.promotion.prepare import PrepareRequest, prepare

    package, pipeline, execution = _given(PREPARING)
    request = PrepareRequest(read(options.plan), package, pipeline, execution, options.output)
    prepare(request, say)
    return 0


def _describe(options: argparse.Namespace) -> int:
    import json

    from model_cicd.promotion.describe import BEFORE, CHANGES, ChangeSet, describe, environment_of, served_before
    from model_cicd.promotion.plan import read
    from model_cicd.promotion.prepare import script

    environment, name, template, configuration, parameters = _given(DESCRIBING)
    plan, source = read(options.plan), options.plan.parent
    wanted = ChangeSet(
        environment_of(plan, environment), name, source / template, source / configuration, json.loads(parameters)
    )
    changes = describe(wanted, say)
    said = {CHANGES: changes}
    if wanted.environment.suite:
        said[BEFORE] = served_before(wanted.environment)
    options.output.write_text(script(said), encoding="utf-8")
    return 0


def _test(options: argparse.Namespace) -> int:
    from model_cicd.promotion.prepare import script
    from model_cicd.promotion.stage_test import TestRequest, test

    endpoint, region, role, suite, digest = _given(TESTING)
    found = test(TestRequest(options.suites.read_bytes(), digest, suite, endpoint, region, role), say)
    options.output.write_text(script(found), encoding="utf-8")
    return 0


def _shadow(options: argparse.Namespace) -> int:
    from model_cicd.aws.shadow import Limits
    from model_cicd.promotion.prepare import script
    from model_cicd.promotion.shadow import ShadowRequest, shadow

    *names, requests, minutes, factor, rate = _given(SHADOWING)
    limits = Limits(int(requests), int(minutes), float(factor), float(rate))
    options.output.write_text(script(shadow(ShadowRequest(limits, *names), say)), encoding="utf-8")
    return 0


def _settle(_: argparse.Namespace) -> int:
    from model_cicd.promotion.settle import SettleRequest, settle

    settle(SettleRequest(*_given(SETTLING)), say)
    return 0
