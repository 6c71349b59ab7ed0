"""AWS::IAM::Role. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html"""

from __future__ import annotations

from typing import Any

from rehearsal.cloudformation.provider import Call, Made, Provider
from rehearsal.cloudformation.providers._errors import ignoring, not_found
from rehearsal.cloudformation.providers._tags import retag
from rehearsal.cloudformation.shapes import document


class Role(Provider):
    """A role with its inline and attached policies."""

    type = "AWS::IAM::Role"
    named_by = "RoleName"

    def create(self, call: Call) -> Made:
        """The role, then its policies."""
        wanted = call.properties
        name = call.name(wanted.get("RoleName"), 64)
        trust = document(wanted["AssumeRolePolicyDocument"])
        chosen = call.pick("Path", "Description", "Tags", "MaxSessionDuration", "PermissionsBoundary")
        answer = call.invoke("iam", "CreateRole", RoleName=name, AssumeRolePolicyDocument=trust, **chosen)
        call.reserve(name)
        self._policies(call, name, {}, wanted)
        return self._made(answer["Role"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Everything but name and path."""
        name, new = call.handle, call.properties
        trust = document(new["AssumeRolePolicyDocument"])
        if trust != document(old["AssumeRolePolicyDocument"]):
            call.invoke("iam", "UpdateAssumeRolePolicy", RoleName=name, PolicyDocument=trust)
        described = [(source.get("Description"), source.get("MaxSessionDuration")) for source in (old, new)]
        if described[0] != described[1]:
            call.invoke(
                "iam",
                "UpdateRole",
                RoleName=name,
                Description=new.get("Description", ""),
                MaxSessionDuration=new.get("MaxSessionDuration", 3600),
            )
        boundary = new.get("PermissionsBoundary")
        if boundary != old.get("PermissionsBoundary"):
            if boundary:
                call.invoke("iam", "PutRolePermissionsBoundary", RoleName=name, PermissionsBoundary=boundary)
            else:
                call.invoke("iam", "DeleteRolePermissionsBoundary", RoleName=name)
        retag(call, old, "iam", ("TagRole", "UntagRole"), RoleName=name)
        self._policies(call, name, old, new)
        return self._made(call.invoke("iam", "GetRole", RoleName=name)["Role"])

    def delete(self, call: Call) -> None:
        """The policies of the template, then the role; foreign policies on it make that fail, as on AWS."""
        with ignoring("NoSuchEntity"):
            for arn in call.properties.get("ManagedPolicyArns") or []:
                with ignoring("NoSuchEntity"):
                    call.invoke("iam", "DetachRolePolicy", RoleName=call.handle, PolicyArn=arn)
            for policy in call.properties.get("Policies") or []:
                with ignoring("NoSuchEntity"):
                    call.invoke("iam", "DeleteRolePolicy", RoleName=call.handle, PolicyName=policy["PolicyName"])
            call.invoke("iam", "DeleteRole", RoleName=call.handle)

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """The one of that name. Raises NotFound."""
        with not_found(f"role {identifier['RoleName']}", "NoSuchEntity"):
            return self._made(call.invoke("iam", "GetRole", RoleName=identifier["RoleName"])["Role"])

    def _policies(self, call: Call, name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        before, after = (set(source.get("ManagedPolicyArns") or []) for source in (old, new))
        for arn in sorted(after - before):
            call.invoke("iam", "AttachRolePolicy", RoleName=name, PolicyArn=arn)
        for arn in sorted(before - after):
            with ignoring("NoSuchEntity"):
                call.invoke("iam", "DetachRolePolicy", RoleName=name, PolicyArn=arn)
        inline = {item["PolicyName"]: document(item["PolicyDocument"]) for item in new.get("Policies") or []}
        former = {item["PolicyName"]: document(item["PolicyDocument"]) for item in old.get("Policies") or []}
        for policy, text in inline.items():
            if former.get(policy) != text:
                call.invoke("iam", "PutRolePolicy", RoleName=name, PolicyName=policy, PolicyDocument=text)
        for policy in former.keys() - inline.keys():
            with ignoring("NoSuchEntity"):
                call.invoke("iam", "DeleteRolePolicy", RoleName=name, PolicyName=policy)

    def _made(self, role: dict[str, Any]) -> Made:
        return Made(role["RoleName"], {"Arn": role["Arn"], "RoleId": role["RoleId"]})
