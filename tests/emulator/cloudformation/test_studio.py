"""Studio's domains, profiles, spaces, images and notebooks of stacks: records that SageMaker shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.cloudformation.conftest import Stacks, own_tags
from tests.emulator.roles import almighty, trusting

Client = Callable[..., Any]


@pytest.fixture(scope="module")
def sagemaker(client: Client) -> Any:
    return client("sagemaker")


@pytest.fixture(scope="module")
def role(client: Client) -> str:
    return almighty(client("iam"), "studio", trusting("sagemaker.amazonaws.com"))


def ref(name: str, attribute: str | None = None) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, attribute]} if attribute else {"Ref": name}


def template(outputs: dict[str, Any], **resources: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    made = {name: {"Type": f"AWS::SageMaker::{kind}", "Properties": given} for name, (kind, given) in resources.items()}
    return {"Resources": made, "Outputs": {name: {"Value": value} for name, value in outputs.items()}}


def in_sync(stacks: Stacks, stack: str) -> set[str]:
    names = stacks.physical(stack)
    found = (
        stacks.api.detect_stack_resource_drift(StackName=stack, LogicalResourceId=name)["StackResourceDrift"]
        for name in names
    )
    return {
        f"{each['LogicalResourceId']} {each['PropertyDifferences']}"
        for each in found
        if each["StackResourceDriftStatus"] != "IN_SYNC"
    }


def test_a_domain_with_what_is_in_it(stacks: Stacks, sagemaker: Any, role: str) -> None:
    settings = {
        "ExecutionRole": role,
        "SecurityGroups": ["sg-1"],
        "KernelGatewayAppSettings": {"CustomImages": [{"AppImageConfigName": ref("Config"), "ImageName": "own"}]},
    }

    def studio(**more: Any) -> dict[str, Any]:
        domain = {
            "AuthMode": "IAM",
            "DomainName": "team",
            "DefaultUserSettings": settings,
            "VpcId": "vpc-1",
            "SubnetIds": ["subnet-1"],
            "Tags": [{"Key": "a", "Value": "1"}],
        } | more
        config = {"FileSystemConfig": {"DefaultGid": "100"}, "KernelSpecs": [{"Name": "python3"}]}
        return template(
            {
                "Domain": ref("Domain"),
                "Arn": ref("Domain", "DomainArn"),
                "Url": ref("Domain", "Url"),
                "Files": ref("Domain", "HomeEfsFileSystemId"),
                "Profile": ref("Profile"),
                "Space": ref("Space"),
            },
            Domain=("Domain", domain),
            Profile=(
                "UserProfile",
                {"DomainId": ref("Domain"), "UserProfileName": "ada", "UserSettings": {"ExecutionRole": role}},
            ),
            Space=(
                "Space",
                {"DomainId": ref("Domain"), "SpaceName": "shared", "SpaceSettings": {"AppType": "JupyterLab"}},
            ),
            Image=("Image", {"ImageName": "own", "ImageRoleArn": role, "ImageDescription": "d"}),
            Version=(
                "ImageVersion",
                {
                    "ImageName": {"Fn::Select": [1, {"Fn::Split": ["/", ref("Image")]}]},
                    "BaseImage": "111111111111.dkr.ecr.us-east-1.amazonaws.com/own:1",
                },
            ),
            Config=("AppImageConfig", {"AppImageConfigName": "own", "KernelGatewayImageConfig": config}),
            Script=(
                "StudioLifecycleConfig",
                {
                    "StudioLifecycleConfigName": "own",
                    "StudioLifecycleConfigContent": "ZWNobw==",
                    "StudioLifecycleConfigAppType": "JupyterLab",
                },
            ),
        )

    outputs = stacks.outputs(studio(), name="studio")
    domain = outputs["Domain"]
    assert domain.startswith("d-")
    assert outputs["Arn"] == f"arn:aws:sagemaker:us-east-1:111111111111:domain/{domain}"
    assert outputs["Url"] == f"https://{domain}.studio.us-east-1.sagemaker.aws"
    assert outputs["Files"].startswith("fs-")
    assert (outputs["Profile"], outputs["Space"]) == (f"ada|{domain}", f"{domain}|shared")
    shown = sagemaker.describe_domain(DomainId=domain)
    assert (shown["Status"], shown["DefaultUserSettings"]["ExecutionRole"]) == ("InService", role)
    assert [
        each["UserProfileName"] for each in sagemaker.list_user_profiles(DomainIdEquals=domain)["UserProfiles"]
    ] == ["ada"]
    assert sagemaker.describe_space(DomainId=domain, SpaceName="shared")["Status"] == "InService"
    assert sagemaker.describe_image_version(ImageName="own")["Version"] == 1
    assert own_tags(sagemaker.list_tags(ResourceArn=outputs["Arn"])["Tags"]) == [{"Key": "a", "Value": "1"}]
    for filters, found in (({}, ["own"]), ({"NameContains": "x"}, []), ({"ModifiedTimeAfter": "2100-01-01"}, [])):
        configs = sagemaker.list_app_image_configs(SortBy="LastModifiedTime", **filters)["AppImageConfigs"]
        assert [each["AppImageConfigName"] for each in configs] == found, filters
    scripts = sagemaker.list_studio_lifecycle_configs(AppTypeEquals="CodeEditor")["StudioLifecycleConfigs"]
    assert scripts == []
    assert in_sync(stacks, "studio") == set()
    with pytest.raises(ClientError, match="It has a UserProfile associated with it"):
        sagemaker.delete_domain(DomainId=domain)
    changed = studio(SubnetIds=["subnet-1", "subnet-2"], DomainSettings={"SecurityGroupIds": ["sg-2"]})
    changed["Resources"]["Profile"]["Properties"]["UserSettings"]["SecurityGroups"] = ["sg-9"]
    assert stacks.update("studio", changed)["StackStatus"] == "UPDATE_COMPLETE", stacks.reasons("studio")
    shown = sagemaker.describe_domain(DomainId=domain)
    assert (shown["SubnetIds"], shown["DomainSettings"]) == (["subnet-1", "subnet-2"], {"SecurityGroupIds": ["sg-2"]})
    profile = sagemaker.describe_user_profile(DomainId=domain, UserProfileName="ada")
    assert profile["UserSettings"]["SecurityGroups"] == ["sg-9"]
    assert stacks.delete("studio")["StackStatus"] == "DELETE_COMPLETE", stacks.reasons("studio")
    assert sagemaker.list_domains()["Domains"] == []


def test_a_notebook(stacks: Stacks, sagemaker: Any, role: str) -> None:
    def notebook(**more: Any) -> dict[str, Any]:
        given = {"InstanceType": "ml.t3.medium", "RoleArn": role, "LifecycleConfigName": ref("Scripts", NAME)} | more
        scripts = {"OnStart": [{"Content": {"Fn::Base64": "echo"}}]}
        return template(
            {"Name": ref("Notebook", "NotebookInstanceName"), "Arn": ref("Notebook")},
            Scripts=("NotebookInstanceLifecycleConfig", scripts),
            Notebook=("NotebookInstance", given),
        )

    outputs = stacks.outputs(notebook(), name="notebook")
    name = outputs["Name"]
    shown = sagemaker.describe_notebook_instance(NotebookInstanceName=name)
    assert (shown["NotebookInstanceStatus"], shown["NotebookInstanceArn"]) == ("InService", outputs["Arn"])
    with pytest.raises(ClientError, match=r"not in \(\[Stopped, Failed\]\)"):
        sagemaker.delete_notebook_instance(NotebookInstanceName=name)
    assert in_sync(stacks, "notebook") == set()
    changed = notebook(InstanceType="ml.m5.xlarge")
    del changed["Resources"]["Notebook"]["Properties"]["LifecycleConfigName"]
    assert stacks.update("notebook", changed)["StackStatus"] == "UPDATE_COMPLETE", stacks.reasons("notebook")
    shown = sagemaker.describe_notebook_instance(NotebookInstanceName=name)
    assert (shown["InstanceType"], shown["NotebookInstanceStatus"]) == ("ml.m5.xlarge", "InService")
    assert "NotebookInstanceLifecycleConfigName" not in shown
    assert stacks.delete("notebook")["StackStatus"] == "DELETE_COMPLETE", stacks.reasons("notebook")
    assert sagemaker.list_notebook_instances()["NotebookInstances"] == []


NAME = "NotebookInstanceLifecycleConfigName"


def test_roles_are_passed_and_have_to_trust(stacks: Stacks, client: Client) -> None:
    stranger = almighty(client("iam"), "not-of-sagemaker", trusting("events.amazonaws.com"))
    domain = {"AuthMode": "IAM", "DomainName": "x", "DefaultUserSettings": {"ExecutionRole": stranger}}
    found = stacks.create(template({}, Domain=("Domain", domain)))
    assert found["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "allows principal 'sagemaker.amazonaws.com'" in stacks.reasons(found["StackId"])[0]
