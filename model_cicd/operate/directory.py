"""The deployment groups that there are: from a manifest, or from what deployments published in the caller's account."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from model_cicd.aws.retention import Retention
from model_cicd.operate.access import Access
from model_cicd.operate.records import DEFAULT_APPROVAL_MINUTES, Group, Place, Retirement, StackPlace, Trainer
from model_cicd.sagemaker_model_cicd.topology.outputs import ENVIRONMENT_KEY, GROUP_KEY, promotion_parameters
from model_cicd.text.errors import ModelCicdError, did_you_mean

#: every module publishes below `/<project>-model-cicd/`
_PUBLISHED = "-model-cicd/"

T = TypeVar("T")


def groups(manifest: Path | None, access: Callable[[], Access]) -> list[Group]:
    """The groups in `manifest`, or without one those published in the SSM parameters of the caller's account.

    `access` is called only when AWS must be asked. Raises ModelCicdError when there are none.
    """
    if manifest is not None:
        from model_cicd.operate.manifest import topologies

        return [
            parse(promotion_parameters(topology, group))
            for topology in topologies(manifest)
            for group in topology.groups
        ]
    found = _published(access())
    if not found:
        where = access().account
        raise ModelCicdError(
            f"account {where} region {access().region}: no deployment groups are published there; expected the tooling "
            "or a build account and its region (--region), or name the deployment manifest"
        )
    return found


def removed(manifest: Path, access: Access) -> list[Group]:
    """The groups that deployments of the manifest's modules published and the manifest no longer has.

    They are read in the tooling account, as the caller or through its CDK lookup role. Raises ModelCicdError.
    """
    from model_cicd.operate.manifest import topologies

    found = []
    for topology in topologies(manifest):
        place, path = topology.tooling.place, topology.parameter_path
        role = topology.context.bootstrap(place).lookup
        client = access.client("ssm", account=place.account, region=place.region, role_arn=role)
        known = {group.name for group in topology.groups}
        with access.asking("ssm:GetParametersByPath", f"{path} of account {place.account}"):
            published = published_below(client, path)
        there = [parse(values, at) for at, values in published.items()]
        found += [group for group in there if group.name not in known]
    return found


def published_below(ssm: Any, path: str, depth: int = 1) -> dict[str, dict[str, str]]:
    """What deployments published of groups `depth` parts below a path of SSM, for `parse`: by their paths, in order."""
    own = re.compile(rf"({re.escape(path)}(?:/[^/]+){{{depth}}})/({GROUP_KEY}|{ENVIRONMENT_KEY}\d+)")
    found: dict[str, dict[str, str]] = {}
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True)
    for each in (each for page in pages for each in page["Parameters"]):
        if named := own.fullmatch(each["Name"]):
            found.setdefault(named[1], {})[named[2]] = each["Value"]
    return {at: values for at, values in sorted(found.items()) if GROUP_KEY in values}


def find(groups: Sequence[Group], name: str) -> Group:
    """The group `name`, or `MODULE/GROUP`. Raises ModelCicdError when there is none, or more than one."""
    return choose([(each.module, each.name, each) for each in groups], name)


def choose(groups: Sequence[tuple[str, str, T]], name: str) -> T:
    """What stands with the module and group that `name` is about, as `find`."""
    found = [each for each in groups if name in (each[1], f"{each[0]}/{each[1]}")]
    if len(found) == 1:
        return found[0][2]
    if found:
        full = ", ".join(f"{module}/{group}" for module, group, _ in found)
        raise ModelCicdError(f"group {name!r}: several modules have one, expected one of {full}")
    names = [group for _, group, _ in groups]
    raise ModelCicdError(f"got group {name!r}, expected one of {', '.join(names)}{did_you_mean(name, names)}")


def find_place(group: Group, name: str) -> Place:
    """The environment `name` of `group`. Raises ModelCicdError when there is none."""
    found = next((each for each in group.places if each.name == name), None)
    if found is None:
        names = [each.name for each in group.places]
        expected = f"expected one of {', '.join(names)}{did_you_mean(name, names)}"
        raise ModelCicdError(f"{group.name}: got environment {name!r}, {expected}")
    return found


def parse(parameters: Mapping[str, str], path: str = "") -> Group:
    """The group that `promotion_parameters` wrote, by the keys below the group's `path`.

    Raises ModelCicdError for anything else: whoever may write parameters of the account may write there.
    """
    try:
        return _group(parameters)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelCicdError(
            f"SSM parameters below {path or 'a group'}: got something that no deployment published there "
            f"({type(error).__name__}: {error}); expected a deployment group, or name the deployment manifest"
        ) from None


def _group(parameters: Mapping[str, str]) -> Group:
    data: dict[str, Any] = json.loads(parameters[GROUP_KEY])
    environments = [json.loads(parameters[key]) for key in sorted(parameters) if key.startswith(ENVIRONMENT_KEY)]
    return Group(
        name=data["group"],
        module=data["module"],
        partition=data["partition"],
        tooling_account=data["toolingAccount"],
        tooling_region=data["toolingRegion"],
        pipeline_name=data["pipelineName"],
        build_account=data["buildAccount"],
        build_region=data["buildRegion"],
        build_lookup_role_arn=data["buildLookupRoleArn"],
        model_package_group_name=data["modelPackageGroupName"],
        approver_policy_arn=data["approverPolicyArn"],
        stage_approver_policy_arn=data["stageApproverPolicyArn"],
        scientist_policy_arn=data.get("scientistPolicyArn", ""),
        training_scientist_policy_arn=data.get("trainingScientistPolicyArn", ""),
        places=tuple(_place(each) for each in environments),
        trainer=Trainer(
            data.get("sagemakerPipelineName", ""), data.get("trainingPipelineName", ""), data.get("schedule", "")
        ),
        approval_minutes=int(data.get("approvalMinutes") or DEFAULT_APPROVAL_MINUTES),
        stacks=tuple(_stacks(data)),
        kept=tuple(_kept(data)),
        release_group_name=data.get("releaseGroupName", ""),
        registry_bucket=data.get("registryBucketName", ""),
        retirement=_retirement(data),
    )


def _retirement(data: Mapping[str, Any]) -> Retirement:
    if "retirerPolicyArn" not in data:
        return Retirement()
    numbers = (int(data[key]) for key in ("keep", "olderThanDays", "servedWithinDays"))
    return Retirement(Retention(*numbers), str(data["retirerPolicyArn"]))


def _stacks(data: Mapping[str, Any]) -> Iterator[StackPlace]:
    for key in ("toolingStackName", "promotionStackName"):
        if key in data:
            yield StackPlace(data[key], data["toolingAccount"], data["toolingRegion"])
    if "buildStackName" in data:
        role = data["buildLookupRoleArn"]
        yield StackPlace(data["buildStackName"], data["buildAccount"], data["buildRegion"], role)


def _kept(data: Mapping[str, Any]) -> Iterator[str]:
    yield f"model package group {data['modelPackageGroupName']}"
    if "releaseGroupName" in data:
        yield f"model package group {data['releaseGroupName']}"
        yield f"buckets {data['registryBucketName']} and {data['releasesBucketName']} with their keys"


def _place(data: Mapping[str, Any]) -> Place:
    return Place(
        name=data["name"],
        type=data["type"],
        account=data["account"],
        region=data["region"],
        stack_name=data["stackName"],
        endpoint_name=data["endpointName"],
        require_approval=data["requireApproval"],
        deploy_role_arn=data["deployRoleArn"],
        lookup_role_arn=data["lookupRoleArn"],
        cfn_exec_role_arn=data["cfnExecRoleArn"],
        state_machine_arn=data.get("stateMachineArn", ""),
    )


def _published(access: Access) -> list[Group]:
    """Every group published in the caller's account and region, in the order of names."""
    region = access.region
    if not region:
        raise ModelCicdError("the region is not known: set AWS_REGION or --region to the tooling account's region")
    ssm = access.client("ssm", account=access.account, region=region)
    with access.asking("ssm:DescribeParameters", f"account {access.account}", "or name the deployment manifest"):
        pages = ssm.get_paginator("describe_parameters").paginate(
            ParameterFilters=[{"Key": "Name", "Option": "Contains", "Values": [_PUBLISHED]}]
        )
        names = sorted(each["Name"] for page in pages for each in page["Parameters"])
    paths = [name.removesuffix(f"/{GROUP_KEY}") for name in names if name.endswith(f"/{GROUP_KEY}")]
    found = []
    for path in paths:
        with access.asking("ssm:GetParametersByPath", f"{path} of account {access.account}"):
            pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=f"{path}/promotion", Recursive=True)
            values = {each["Name"]: each["Value"] for page in pages for each in page["Parameters"]}
        found.append(parse({name.removeprefix(f"{path}/"): value for name, value in values.items()}, path))
    return found
