"""SageMaker. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html"""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.iam.checks import Asked, Check, On, Rule, account_of, fill, pass_role, several, values

_SERVICE = "sagemaker.amazonaws.com"
_GROUP = "model-package-group/{ModelPackageGroupName}"
_PACKAGE = "model-package/{ModelPackageName}"
_PIPELINE = "pipeline/{PipelineName}"
_EXECUTION = "{PipelineExecutionArn}"
_MODEL = "model/{ModelName}"
_CONFIG = "endpoint-config/{EndpointConfigName}"
_ENDPOINT = "endpoint/{EndpointName}"
_TUNING = "hyper-parameter-tuning-job/{HyperParameterTuningJobName}"
_COMPONENT = "experiment-trial-component/{TrialComponentName}"
_PROFILE = "user-profile/{DomainId}/{UserProfileName}"
_SCRIPTS = "notebook-instance-lifecycle-config/{NotebookInstanceLifecycleConfigName}"
_NOTEBOOK = "notebook-instance/{NotebookInstanceName}"
_SCHEDULE = "monitoring-schedule/{MonitoringScheduleName}"
_STAGE = {
    "sagemaker:ModelLifeCycle:Stage": "ModelLifeCycle.Stage",
    "sagemaker:ModelLifeCycle:StageStatus": "ModelLifeCycle.StageStatus",
}
_STATUS = {"sagemaker:ModelApprovalStatus": "ModelApprovalStatus", **_STAGE}


def _create(resource: str | tuple[str, ...], role: str | None = None, **more: object) -> On:
    """A resource with tags, for which AddTags is needed besides, and perhaps a role of its own."""
    passes = {role: _SERVICE} if role else {}
    return On(resource, passes=passes, tags="Tags", tagging="AddTags", **more)  # type: ignore[arg-type]


def _foreign_package(asked: Asked) -> Iterator[Check]:
    """A model of another account's package needs CreateModel on that package as well, from both sides.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy-xaccount.html
    """
    for path in ("PrimaryContainer.ModelPackageName", "Containers[].ModelPackageName"):
        for arn in fill("{" + path + "}", asked, "sagemaker"):
            if arn.startswith("arn:") and account_of(arn, asked.caller) != asked.caller.account:
                yield Check("sagemaker:CreateModel", arn, account_of(arn, asked.caller))


def _create_package(asked: Asked) -> Iterator[Check]:
    """A version is created in its group: the group and the versions below it."""
    status = asked.get("ModelApprovalStatus")
    context = {"sagemaker:ModelApprovalStatus": str(status)} if status else {}
    metadata = asked.get("CustomerMetadataProperties") or {}
    context |= {key: str(asked.get(path)) for key, path in _STAGE.items() if asked.get(path)}
    context |= {f"sagemaker:CustomerMetadataProperties/{key}": str(value) for key, value in metadata.items()}
    if asked.get("ModelPackageGroupName"):
        (group,) = fill(_GROUP, asked, "sagemaker")
        version = group.replace(":model-package-group/", ":model-package/") + "/*"
        arns = [group, version]
    else:
        arns = fill(_PACKAGE, asked, "sagemaker")
    for arn in arns:
        yield Check("sagemaker:CreateModelPackage", arn, account_of(arn, asked.caller), context)


def _versions(asked: Asked) -> Iterator[Check]:
    """The list of a group's versions: its resource type is the model package."""
    if not asked.get("ModelPackageGroupName"):
        yield Check("sagemaker:ListModelPackages", "*", asked.caller.account)
        return
    (group,) = fill(_GROUP, asked, "sagemaker")
    arn = group.replace(":model-package-group/", ":model-package/") + "/*"
    yield Check("sagemaker:ListModelPackages", arn, account_of(arn, asked.caller))


def _space_role(asked: Asked) -> Iterator[Check]:
    """The role of the spaces of a new domain is passed as well."""
    for role in values(asked.params, "DefaultSpaceSettings.ExecutionRole"):
        yield from pass_role(str(role), _SERVICE, asked.caller)


def _records(noun: str, resource: str) -> dict[str, Rule]:
    """The operations on what is only kept."""
    made = several(resource, f"Describe{noun}", f"Update{noun}", f"Delete{noun}")
    return made | {f"Create{noun}": _create(resource), f"List{noun}s": On()}


