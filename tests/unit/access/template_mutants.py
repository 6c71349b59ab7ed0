"""Mutants of templates: whole resources and properties that give access, and the structure that access depends on."""

from __future__ import annotations

import copy
import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Template = dict[str, Any]
Resource = dict[str, Any]
#: what is changed, and the template with the change
TemplateMutant = tuple[str, Template]

STRANGER = "arn:aws:iam::888888888888:root"
OPEN = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": STRANGER}, "Action": "*", "Resource": "*"}],
}
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
#: resources of types that our templates have not
WHOLE: Mapping[str, Mapping[str, Any]] = {
    "AWS::IAM::User": {"UserName": "u", "ManagedPolicyArns": [ADMINISTRATOR]},
    "AWS::IAM::AccessKey": {"UserName": "u"},
    "AWS::IAM::Group": {"GroupName": "g", "ManagedPolicyArns": [ADMINISTRATOR]},
    "AWS::IAM::UserToGroupAddition": {"GroupName": "g", "Users": ["u"]},
    "AWS::IAM::UserPolicy": {"UserName": "u", "PolicyName": "p", "PolicyDocument": OPEN},
    "AWS::IAM::RolePolicy": {"RoleName": "r", "PolicyName": "p", "PolicyDocument": OPEN},
    "AWS::IAM::InstanceProfile": {"Roles": ["r"]},
    "AWS::IAM::OIDCProvider": {"Url": "https://token.actions.githubusercontent.com"},
    "AWS::IAM::SAMLProvider": {"SamlMetadataDocument": "<x/>"},
    "AWS::RolesAnywhere::TrustAnchor": {"Name": "t", "Enabled": True},
    "AWS::SSO::Assignment": {"PrincipalType": "USER", "TargetType": "AWS_ACCOUNT"},
    "AWS::Lambda::Permission": {"Action": "lambda:InvokeFunction", "Principal": "*"},
    "AWS::Lambda::Function": {"Role": "r", "Code": {"ZipFile": "x"}},
    "AWS::Lambda::LayerVersionPermission": {"Action": "lambda:GetLayerVersion", "Principal": "*"},
    "AWS::S3::AccessPoint": {"Bucket": "b", "Policy": OPEN},
    "AWS::S3::AccessGrant": {"Permission": "READWRITE"},
    "AWS::S3::AccessPointPolicy": {"Policy": OPEN},
    "AWS::KMS::ReplicaKey": {"KeyPolicy": OPEN},
    "AWS::KMS::Grant": {"GranteePrincipal": STRANGER},
    "AWS::RAM::ResourceShare": {"Name": "s", "Principals": ["888888888888"]},
    "AWS::SecretsManager::ResourcePolicy": {"SecretId": "s", "ResourcePolicy": OPEN},
    "AWS::SNS::Subscription": {"TopicArn": "t", "Protocol": "https", "Endpoint": "https://example.com"},
    "AWS::SNS::TopicInlinePolicy": {"TopicArn": "t", "PolicyDocument": OPEN},
    "AWS::SQS::QueuePolicy": {"Queues": ["q"], "PolicyDocument": OPEN},
    "AWS::Logs::SubscriptionFilter": {"DestinationArn": "arn:aws:logs:eu-west-1:888888888888:destination:d"},
    "AWS::Logs::Destination": {"DestinationName": "d", "RoleArn": "r"},
    "AWS::Logs::ResourcePolicy": {"PolicyName": "p", "PolicyDocument": json.dumps(OPEN)},
    "AWS::Logs::Delivery": {"DeliverySourceName": "s"},
    "AWS::ECR::Repository": {"RepositoryPolicyText": OPEN},
    "AWS::ECR::RegistryPolicy": {"PolicyText": OPEN},
    "AWS::ECR::ReplicationConfiguration": {"ReplicationConfiguration": {"Rules": []}},
    "AWS::Events::EventBus": {"Name": "b", "Policy": OPEN},
    "AWS::Events::Connection": {"Name": "c", "AuthorizationType": "API_KEY"},
    "AWS::Events::Endpoint": {"Name": "e", "RoleArn": "r"},
    "AWS::Pipes::Pipe": {"RoleArn": "r", "Source": "s", "Target": "t"},
    "AWS::Scheduler::Schedule": {"Target": {"Arn": "t", "RoleArn": "r"}},
    "AWS::Route53Resolver::ResolverRule": {"RuleType": "FORWARD"},
    "AWS::EC2::VPCEndpoint": {"PolicyDocument": OPEN},
    "AWS::EC2::Instance": {"IamInstanceProfile": "i"},
    "AWS::CloudFormation::Stack": {"TemplateURL": "https://example.com/x"},
    "AWS::CloudFormation::StackSet": {"PermissionModel": "SERVICE_MANAGED"},
    "AWS::CloudFormation::Macro": {"FunctionName": "f"},
    "AWS::Organizations::ResourcePolicy": {"Content": OPEN},
    "AWS::Backup::BackupVault": {"AccessPolicy": OPEN},
    "AWS::CodeArtifact::Domain": {"PermissionsPolicyDocument": OPEN},
    "AWS::CodeStarConnections::Connection": {"ConnectionName": "c"},
    "AWS::CodeBuild::SourceCredential": {"Token": "t"},
    "AWS::SageMaker::NotebookInstance": {"RoleArn": "r"},
    "AWS::Glue::ResourcePolicy": {"PolicyInJson": OPEN},
    "AWS::Kinesis::ResourcePolicy": {"ResourcePolicy": OPEN},
    "AWS::SSM::ResourcePolicy": {"Policy": OPEN},
    "AWS::SSM::Association": {"Name": "AWS-RunShellScript"},
    "Custom::Anything": {"ServiceToken": "arn:aws:lambda:eu-west-1:888888888888:function:f"},
}
#: properties that give access, by type of resources that our templates have
PROPERTIES: Mapping[str, Mapping[str, Any]] = {
    "AWS::S3::Bucket": {
        "AccessControl": "PublicRead",
        "ReplicationConfiguration": {"Role": "r", "Rules": [{"Destination": {"Account": "888888888888"}}]},
        "NotificationConfiguration": {"QueueConfigurations": [{"Queue": "q"}]},
        "WebsiteConfiguration": {"IndexDocument": "i"},
        "InventoryConfigurations": [{"Destination": {"BucketAccountId": "888888888888"}}],
        "AnalyticsConfigurations": [{"StorageClassAnalysis": {}}],
        "CorsConfiguration": {"CorsRules": [{"AllowedOrigins": ["*"]}]},
        "ObjectLockEnabled": True,
    },
    "AWS::IAM::Role": {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/x"], "MaxSessionDuration": 43200, "Path": "/x/"},
    "AWS::IAM::ManagedPolicy": {"Users": ["u"], "Groups": ["g"], "Path": "/x/"},
    "AWS::KMS::Key": {"MultiRegion": True, "BypassPolicyLockoutSafetyCheck": True, "Enabled": False},
    "AWS::CodeBuild::Project": {
        "ResourceAccessRole": "r",
        "Visibility": "PUBLIC_READ",
        "Triggers": {"Webhook": True},
        "SecondarySources": [{"Type": "S3"}],
        "VpcConfig": {"VpcId": "v"},
        "FileSystemLocations": [{"Type": "EFS"}],
    },
    "AWS::CodeCommit::Repository": {"Triggers": [{"DestinationArn": "arn:aws:sns:eu-west-1:888888888888:t"}]},
    "AWS::CodePipeline::Pipeline": {
        "Triggers": [{"ProviderType": "x"}],
        "ArtifactStores": [],
        "DisableInboundStageTransitions": [],
    },
    "AWS::Events::Rule": {"EventBusName": "other", "RoleArn": "r", "State": "DISABLED"},
    "AWS::SSM::Parameter": {"Policies": "[]", "DataType": "x", "Tier": "Advanced"},
    "AWS::StepFunctions::StateMachine": {
        "DefinitionUri": "x",
        "Definition": {},
        "DefinitionS3Location": {"Bucket": "b"},
    },
    "AWS::Logs::LogGroup": {"ResourcePolicyDocument": OPEN, "LogGroupClass": "x", "DataProtectionPolicy": {}},
    "AWS::SageMaker::Model": {"Containers": [{"Image": "x"}], "InferenceExecutionConfig": {}},
    "AWS::SageMaker::EndpointConfig": {
        "ShadowProductionVariants": [],
        "AsyncInferenceConfig": {},
        "ExecutionRoleArn": "r",
    },
}


def whole_resources(template: Template) -> Iterator[TemplateMutant]:
    """The template with one resource more, with one property more, or with a section more."""
    for kind, properties in WHOLE.items():
        changed = copy.deepcopy(template)
        changed["Resources"]["Added"] = {"Type": kind, "Properties": dict(properties)}
        yield f"{kind} added", changed
    for logical_id, resource in template["Resources"].items():
        for key, value in PROPERTIES.get(resource["Type"], {}).items():
            changed = copy.deepcopy(template)
            changed["Resources"][logical_id]["Properties"][key] = value
            yield f"{resource['Type']}: {key} added", changed
    for section in ("Transform", "Hooks"):
        yield f"{section} added", {**template, section: ["Mine"]}


def structural(template: Template) -> Iterator[TemplateMutant]:
    """The template with one thing of its structure otherwise."""
    named = [name for name, each in template["Resources"].items() if each["Type"] == "AWS::IAM::Role"]
    # one alone works already
    roles: list[Any] = [{"Fn::GetAtt": [name, "Arn"]} for name in named] if len(named) > 1 else []
    for logical_id, resource in template["Resources"].items():
        for change, changed in itertools.chain(_retention(resource), _of_type(resource, roles)):
            mutated = {**template, "Resources": {**template["Resources"], logical_id: changed}}
            yield f"{resource['Type']}: {change}", mutated


def _of_type(resource: Resource, roles: list[Any]) -> Iterator[tuple[str, Resource]]:
    kind: str = resource["Type"]
    if kind in _OF_TYPE:
        # without it, what works is gone
        yield "replaced by nothing", {"Type": "AWS::CDK::Metadata", "Properties": {}}
        yield from _OF_TYPE[kind](resource, roles)
    exact = {"OwnershipControls", "PublicAccessBlockConfiguration", "VersioningConfiguration", "EnableKeyRotation"}
    for key in exact & resource.get("Properties", {}).keys():
        changed = copy.deepcopy(resource)
        del changed["Properties"][key]
        yield f"{key} dropped", changed
    for key in resource.get("Properties", {}).get("PublicAccessBlockConfiguration", {}):
        yield f"{key} is off", _set(resource, False, "PublicAccessBlockConfiguration", key)


def _retention(resource: Resource) -> Iterator[tuple[str, Resource]]:
    for key in ("DeletionPolicy", "UpdateReplacePolicy"):
        if resource.get(key) == "Retain":
            yield f"{key} dropped", {name: value for name, value in resource.items() if name != key}
            yield f"{key} is Delete", {**resource, key: "Delete"}


def _set(resource: Resource, value: Any, *path: str | int) -> Resource:
    """A copy with the value at a path of its properties."""
    changed = copy.deepcopy(resource)
    at: Any = changed["Properties"]
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return changed


def _exchanged(resource: Resource, roles: list[Any], *path: str | int) -> Iterator[tuple[str, Resource]]:
    """The role at a path exchanged for each other one."""
    at: Any = resource["Properties"]
    for key in path:
        at = at.get(key) if isinstance(at, dict) else at[key]
    for role in [*roles, "arn:aws:iam::888888888888:role/a-stranger"]:
        if role != at:
            where = ".".join(map(str, path))
            yield f"{where} is {json.dumps(role)}", _set(resource, role, *path)


def _pipeline(resource: Resource, roles: list[Any]) -> Iterator[tuple[str, Resource]]:
    stages: list[Any] = resource["Properties"]["Stages"]
    yield from _exchanged(resource, roles, "RoleArn")
    yield "artifacts in another bucket", _set(resource, "another", "ArtifactStore", "Location")
    for index, stage in enumerate(stages):
        yield f"{stage['Name']} dropped", _set(resource, [*stages[:index], *stages[index + 1 :]], "Stages")
        if index:
            order = [*stages[: index - 1], stage, stages[index - 1], *stages[index + 1 :]]
            yield f"{stage['Name']} before {stages[index - 1]['Name']}", _set(resource, order, "Stages")
        actions = stage["Actions"]
        for number, action in enumerate(actions):
            what, at = f"{stage['Name']}/{action['Name']}", ("Stages", index, "Actions")
            if len(actions) > 1:
                yield f"{what} dropped", _set(resource, [*actions[:number], *actions[number + 1 :]], *at)
            yield f"{what} earlier", _set(resource, action.get("RunOrder", 1) - 1, *at, number, "RunOrder")
            yield f"{what} later", _set(resource, 9, *at, number, "RunOrder")
            if "RoleArn" in action:
                yield from _exchanged(resource, roles[:2], *at, number, "RoleArn")
            for key in (
                "ProjectName",
                "BranchName",
                "RepositoryName",
                "S3Bucket",
                "StackName",
                "RoleArn",
                "ActionMode",
            ):
                if key in action.get("Configuration", {}):
                    yield f"{what}: another {key}", _set(resource, "another", *at, number, "Configuration", key)
        spy = {"Name": "Spy", "ActionTypeId": {"Category": "Invoke", "Owner": "AWS", "Provider": "Lambda"}}
        yield f"{stage['Name']}: an action besides", _set(resource, [*actions, spy], "Stages", index, "Actions")


def _project(resource: Resource, roles: list[Any]) -> Iterator[tuple[str, Resource]]:
    yield from _exchanged(resource, roles, "ServiceRole")
    if not resource["Properties"]["Environment"].get("PrivilegedMode"):
        yield "privileged", _set(resource, True, "Environment", "PrivilegedMode")
    yield "sources of GitHub", _set(resource, "GITHUB", "Source", "Type")
    for index, each in enumerate(resource["Properties"]["Environment"].get("EnvironmentVariables", [])):
        if each["Name"] == "MODEL_CICD_PIPELINE":
            at = ("Environment", "EnvironmentVariables", index, "Value")
            yield "another declared pipeline", _set(resource, "s3://another/pipeline", *at)


def _rule(resource: Resource, roles: list[Any]) -> Iterator[tuple[str, Resource]]:
    properties = resource["Properties"]
    pattern: dict[str, Any] = properties.get("EventPattern", {})
    for path in [(key,) for key in pattern] + [("detail", key) for key in pattern.get("detail", {})]:
        at: Any = pattern
        for key in path[:-1]:
            at = at[key]
        word = ".".join(path)
        dropped = copy.deepcopy(resource)
        inner = dropped["Properties"]["EventPattern"]
        for key in path[:-1]:
            inner = inner[key]
        del inner[path[-1]]
        yield f"pattern without {word}", dropped
        if isinstance(at[path[-1]], list):
            yield f"any {word}", _set(resource, [{"exists": True}], "EventPattern", *path)
            yield f"one {word} more", _set(resource, [*at[path[-1]], "another"], "EventPattern", *path)
    yield "another schedule", _set(resource, "rate(1 minute)", "ScheduleExpression")
    for index, target in enumerate(properties["Targets"]):
        yield from _exchanged(resource, roles, "Targets", index, "RoleArn")
        yield (
            "another target",
            _set(resource, "arn:aws:events:eu-west-1:888888888888:event-bus/x", "Targets", index, "Arn"),
        )
        yield "another input", _set(resource, "{}", "Targets", index, "Input")
        spy = [*properties["Targets"], {**target, "Id": "Spy", "Arn": "arn:aws:sns:eu-west-1:888888888888:x"}]
        yield "a target besides", _set(resource, spy, "Targets")


def _state_machine(resource: Resource, roles: list[Any]) -> Iterator[tuple[str, Resource]]:
    yield from _exchanged(resource, roles, "RoleArn")
    yield "no definition", _set(resource, "{}", "DefinitionString")
    text, tokens = _without_functions(resource["Properties"]["DefinitionString"])
    definition = json.loads(text)

    def written(changed: dict[str, Any]) -> Resource:
        return _set(resource, _with_functions(json.dumps(changed), tokens), "DefinitionString")

    for name, state in definition["States"].items():

        def changed(name: str = name, **members: Any) -> Resource:
            states = definition["States"]
            other = {**definition, "States": {**states, name: {**states[name], **members}}}
            return written(other)

        if "Resource" in state:
            call = state["Resource"].rpartition(":")[0]
            yield f"another call in {name}", changed(Resource=f"{call}:putApprovalResult")
        if "Credentials" in state:
            yield f"another role in {name}", changed(Credentials={"RoleArn": "arn:aws:iam::222222222222:role/other"})
        if "Choices" in state:
            yield f"no choice in {name}", changed(Choices=[])
        yield f"another parameter in {name}", changed(Parameters={"Bucket": "a-strangers"})
        yield f"another answer of {name}", changed(ResultPath="$.elsewhere")
        yield f"begins with {name}", written({**definition, "StartAt": "x"})


def _without_functions(text: Any) -> tuple[str, list[Any]]:
    """A text that may be joined of pieces, with tokens in the places of CloudFormation's functions, and these."""
    pieces = [text] if isinstance(text, str) else text["Fn::Join"][1]
    functions = [piece for piece in pieces if not isinstance(piece, str)]
    return "".join(piece if isinstance(piece, str) else f"<{functions.index(piece)}>" for piece in pieces), functions


def _with_functions(text: str, functions: list[Any]) -> Any:
    """The text as CloudFormation joins it: with the functions in the places of their tokens."""
    if not functions:
        return text
    pieces = re.split(r"<(\d+)>", text)
    return {"Fn::Join": ["", [functions[int(each)] if index % 2 else each for index, each in enumerate(pieces)]]}


def _model(resource: Resource, roles: list[Any]) -> Iterator[tuple[str, Resource]]:
    yield from _exchanged(resource, roles, "ExecutionRoleArn")


def _sagemaker_pipeline(resource: Resource, roles: list[Any]) -> Iterator[tuple[str, Resource]]:
    yield from _exchanged(resource, roles, "RoleArn")
    text = json.dumps(resource["Properties"]["PipelineDefinition"])
    for change, old, new in (
        ("approved at registration", "PendingManualApproval", "Approved"),
        ("rejected at registration", "PendingManualApproval", "Rejected"),
        ("another group at registration", r"\"ModelPackageGroupName\":\"", r"\"ModelPackageGroupName\":\"x"),
        ("no status at registration", r"\"ModelApprovalStatus\":", r"\"Was\":"),
        ("another role of jobs", r":role/", r":role/x"),
        ("another name of a step", r"\"Name\":\"Train\",\"Type\"", r"\"Name\":\"Trains\",\"Type\""),
        ("another type of step", r"\"Type\":\"Training\"", r"\"Type\":\"Processing\""),
    ):  # fmt: skip
        if old in text:
            yield change, _set(resource, json.loads(text.replace(old, new)), "PipelineDefinition")


_OF_TYPE: Mapping[str, Callable[[Resource, list[Any]], Iterator[tuple[str, Resource]]]] = {
    "AWS::CodeBuild::Project": _project,
    "AWS::CodePipeline::Pipeline": _pipeline,
    "AWS::Events::Rule": _rule,
    "AWS::SageMaker::Model": _model,
    "AWS::SageMaker::Pipeline": _sagemaker_pipeline,
    "AWS::StepFunctions::StateMachine": _state_machine,
}
