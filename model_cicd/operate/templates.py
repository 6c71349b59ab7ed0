"""What is deployed: the template and parameters of a stack, and repositories that are there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model_cicd.aws.accounts import parameters
from model_cicd.operate.access import Access, error_code
from model_cicd.operate.serving import describe_stack

#: stacks in these states own nothing
_EMPTY = ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE")


@dataclass(frozen=True)
class DeployedTemplate:
    """The template of a deployed stack, and the values of its parameters by name."""

    template: Mapping[str, Any]
    parameters: Mapping[str, str]


def deployed_template(access: Access, client: Any, stack: str, account: str) -> DeployedTemplate | None:
    """The template that a client of CloudFormation sees, or None where there is no stack.

    Raises DeniedError when the caller may not see it.
    """
    with access.asking("cloudformation:GetTemplate", f"stack {stack} of account {account}"):
        described = describe_stack(client, stack)
        if described is None or described["StackStatus"] in _EMPTY:
            return None
        body: Any = client.get_template(StackName=stack, TemplateStage="Original")["TemplateBody"]
    # what was sent as JSON comes back as a mapping
    return DeployedTemplate(json.loads(body if isinstance(body, str) else json.dumps(body)), parameters(described))


def has_repository(access: Access, client: Any, name: str, account: str) -> bool:
    """Whether CodeCommit has a repository. Raises DeniedError when the caller may not see it."""
    from botocore.exceptions import ClientError

    with access.asking("codecommit:GetRepository", f"{name} of account {account}"):
        try:
            client.get_repository(repositoryName=name)
        except ClientError as error:
            if error_code(error) == "RepositoryDoesNotExistException":
                return False
            raise
    return True