NOTHING = ("ListAlgorithms", "ListApps", "ListAutoMLJobs", "ListClusters", "ListCodeRepositories",
           "ListCompilationJobs", "ListFeatureGroups", "ListFlowDefinitions", "ListHubs", "ListHumanTaskUis",
           "ListInferenceComponents", "ListInferenceExperiments", "ListInferenceRecommendationsJobs",
           "ListLabelingJobs", "ListMlflowTrackingServers", "ListModelBiasJobDefinitions", "ListModelCards",
           "ListModelExplainabilityJobDefinitions", "ListOptimizationJobs", "ListPartnerApps", "ListProjects",
           "ListTrainingPlans", "ListWorkforces", "ListWorkteams")  # fmt: skip
"""Lists of kinds that the embedded AWS has none of."""


RULES: dict[str, Rule] = {
    "CreateModelPackageGroup": _create(_GROUP),
    **several(_GROUP, "DescribeModelPackageGroup", "DeleteModelPackageGroup", "PutModelPackageGroupPolicy",
              "GetModelPackageGroupPolicy", "DeleteModelPackageGroupPolicy"),
    "CreateModelPackage": _create_package,
    "ListModelPackages": _versions,
    **several(_PACKAGE, "DescribeModelPackage", "DeleteModelPackage"),
    "BatchDescribeModelPackage": On("{ModelPackageArnList[]}"),
    "UpdateModelPackage": On("{ModelPackageArn}", keys=_STATUS),
    "CreateModel": _create(_MODEL, "ExecutionRoleArn", also=_foreign_package),
    **several(_MODEL, "DescribeModel", "DeleteModel"),
    "CreateEndpointConfig": _create(_CONFIG, "ExecutionRoleArn", keys={"sagemaker:VolumeKmsKey": "KmsKeyId"}),
    **several(_CONFIG, "DescribeEndpointConfig", "DeleteEndpointConfig"),
    "CreateEndpoint": _create((_ENDPOINT, _CONFIG)),
    "UpdateEndpoint": On((_ENDPOINT, _CONFIG)),
    **several(_ENDPOINT, "DescribeEndpoint", "DeleteEndpoint", "UpdateEndpointWeightsAndCapacities", "InvokeEndpoint",
              "InvokeEndpointAsync"),
    "CreateProcessingJob": _create("processing-job/{ProcessingJobName}", "RoleArn"),
    **several("processing-job/{ProcessingJobName}", "DescribeProcessingJob", "StopProcessingJob"),
    "CreateTrainingJob": _create("training-job/{TrainingJobName}", "RoleArn"),
    **several("training-job/{TrainingJobName}", "DescribeTrainingJob", "StopTrainingJob"),
    "CreateTransformJob": _create("transform-job/{TransformJobName}"),
    **several("transform-job/{TransformJobName}", "DescribeTransformJob", "StopTransformJob"),
    "CreateHyperParameterTuningJob": On(_TUNING, tags="Tags", tagging="AddTags", passes={
        "TrainingJobDefinition.RoleArn": _SERVICE, "TrainingJobDefinitions[].RoleArn": _SERVICE}),
    **several(_TUNING, "DescribeHyperParameterTuningJob", "StopHyperParameterTuningJob",
              "ListTrainingJobsForHyperParameterTuningJob"),
    "CreatePipeline": _create(_PIPELINE, "RoleArn"),
    "UpdatePipeline": On(_PIPELINE, passes={"RoleArn": _SERVICE}),
    **several(_PIPELINE, "DescribePipeline", "DeletePipeline", "ListPipelineExecutions", "StartPipelineExecution"),
    **several(_EXECUTION, "DescribePipelineExecution", "DescribePipelineDefinitionForExecution",
              "ListPipelineExecutionSteps", "ListPipelineParametersForExecution", "RetryPipelineExecution",
              "StopPipelineExecution", "UpdatePipelineExecution"),
    **several(_PIPELINE, "ListPipelineVersions"),
    "UpdatePipelineVersion": On("{PipelineArn}"),
    **_records("Experiment", "experiment/{ExperimentName}"),
    **_records("Trial", "experiment-trial/{TrialName}"),
    **_records("TrialComponent", _COMPONENT),
    "CreateTrial": _create(("experiment-trial/{TrialName}", "experiment/{ExperimentName}")),
    **dict.fromkeys(("AssociateTrialComponent", "DisassociateTrialComponent"),
                    On((_COMPONENT, "experiment-trial/{TrialName}"))),
    **_records("Context", "context/{ContextName}"),
    **_records("Action", "action/{ActionName}"),
    **_records("Artifact", "artifact/*"),
    **several("{ArtifactArn}", "DescribeArtifact", "UpdateArtifact", "DeleteArtifact"),
    **dict.fromkeys(("AddAssociation", "DeleteAssociation"), On(("{SourceArn}", "{DestinationArn}"))),
    **_records("Image", "image/{ImageName}"),
    "CreateImage": _create("image/{ImageName}", "RoleArn"),
    "CreateImageVersion": On(("image/{ImageName}", "image-version/{ImageName}/*")),
    "ListImageVersions": On("image/{ImageName}"),
    **several("image-version/{ImageName}/*", "DescribeImageVersion", "DeleteImageVersion"),
    **_records("Domain", "domain/{DomainId}"),
    "CreateDomain": _create("domain/*", "DefaultUserSettings.ExecutionRole", also=_space_role),
    "UpdateDomain": On("domain/{DomainId}", passes={
        "DefaultUserSettings.ExecutionRole": _SERVICE, "DefaultSpaceSettings.ExecutionRole": _SERVICE}),
    **_records("UserProfile", _PROFILE),
    "CreateUserProfile": _create(_PROFILE, "UserSettings.ExecutionRole"),
    "UpdateUserProfile": On(_PROFILE, passes={"UserSettings.ExecutionRole": _SERVICE}),
    **_records("Space", "space/{DomainId}/{SpaceName}"),
    **_records("AppImageConfig", "app-image-config/{AppImageConfigName}"),
    "CreateStudioLifecycleConfig": _create("studio-lifecycle-config/{StudioLifecycleConfigName}"),
    **several("studio-lifecycle-config/{StudioLifecycleConfigName}", "DescribeStudioLifecycleConfig",
              "DeleteStudioLifecycleConfig"),
    **_records("NotebookInstance", _NOTEBOOK),
    "CreateNotebookInstance": _create(_NOTEBOOK, "RoleArn"),
    "UpdateNotebookInstance": On(_NOTEBOOK, passes={"RoleArn": _SERVICE}),
    **several(_NOTEBOOK, "StartNotebookInstance", "StopNotebookInstance"),
    **_records("NotebookInstanceLifecycleConfig", _SCRIPTS),
    "ListStudioLifecycleConfigs": On(),
    "CreateDataQualityJobDefinition": _create("data-quality-job-definition/{JobDefinitionName}", "RoleArn"),
    **several("data-quality-job-definition/{JobDefinitionName}", "DescribeDataQualityJobDefinition",
              "DeleteDataQualityJobDefinition"),
    "CreateModelQualityJobDefinition": _create("model-quality-job-definition/{JobDefinitionName}", "RoleArn"),
    **several("model-quality-job-definition/{JobDefinitionName}", "DescribeModelQualityJobDefinition",
              "DeleteModelQualityJobDefinition"),
    "CreateMonitoringSchedule": _create(_SCHEDULE),
    **several(_SCHEDULE, "DescribeMonitoringSchedule", "UpdateMonitoringSchedule", "DeleteMonitoringSchedule",
              "StartMonitoringSchedule", "StopMonitoringSchedule"),
    **several("*", "ListDataQualityJobDefinitions", "ListModelQualityJobDefinitions", "ListMonitoringSchedules",
              "ListMonitoringExecutions"),
    **several("*", "ListAssociations", "Search", *NOTHING),
    "AddTags": On("{ResourceArn}", tags="Tags"),
    "DeleteTags": On("{ResourceArn}", keys={"aws:TagKeys": "TagKeys[]"}),
    "ListTags": On("{ResourceArn}"),
    **several("*", "ListEndpointConfigs", "ListEndpoints", "ListModelPackageGroups", "ListModels", "ListPipelines",
              "ListProcessingJobs", "ListTrainingJobs", "ListTransformJobs", "ListHyperParameterTuningJobs",
              "ListExperiments", "ListTrials"),
}  # fmt: skip
