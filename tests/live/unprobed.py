"""Facts that were never checked on an account and that no probe shows: what each would take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unprobed:
    """A fact, where it matters, and why there is no probe of it: how to see it by hand."""

    says: str
    matters: str
    by_hand: str


_CONNECTED = "push to the branch of a group with a connection"
_RUN = "promote to an environment of `kind: batch` and start its machine"
_PROMOTE = "promote a model into a dev account"
_DAYS = "an endpoint's instances, and half an hour"
_SHADOWED = "promote twice to an environment with `endpoint.shadow`"
_TESTED = "promote to an environment with `tests`"

UNPROBED = (
    Unprobed(
        "an execution of a pipeline fails when its role may not create the experiment and the trial that SageMaker "
        "makes for it by default",
        "docs/any-deployment.md",
        "start a pipeline made without `PipelineExperimentConfig` under a role without `sagemaker:CreateExperiment`",
    ),
    Unprobed(
        "the policy of an event bus sees the role of a rule of another account as `aws:PrincipalArn`",
        "model_cicd/constructs/event_reception.py",
        "monitor with `retrain` in another account, and let what is captured drift: an endpoint's instances, and hours",
    ),
    Unprobed(
        "the event of a processing job has its `RoleArn` and `ExitMessage`, beginning with `CompletedWithViolations` "
        "where Model Monitor found some",
        "model_cicd/constructs/monitoring.py",
        "monitor with `notify`, and let what is captured drift: an endpoint's instances, and two hours",
    ),
    Unprobed(
        "the weight of a shadow variant is a share of the production variant's weight: 0.5 of 1 are copies of half of "
        "the requests",
        "model_cicd/constructs/endpoint.py",
        f"{_SHADOWED} of 50 percent: `Invocations` of the variants `AllTraffic` and `Shadow`",
    ),
    Unprobed(
        "an endpoint with a deployment configuration and rollback alarms takes a configuration with a shadow variant",
        "model_cicd/constructs/endpoint.py",
        f"{_SHADOWED} and `deployment`: the action Shadow goes through",
    ),
    Unprobed(
        "the event of an execution of a pipeline has its `pipelineArn` and, where it failed, "
        "`currentPipelineExecutionStatus` `Failed`, once",
        "model_cicd/constructs/event_forwarding.py",
        "train with `wait: false`, `notifications` and `MaxMse=0`: one mail says that the training failed",
    ),
    Unprobed(
        "an action of CodeBuild without an output artifact uploads none, whatever its buildspec has under `artifacts`",
        "model_cicd/sagemaker_model_cicd/stacks/promotion.py",
        f"{_TESTED} and `requireApproval`: the action Describe goes through",
    ),
    Unprobed(
        "the build of an action with an output artifact writes it with `s3:PutObject` and `kms:GenerateDataKey` of the "
        "project's role alone, below the first 20 characters of the pipeline's name and the first 10 of the artifact's",
        "model_cicd/constructs/artifact_store.py",
        f"{_TESTED}: the action Prepare goes through",
    ),
    Unprobed(
        "`env.variables` of a buildspec are the values of exported variables that no command sets",
        "model_cicd/sagemaker_model_cicd/stacks/stage_tests.py",
        f"{_TESTED} whose invoke role somebody deleted: the tests have failed, and the environment goes back",
    ),
    Unprobed(
        "`DescribeStacks` has the parameters of what is deployed until a change set is executed, and CloudFormation "
        "refuses a change set of a stack that changed since",
        "model_cicd/promotion/describe.py",
        f"{_TESTED}: where they fail it goes back to what served before",
    ),
    Unprobed(
        "accounts that used Model Monitor before July 30, 2026 make job definitions and schedules as before",
        "model_cicd/constructs/monitoring.py",
        "promote a model into an environment with `monitoring`",
    ),
    Unprobed(
        "Model Monitor puts metrics with the role of its jobs, into `aws/sagemaker/Endpoints/data-metrics` and "
        "`.../model-metrics`, with or without a slash before them",
        "model_cicd/constructs/monitoring.py",
        "monitor an endpoint for an hour, then `aws cloudwatch list-metrics`: an endpoint's instances, and two hours",
    ),
    Unprobed(
        "of captures Model Monitor takes the columns of the output first, then those of the input, and names them by "
        "the order of the baseline; constraints that it suggests have `datatype_check_threshold` and "
        "`domain_content_threshold` 1.0, as the share that must fit",
        "rehearsal/sagemaker/container/monitor.py",
        "monitor an endpoint for an hour and read `statistics.json`: an endpoint's instances, and two hours",
    ),
    Unprobed(
        "`Null` of `sagemaker:ModelApprovalStatus` lets an `UpdateModelPackage` through that says nothing of it",
        "model_cicd/constructs/stage_recorder.py",
        "promote a version of a group with `lifeCycle`: it has its stage in the registry",
    ),
    Unprobed(
        "`ListActionExecutions` has of a manual approval who answered it in `updatedBy` and the comment in "
        "`externalExecutionSummary`",
        "model_cicd/lineage/approvals.py",
        "approve a stage with a comment; `model-cicd lineage` names you and the comment",
    ),
    Unprobed(
        "a custom resource whose update gave another physical id is undone with a Delete for the new id alone",
        "rehearsal/cloudformation/providers/cloudformation_customresource.py",
        "a stack whose update changes the id and then fails in another resource: the log of the function",
    ),
    Unprobed(
        "a task whose function the state machine may not invoke fails with `Lambda.AWSLambdaException`",
        "docs/lambda-support.md",
        "a state machine whose role lacks `lambda:InvokeFunction`: the history of an execution",
    ),
    Unprobed(
        "`sagemaker:ModelLifeCycle:Stage` and `StageStatus` limit `UpdateModelPackage`, and "
        "`sagemaker:CurrentModelLifeCycleStage` limits `DeleteModelPackage`",
        "model_cicd/constructs/approvers.py",
        "with the retirer policy: approve a version, and delete one that is not archived; both are refused",
    ),
    Unprobed(
        "events of a stack have the `ClientRequestToken` of the update, and are kept for 90 days",
        "model_cicd/operate/serving.py",
        "`model-cicd rollback`, then `model-cicd retire`: the version that it left is said to have served until then",
    ),
    Unprobed(
        "Step Functions updates the stack of another account through `Credentials`, with CloudFormation's role of it",
        "model_cicd/constructs/sleep_schedule.py",
        "an environment with `asleep`, times that are soon, and a promotion before",
    ),
    Unprobed(
        "EventBridge publishes a text of several quoted lines as these lines, to a topic whose key names it with the "
        "encryption context alone; the mail keeps the quotes",
        "model_cicd/constructs/notification_topic.py",
        "confirm an address of `notifications`, then register a version",
    ),
    Unprobed(
        "SageMaker's event of a new version has its `MetadataProperties`, and rules see a `ProjectId` in them",
        "model_cicd/pipeline/announce.py",
        "train with `pipeline.yaml` and `notifications`: one mail for the version, not two",
    ),
    Unprobed(
        "EventBridge takes a pattern with two fields of five wildcards each in `anything-but`, and finds quotes and "
        "line ends in texts with them",
        "model_cicd/sagemaker_model_cicd/stacks/notifications.py",
        "apply with `notifications`; put an event of the build's kind with a line end in `before`: no mail",
    ),
    Unprobed(
        "a chat channel shows a custom notification that an input transformer made",
        "model_cicd/constructs/notification_message.py",
        "add the topic to a chat configuration, then register a version",
    ),
    Unprobed(
        "a build of more than eight hours goes on in a pipeline, and CodePipeline stops a build whose action it gives "
        "up",
        "model_cicd/constructs/build_project.py",
        "train for nine hours with `training.timeoutMinutes` above that; stop another one's execution",
    ),
    Unprobed(
        "CodeBuild's event of a build that timed out starts a state machine that takes a role of another account by "
        "`Credentials`",
        "model_cicd/constructs/execution_stopping.py",
        "push with `training.timeoutMinutes: 5` and a training that takes longer",
    ),
    Unprobed(
        "`ec2:AuthorizedService` and `ec2:Subnet` in the policies of builds in a VPC",
        "model_cicd/constructs/build_project.py",
        "push to a group's branch with `builds.vpc`",
    ),
    Unprobed(
        "`LastModifiedTime` stands in events of approvals (without it the time of the event counts, and two events of "
        "one change at different times start two promotions)",
        "model_cicd/constructs/promotion_trigger.py",
        _PROMOTE,
    ),
    Unprobed(
        "CodeBuild fetches a secret of a parameter with nothing but `secretsmanager:GetSecretValue` on its ARN",
        "modulestack.yaml",
        "give `deployment-groups` by `valueFrom: secretsManager`",
    ),
    Unprobed(
        "which regions lack which services (data of botocore), and that China lacks CodePipeline's CloudFormation "
        "action",
        "model_cicd/aws/service_regions.json",
        "deploy in such a region with CloudFormation by hand",
    ),
    Unprobed(
        "`kms:Decrypt` arrives through S3 when hosting downloads a model, so that `kms:ViaService` matches",
        "model_cicd/constructs/model_role.py",
        _PROMOTE,
    ),
    Unprobed(
        "`aws:SourceAccount` in the trust of the roles of SageMaker, CodePipeline and CodeBuild",
        "model_cicd/constructs/iam.py",
        "train a model",
    ),
    Unprobed(
        "a source action with a role of its own in the pipeline's account, the pipeline's role writing no artifact, "
        "builds doing with `s3:GetObject` on the folder of sources",
        "model_cicd/constructs/code_pipeline.py",
        "push to a group's branch",
    ),
    Unprobed(
        "CodeBuild asks nothing of the artifact key but what it does through S3",
        "model_cicd/constructs/build_project.py",
        "push to a group's branch",
    ),
    Unprobed(
        "`ec2:Subnet` in the policy of jobs in a VPC",
        "model_cicd/constructs/execution_role.py",
        "train a group with `networkConfig`",
    ),
    Unprobed(
        "`kms:CreateGrant` by the CDK execution role is all that a volume key asks for",
        "docs/bootstrap.md",
        _PROMOTE,
    ),
    Unprobed(
        "the least-privilege policy of deploy accounts is enough to make, change and delete an endpoint",
        "docs/bootstrap.md",
        "bootstrap a dev account with it and promote",
    ),
    Unprobed(
        "outputs of a transform are named after what follows the input's prefix in a key; of one object, after the "
        "last part of its key",
        "model_cicd/batch_states.py",
        _RUN,
    ),
    Unprobed(
        "an execution is listed five seconds after it began, the newest first",
        "model_cicd/batch_states.py",
        _RUN,
    ),
    Unprobed(
        "Step Functions calls a transform job's name that is taken `SageMaker.ResourceInUseException`",
        "model_cicd/batch_states.py",
        "start the machine's definition twice with one name of a job",
    ),
    Unprobed(
        "a transform job asks of S3 and CloudWatch Logs nothing but what the model role of transforms may",
        "model_cicd/constructs/model_role.py",
        _RUN,
    ),
    Unprobed(
        "the least-privilege policy of accounts that transform data is enough to make, change and delete their stack",
        "docs/bootstrap.md",
        "bootstrap a dev account with it and promote",
    ),
    Unprobed(
        "`RetainAllVariantProperties` together with autoscaling and canary deployments",
        "model_cicd/constructs/endpoint.py",
        f"change an endpoint with both twice: {_DAYS}",
    ),
    Unprobed(
        "an update that SageMaker rolls back ends `InService` with the old configuration: "
        "`DescribeEndpoint.EndpointConfigName` tells",
        "model_cicd/constructs/endpoint.py",
        f"promote a model that does not start: {_DAYS}",
    ),
    Unprobed(
        "CloudFormation rolls an endpoint back towards the configuration that still serves",
        "model_cicd/constructs/endpoint.py",
        f"promote a model that does not start: {_DAYS}",
    ),
    Unprobed(
        "how many events one approval makes",
        "model_cicd/constructs/promotion_trigger.py",
        "approve a version and look at the executions of the promotion",
    ),
    Unprobed(
        "the CDK deploy role of the tooling account reads the artifact bucket through the bucket's policy alone, and "
        "CloudFormation actions read templates from there with the environment's deploy role",
        "model_cicd/constructs/artifact_store.py",
        _PROMOTE,
    ),
    Unprobed(
        "assets under a customer key of the bootstrap (`cdk bootstrap --bootstrap-customer-key`)",
        "model_cicd/constructs/assets.py",
        "deploy into an account with such a bootstrap",
    ),
    Unprobed(
        "`jsonGet` in the metadata of a model version has its value when the pipeline runs",
        "docs/pipeline.md",
        "train a pipeline that has one",
    ),
    Unprobed(
        "which service the roles of an EMR step's cluster are passed to",
        "docs/access.md",
        "run a pipeline with an EMR step",
    ),
    Unprobed(
        "`DetectChanges: false` beside `Triggers` of a V2 pipeline: the trigger alone starts it, once a push",
        "model_cicd/constructs/branch_source.py",
        _CONNECTED,
    ),
    Unprobed(
        "CodePipeline sends `codeconnections:FullRepositoryId` with every `UseConnection`, CodeBuild for full clones",
        "model_cicd/constructs/branch_source.py",
        _CONNECTED,
    ),
    Unprobed(
        "CloudFormation asks for `PassConnection` when it makes a pipeline with a connection, and for no more of it",
        "model_cicd/constructs/branch_source.py",
        _CONNECTED,
    ),
    Unprobed(
        "`token.actions.githubusercontent.com:job_workflow_ref` is a condition key that STS fills",
        "model_cicd/sagemaker_model_cicd/settings/subjects.py",
        "start the workflow of a group that GitHub Actions train",
    ),
    Unprobed(
        "ECR makes the grant on a customer key that `kms:GrantIsForAWSResource` lets through",
        "model_cicd/constructs/image_store.py",
        "apply a group with `images`",
    ),
    Unprobed(
        "stacks that put statements on one event bus at the same moment lose none",
        "model_cicd/constructs/event_reception.py",
        "apply two modules of one tooling account together and read the bus's policy",
    ),
    Unprobed(
        "buckets, model package groups and repositories keep the tag `aws:cloudformation:stack-name` when their stack "
        "is deleted and they are retained",
        "model_cicd/operate/leftovers_kept.py",
        "destroy a deployment, then `model-cicd leftovers` lists them as kept",
    ),
    Unprobed(
        "CodePipeline remembers the actions of stages that an update took out of the pipeline",
        "model_cicd/promotion/reached.py",
        "take an environment out that was promoted to, then `aws codepipeline list-action-executions`",
    ),
    Unprobed(
        "`DescribeModelPackage` has who approved a version: `LastModifiedBy.IamIdentity.Arn`",
        "model_cicd/lineage/read.py",
        "approve a version, then `model-cicd lineage GROUP VERSION`",
    ),
    Unprobed(
        "CreateModelCard takes content in one line with `model_overview`, `training_details`, `evaluation_details` and "
        "`additional_information`",
        "model_cicd/lineage/card.py",
        "`model-cicd lineage GROUP --format model-card`, then `aws sagemaker create-model-card`",
    ),
)
