"""AWS::IAM::Role. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider, Setting, Tagging
from rehearsal.cloudformation.providers._errors import ignoring
from rehearsal.cloudformation.shapes import document, tag_map


class Role(Provider):
    """A role with its inline and attached policies."""

    type = "AWS::IAM::Role"
    service, noun, absent = "iam", "role", ("NoSuchEntity",)
    tagging = Tagging("TagRole", "UntagRole")
    settings: ClassVar = {
        "AssumeRolePolicyDocument": Setting("UpdateAssumeRolePolicy", "PolicyDocument", form=document),
        "PermissionsBoundary": Setting(
            "PutRolePermissionsBoundary", "PermissionsBoundary", "DeleteRolePermissionsBoundary"
        ),
    }
    named_by = "RoleName"

    def create(self, call: Call) -> Made:
        """The role, then its policies."""
        wanted = call.properties
        name = call.name(wanted.get("RoleName"), 64)
        trust = document(wanted["AssumeRolePolicyDocument"])
        chosen = call.pick("Path", "Description", "Tags", "MaxSessionDuration", "PermissionsBoundary")
        answer = call.invoke("CreateRole", RoleName=name, AssumeRolePolicyDocument=trust, **chosen)
        call.reserve(name)
        self._policies(call, name, {}, wanted)
        return self._made(answer["Role"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Everything but name and path."""
        name, new = call.handle, call.properties
        self.put(call, old, RoleName=name)
        described = [(source.get("Description", ""), source.get("MaxSessionDuration", 3600)) for source in (old, new)]
        if described[0] != described[1]:
            description, seconds = described[1]
            call.invoke("UpdateRole", RoleName=name, Description=description, MaxSessionDuration=seconds)
        self.retag(call, old, RoleName=name)
        self._policies(call, name, old, new)
        return self.found(call, name)

    def remove(self, call: Call) -> None:
        """The policies of the template, then the role; foreign policies on it make that fail, as on AWS."""
        self._policies(call, call.handle, call.properties, {})
        call.invoke("DeleteRole", RoleName=call.handle)

    def found(self, call: Call, name: str) -> Made:
        """The one of that name."""
        return self._made(call.invoke("GetRole", RoleName=name)["Role"])

    def actual(self, call: Call) -> dict[str, Any]:
        """Trust, description, session, boundary, tags and policies."""
        name = {"RoleName": call.handle}
        role = call.invoke("GetRole", **name)["Role"]
        inline = [
            {
                key: call.invoke("GetRolePolicy", **name, PolicyName=policy)[key]
                for key in ("PolicyName", "PolicyDocument")
            }
            for policy in call.invoke("ListRolePolicies", **name)["PolicyNames"]
        ]
        attached = call.invoke("ListAttachedRolePolicies", **name)["AttachedPolicies"]
        kept = {key: role.get(key) for key in ("AssumeRolePolicyDocument", "MaxSessionDuration", "Path", "RoleName")}
        return kept | {
            "Description": role.get("Description", ""),
            "PermissionsBoundary": (role.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
            "ManagedPolicyArns": [policy["PolicyArn"] for policy in attached],
            "Policies": inline,
            "Tags": tag_map(role.get("Tags")),
        }

    def _policies(self, call: Call, name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        before, after = (set(source.get("ManagedPolicyArns") or []) for source in (old, new))
        for arn in sorted(after - before):
            call.invoke("AttachRolePolicy", RoleName=name, PolicyArn=arn)
        for arn in sorted(before - after):
            with ignoring("NoSuchEntity"):
                call.invoke("DetachRolePolicy", RoleName=name, PolicyArn=arn)
        inline = {item["PolicyName"]: document(item["PolicyDocument"]) for item in new.get("Policies") or []}
        former = {item["PolicyName"]: document(item["PolicyDocument"]) for item in old.get("Policies") or []}
        for policy, text in inline.items():
            if former.get(policy) != text:
                call.invoke("PutRolePolicy", RoleName=name, PolicyName=policy, PolicyDocument=text)
        for policy in former.keys() - inline.keys():
            with ignoring("NoSuchEntity"):
                call.invoke("DeleteRolePolicy", RoleName=name, PolicyName=policy)

    def _made(self, role: dict[str, Any]) -> Made:
        return Made(role["RoleName"], {"Arn": role["Arn"], "RoleId": role["RoleId"]})
