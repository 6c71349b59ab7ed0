"""The stack of one environment that transforms data: synthesized once for each kind, deployed by promotions."""

from __future__ import annotations

from constructs import Construct

from model_cicd.constructs.batch_runs import BatchRuns, starting_rule
from model_cicd.constructs.endpoint import model
from model_cicd.constructs.model_role import transform_statements
from model_cicd.hosting import BatchTransform
from model_cicd.sagemaker_model_cicd.stacks.serving import WHEREVER, ServingStack
from model_cicd.sagemaker_model_cicd.topology import Hosting


class BatchStack(ServingStack):
    """Model execution role, model, the state machine that transforms with it, and what starts that."""

    def __init__(
        self, scope: Construct, id: str, *, hosting: Hosting, transform: BatchTransform, boundary: str | None
    ) -> None:
        super().__init__(scope, id, description="Transforms of model CI/CD, deployed by promotions", boundary=boundary)
        job_prefix = self.parameter("JobPrefix", "What names of transform jobs begin with, before a hyphen")
        role_arn = self.model_role(
            "Runs the containers of transforms with approved models",
            transform_statements(WHEREVER, job_prefix=job_prefix, hosting=hosting, transform=transform),
        )
        made = model(self, model_package_arn=self.package_arn, execution_role_arn=role_arn, hosting=hosting)
        machine_arn = BatchRuns(
            self,
            "Runs",
            place=WHEREVER,
            transform=transform,
            model_name=made.attr_model_name,
            name=self.parameter("StateMachineName", "Name of the state machine"),
            role_name=self.parameter("RunRoleName", "The role that makes transform jobs"),
            job_prefix=job_prefix,
        ).arn
        if transform.starts_itself:
            starting_rule(
                self,
                place=WHEREVER,
                transform=transform,
                machine_arn=machine_arn,
                name=self.parameter("RuleName", "Name of the rule that starts runs"),
                role_name=self.parameter("EventsRoleName", "The role that starts runs"),
            )
        self.outputs({"StateMachineArn": machine_arn})
