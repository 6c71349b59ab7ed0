"""The tests of an environment, in a build that may call its endpoint and nothing else: golden rows and a load.

What is run is data of the version's own commit; what runs it is this library. The build's role is told nothing secret.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from model_cicd.aws import accounts
from model_cicd.stage_tests import bundle
from model_cicd.stage_tests.judge import Reply
from model_cicd.stage_tests.run import run
from model_cicd.stage_tests.suite import Suite
from model_cicd.text.errors import ModelCicdError

#: names of the build's variables: whether the tests passed, and a line for people
VERDICT, TESTS = "Verdict", "Tests"
PASSED, FAILED = "passed", "failed"
NOT_RUN = "failed: they could not be run, see the log of their build"

_SESSION = "model-cicd-test"
#: an approval's text has a thousand characters
_LONGEST = 160
#: a role that was made a moment ago may not be known everywhere yet
_ROLE_SECONDS, _PAUSE_SECONDS = 90, 3
#: an endpoint answers within a minute: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
_ANSWER_SECONDS = 65
_MOST_BYTES = 1_000_000  # of an answer that is looked at


@dataclass(frozen=True)
class TestRequest:
    """The suites (JSON) with their digest, which of them, and the endpoint with the role that calls it."""

    suites: bytes
    digest: str
    suite: str
    endpoint: str
    region: str
    role_arn: str


def test(request: TestRequest, say: Callable[[str], None]) -> dict[str, str]:
    """The variables of the build. Raises ModelCicdError where the tests cannot be run, which counts as failed."""
    suite = bundle.chosen(bundle.read(request.suites, request.digest), request.suite)
    say(f"suite {request.suite} of {request.digest} asks endpoint {request.endpoint}")
    found = run(suite, _asker(_client(request), request.endpoint, suite), say)
    say(found.text)
    text = found.text if len(found.text) <= _LONGEST else f"{found.text[:_LONGEST].rpartition(', ')[0]} and more"
    return {VERDICT: PASSED if found.passed else FAILED, TESTS: text}


def _client(request: TestRequest) -> Any:
    """SageMaker's runtime; requests are made once, so that what fails is seen."""
    from botocore.config import Config

    config = Config(retries={"total_max_attempts": 1}, read_timeout=_ANSWER_SECONDS, max_pool_connections=64)
    until = time.monotonic() + _ROLE_SECONDS
    while True:
        try:
            return accounts.assume(request.role_arn, request.region, _SESSION, config)("sagemaker-runtime")
        except ModelCicdError:
            if time.monotonic() > until:
                raise
            time.sleep(_PAUSE_SECONDS)


def _asker(client: Any, endpoint: str, suite: Suite) -> Callable[[str], Reply]:
    """Asks the endpoint; each request has an id by which captured data tells that it was a test's."""
    from botocore.exceptions import BotoCoreError, ClientError

    numbers = itertools.count(1)

    def ask(body: str) -> Reply:
        began = time.monotonic()
        try:
            answer = client.invoke_endpoint(
                EndpointName=endpoint,
                ContentType=suite.content_type,
                Accept=suite.wanted,
                InferenceId=f"{_SESSION}-{next(numbers)}",
                Body=body.encode(),
            )
            content = answer["Body"].read(_MOST_BYTES + 1)
        except (BotoCoreError, ClientError, OSError) as error:
            return Reply(seconds=time.monotonic() - began, error=" ".join(str(error).split())[:300])
        seconds = time.monotonic() - began
        if len(content) > _MOST_BYTES:
            return Reply(seconds=seconds, error=f"answered more than {_MOST_BYTES:,} bytes")
        return Reply(content.decode("utf-8", errors="replace"), answer.get("ContentType", ""), seconds)

    return ask
