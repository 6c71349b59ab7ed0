"""Gives a large pipeline definition the ARN of its key, after `cdk synth`.

Run as `python -m model_cicd.sagemaker_pipeline.definition_key`.

A large definition goes through S3, where CloudFormation puts nothing in its places. Synthesized without the ARN of the
module's own key, the stack has everything but the pipeline; this finds the key, which the first deployment makes
before, synthesizes again, and has the gate judge the pipeline that was not there before. A smaller definition stands
in the template, and there is nothing to do.
docs/adr/0013-sagemaker-pipeline-module.md has the reasons.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from model_cicd.adopt import Client, SynthesizedStack, key_arn, lookup, read_assembly
from model_cicd.text.errors import ModelCicdError

#: must equal app.KEY_ARN; this module imports nothing of CDK
KEY_ARN = "key-arn"
_PIPELINE = "AWS::SageMaker::Pipeline"


def waiting(stacks: list[SynthesizedStack]) -> SynthesizedStack | None:
    """The stack whose pipeline waits for the key, if any."""
    return next((s for s in stacks if _PIPELINE not in {each["Type"] for each in s.resources.values()}), None)


def main(
    assembly: str = "cdk.out",
    *,
    connect: Callable[[SynthesizedStack], Client] = lookup,
    run: Callable[[list[str]], int] = lambda command: subprocess.run(command, check=False).returncode,
) -> int:
    """See that the assembly has the pipeline; the exit code is 0, or that of what failed."""
    try:
        stack = waiting(read_assembly(Path(assembly)))
        if stack is None:
            return 0
        print("the definition goes through S3, where it has to name the key", flush=True)
        arn = key_arn(connect(stack), stack.resources)
        if arn is None:
            print("the key is made first, with everything but the pipeline", flush=True)
            code = run(["npx", "cdk", "deploy", stack.name, "--app", assembly, "--require-approval", "never"])
            if code:
                return code
            arn = key_arn(connect(stack), stack.resources)
        if arn is None:
            raise ModelCicdError(f"stack {stack.name} was deployed, but its key is not there")
        synth = ["npx", "cdk", "synth", "--quiet", "--output", assembly, "--context", f"{KEY_ARN}={arn}"]
        return run(synth) or run([sys.executable, "-m", "model_cicd.cli", "access", "--app", assembly, "--check"])
    except ModelCicdError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
