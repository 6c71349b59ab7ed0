"""IAM. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html"""

from __future__ import annotations

from collections.abc import Iterator

from moto.iam.models import iam_backends

from rehearsal.iam.checks import Asked, Check, On, Rule, several, tag_context, tags_of


def _arn(asked: Asked, kind: str, name: str) -> str:
    """The ARN of a role, user, group or instance profile: with its path when it exists."""
    who = asked.caller
    backend = iam_backends[who.account][who.partition]
    path = str(asked.get("Path") or "/")
    known = {"role": backend.roles, "instance-profile": backend.instance_profiles}.get(kind, {})
    found = next((each for each in list(known.values()) if each.name == name), None)
    if found is not None:
        return str(found.arn)
    return f"arn:{who.partition}:iam::{who.account}:{kind}{path}{name}"


def _of(kind: str, member: str) -> Rule:
    """The action on a role or user, with the policy and boundary it is given as condition keys."""

    def checks(asked: Asked) -> Iterator[Check]:
        name = asked.get(member)
        tags = tags_of(asked, "Tags")
        context = tag_context(tags)
        if asked.get("PolicyArn"):
            context["iam:PolicyARN"] = str(asked.get("PolicyArn"))
        if asked.get("PermissionsBoundary"):
            context["iam:PermissionsBoundary"] = str(asked.get("PermissionsBoundary"))
        elif kind == "role" and name and asked.operation != "CreateRole":
            boundary = _boundary(asked, str(name))
            context |= {"iam:PermissionsBoundary": boundary} if boundary else {}
        arn = _arn(asked, kind, str(name)) if name else "*"
        yield Check(f"iam:{asked.operation}", arn, asked.caller.account, context)
        if tags and asked.operation == "CreateRole":
            yield Check("iam:TagRole", arn, asked.caller.account, tag_context(tags))

    return checks


def _profile(asked: Asked) -> Iterator[Check]:
    """An instance profile; a role that is put into it is handed to EC2."""
    yield from _of("instance-profile", "InstanceProfileName")(asked)
    if asked.operation == "AddRoleToInstanceProfile":
        role = _arn(asked, "role", str(asked.get("RoleName")))
        yield Check("iam:PassRole", role, asked.caller.account, {"iam:PassedToService": "ec2.amazonaws.com"})


def _boundary(asked: Asked, name: str) -> str | None:
    roles = iam_backends[asked.caller.account][asked.caller.partition].roles.values()
    found = next((role.permissions_boundary_arn for role in roles if role.name == name), None)
    return str(found) if found else None


def _new_policy(asked: Asked) -> Iterator[Check]:
    arn = _arn(asked, "policy", str(asked.get("PolicyName")))
    tags = tag_context(tags_of(asked, "Tags"))
    yield Check("iam:CreatePolicy", arn, asked.caller.account, tags)
    if tags:
        yield Check("iam:TagPolicy", arn, asked.caller.account, tags)


def _new_provider(asked: Asked) -> Iterator[Check]:
    """An OIDC provider, whose ARN is made of its URL."""
    host = str(asked.get("Url")).removeprefix("https://").rstrip("/")
    arn = f"arn:{asked.caller.partition}:iam::{asked.caller.account}:oidc-provider/{host}"
    tags = tag_context(tags_of(asked, "Tags"))
    yield Check("iam:CreateOpenIDConnectProvider", arn, asked.caller.account, tags)
    if tags:
        yield Check("iam:TagOpenIDConnectProvider", arn, asked.caller.account, tags)


def _service_linked(asked: Asked) -> Iterator[Check]:
    service = str(asked.get("AWSServiceName"))
    arn = f"arn:{asked.caller.partition}:iam::{asked.caller.account}:role/aws-service-role/{service}/*"
    yield Check("iam:CreateServiceLinkedRole", arn, asked.caller.account, {"iam:AWSServiceName": service})


_ROLE = ("CreateRole", "GetRole", "DeleteRole", "UpdateRole", "UpdateRoleDescription", "UpdateAssumeRolePolicy",
         "PutRolePolicy", "GetRolePolicy", "DeleteRolePolicy", "ListRolePolicies", "AttachRolePolicy",
         "DetachRolePolicy", "ListAttachedRolePolicies", "TagRole", "UntagRole", "ListRoleTags",
         "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary", "ListInstanceProfilesForRole")  # fmt: skip
_USER = ("CreateUser", "GetUser", "DeleteUser", "PutUserPolicy", "DeleteUserPolicy", "AttachUserPolicy",
         "DetachUserPolicy", "CreateAccessKey", "DeleteAccessKey", "ListAccessKeys", "ListAttachedUserPolicies",
         "ListUserPolicies", "ListGroupsForUser", "ListMFADevices")  # fmt: skip
_POLICY = ("GetPolicy", "DeletePolicy", "GetPolicyVersion", "CreatePolicyVersion", "DeletePolicyVersion",
           "ListPolicyVersions", "SetDefaultPolicyVersion", "ListEntitiesForPolicy", "TagPolicy", "UntagPolicy",
           "ListPolicyTags")  # fmt: skip
_PROVIDER = ("GetOpenIDConnectProvider", "DeleteOpenIDConnectProvider", "AddClientIDToOpenIDConnectProvider",
             "RemoveClientIDFromOpenIDConnectProvider", "UpdateOpenIDConnectProviderThumbprint",
             "ListOpenIDConnectProviderTags")  # fmt: skip

RULES: dict[str, Rule] = {
    **{name: _of("role", "RoleName") for name in _ROLE},
    **{name: _of("user", "UserName") for name in _USER},
    **several("{PolicyArn}", *_POLICY),
    **dict.fromkeys(
        (
            "CreateInstanceProfile",
            "GetInstanceProfile",
            "DeleteInstanceProfile",
            "AddRoleToInstanceProfile",
            "RemoveRoleFromInstanceProfile",
        ),
        _profile,
    ),
    "CreatePolicy": _new_policy,
    "CreateServiceLinkedRole": _service_linked,
    "CreateOpenIDConnectProvider": _new_provider,
    **several("{OpenIDConnectProviderArn}", *_PROVIDER),
    "TagOpenIDConnectProvider": On("{OpenIDConnectProviderArn}", tags="Tags"),
    "UntagOpenIDConnectProvider": On("{OpenIDConnectProviderArn}", keys={"aws:TagKeys": "TagKeys[]"}),
    **several(
        "*",
        "ListGroups",
        "ListInstanceProfiles",
        "ListOpenIDConnectProviders",
        "ListSAMLProviders",
        "GetAccountAuthorizationDetails",
        "SimulateCustomPolicy",
        "ListServerCertificates",
        "ListVirtualMFADevices",
        "GetAccountPasswordPolicy",
    ),
    "SimulatePrincipalPolicy": On("{PolicySourceArn}"),
    **several("*", "ListRoles", "ListUsers", "ListPolicies", "ListAccountAliases", "GetAccountSummary"),
}
