"""What the Resource of a task means: `arn:aws:states:::aws-sdk:codepipeline:startPipelineExecution` and others.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

from __future__ import annotations

import functools
import re

from rehearsal.states import functions, sagemaker_tasks
from rehearsal.states.api_calls import ApiCall, model_of, near, session

_RESOURCE = re.compile(r"^arn:aws[a-z-]*:states:::aws-sdk:(?P<service>[a-z0-9]+):(?P<operation>[a-zA-Z0-9]+)$")
# names of the integration that are not those of the API's own model
_RENAMED = {"sfn": "stepfunctions", "eventbridge": "events", "cloudwatchlogs": "logs"}


class IntegrationError(Exception):
    """A resource is not supported or not one of AWS's."""


@functools.cache
def resolve(resource: str) -> ApiCall | functions.FunctionCall:
    """The integration that a Resource names. Raises IntegrationError."""
    invocation = functions.find(resource)
    if invocation is not None:
        return invocation
    task = sagemaker_tasks.find(resource)
    if task is not None:
        return task
    found = _RESOURCE.match(resource)
    if found is None:
        raise IntegrationError(
            f"the embedded AWS does not support the resource {resource}: only arn:<partition>:states:::aws-sdk:"
            "<service>:<operation>, arn:<partition>:states:::sagemaker:<operation> with and without .sync, "
            "arn:<partition>:states:::lambda:invoke and ARNs of functions, without .waitForTaskToken"
        )
    names = {name.replace("-", ""): name for name in session().get_available_services()}
    service = _RENAMED.get(found["service"]) or names.get(found["service"])
    if service is None:
        raise IntegrationError(f"{resource}: there is no service {found['service']}{near(found['service'], names)}")
    operations = {name[0].lower() + name[1:]: name for name in model_of(service).operation_names}
    operation = operations.get(found["operation"])
    if operation is None:
        nearest = near(found["operation"], operations)
        raise IntegrationError(f"{resource}: {service} has no operation {found['operation']}{nearest}")
    # the name of the service's class in the SDK for Java: SSM is Ssm there, CodePipeline stays
    words = str(model_of(service).service_id).split()
    return ApiCall(service, operation, "".join(each.capitalize() if each.isupper() else each for each in words))
