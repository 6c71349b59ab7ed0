"""Write docs/api-support.md from the table of everyday calls: `python scripts/api_support.py`. A test compares them."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CALLS = ROOT / "tests/data/everyday-calls.txt"
PAGE = ROOT / "docs/api-support.md"

HEAD = """# Everyday calls of the embedded AWS

Commands of `aws` that people and tools use. A test tries each with the parameters in `tests/data/everyday-calls.txt`.
What a service answers besides is on its own page: [CloudFormation](cloudformation-support.md),
[CodeBuild](codebuild-support.md), [CodeCommit, EventBridge, CodePipeline](codepipeline-support.md),
[SageMaker](sagemaker-support.md), [Step Functions](states-support.md), [Lambda](lambda-support.md).

What holds for every operation, found by tests that walk botocore's models (`tests/emulator/api`):

- Each answer has a request id of its own, errors too, where its protocol has one.
- Bad or absent input is answered with an error of the service, never with an internal failure.
- Answers of services that speak JSON have no null and no member that the operation's shape has not.
- A member that no model has is refused by its key path. Operations of our own look at every member of a request or
  refuse it; members that moto does not have are refused, but for values that a reviewed table names
  (`rehearsal/moto_members.py`), in structures, lists and maps too, by their key path.
- CloudWatch speaks RPC v2 CBOR, JSON and the query protocol; SQS speaks JSON alone, the other services what their
  model names.

| service | answered | refused by name |
| --- | --- | --- |
"""


def page() -> str:
    """The whole page."""
    answered: dict[str, list[str]] = defaultdict(list)
    refused: dict[str, list[str]] = defaultdict(list)
    for line in CALLS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            service, operation, _ = line.removeprefix("! ").split(" ", 2)
            found = (refused if line.startswith("!") else answered)[service]
            if operation not in found:
                found.append(operation)
    rows = [f"| {name} | {', '.join(answered[name])} | {', '.join(refused[name])} |" for name in sorted(answered)]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
