"""AWS::IAM::ManagedPolicy.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider
from rehearsal.cloudformation.providers._errors import ignoring
from rehearsal.cloudformation.providers.iam_policy import KINDS
from rehearsal.cloudformation.shapes import document

VERSIONS = 5  # that a policy may have, by IAM's quotas


class ManagedPolicy(Provider):
    """A policy of its own, attached to roles, users and groups."""

    type = "AWS::IAM::ManagedPolicy"
    service, noun, absent = "iam", "policy", ("NoSuchEntity",)
    unsupported: ClassVar[dict[str, str]] = {
        "they change without the template": (
            "AttachmentCount CreateDate DefaultVersionId IsAttachable PermissionsBoundaryUsageCount UpdateDate"
        ),
    }
    named_by = "ManagedPolicyName"

    def create(self, call: Call) -> Made:
        """The policy, then its attachments."""
        wanted = call.properties
        answer = call.invoke(
            "CreatePolicy",
            PolicyName=call.name(wanted.get("ManagedPolicyName"), 128),
            PolicyDocument=document(wanted["PolicyDocument"]),
            **call.pick("Path", "Description"),
        )["Policy"]
        call.reserve(answer["Arn"])
        self._attach(call, answer["Arn"], {}, wanted)
        return self._made(answer)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """A new default version; attachments as they are to be."""
        text = document(call.properties["PolicyDocument"])
        if text != document(old["PolicyDocument"]):
            versions = call.invoke("ListPolicyVersions", PolicyArn=call.handle)["Versions"]
            if len(versions) >= VERSIONS:
                oldest = min((v for v in versions if not v["IsDefaultVersion"]), key=lambda v: v["CreateDate"])
                call.invoke("DeletePolicyVersion", PolicyArn=call.handle, VersionId=oldest["VersionId"])
            call.invoke("CreatePolicyVersion", PolicyArn=call.handle, PolicyDocument=text, SetAsDefault=True)
        self._attach(call, call.handle, old, call.properties)
        return self.found(call, call.handle)

    def remove(self, call: Call) -> None:
        """The attachments of the template, the other versions, the policy."""
        self._attach(call, call.handle, call.properties, {})
        for version in call.invoke("ListPolicyVersions", PolicyArn=call.handle)["Versions"]:
            if not version["IsDefaultVersion"]:
                call.invoke("DeletePolicyVersion", PolicyArn=call.handle, VersionId=version["VersionId"])
        call.invoke("DeletePolicy", PolicyArn=call.handle)

    def found(self, call: Call, name: str) -> Made:
        """The one with the ARN `name`."""
        return self._made(call.invoke("GetPolicy", PolicyArn=name)["Policy"])

    def actual(self, call: Call) -> dict[str, Any]:
        """The document of the default version."""
        policy = call.invoke("GetPolicy", PolicyArn=call.handle)["Policy"]
        version = {"PolicyArn": call.handle, "VersionId": policy["DefaultVersionId"]}
        found = call.invoke("GetPolicyVersion", **version)["PolicyVersion"]
        return {"PolicyDocument": found["Document"], "ManagedPolicyName": policy["PolicyName"], "Path": policy["Path"]}

    def _attach(self, call: Call, arn: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        for key, kind in KINDS.items():
            before, after = (set(source.get(key) or []) for source in (old, new))
            for name in sorted(after - before):
                call.invoke(f"Attach{kind}Policy", PolicyArn=arn, **{f"{kind}Name": name})
            for name in sorted(before - after):
                with ignoring("NoSuchEntity"):
                    call.invoke(f"Detach{kind}Policy", PolicyArn=arn, **{f"{kind}Name": name})

    def _made(self, policy: dict[str, Any]) -> Made:
        return Made(policy["Arn"], {"PolicyArn": policy["Arn"], "PolicyId": policy["PolicyId"]})
