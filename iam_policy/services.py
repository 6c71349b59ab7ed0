"""What differs between services: who has resource policies, and which operations stay with the owner.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
"""

from __future__ import annotations

from iam_policy.errors import Unsupported
from iam_policy.request import Request

# Services (by their action prefix) whose resources can have a resource policy. A policy given for another one is a
# mistake of the caller; iam and sts are below, for the trust policy of a role speaks of sts actions only.
RESOURCE_POLICIES = frozenset({
    "acm-pca", "apigateway", "backup", "cloudtrail", "codeartifact", "codebuild", "dynamodb", "ecr", "ecr-public",
    "elasticfilesystem", "es", "events", "execute-api", "glacier", "glue", "kafka", "kinesis", "kms", "lambda", "lex",
    "logs", "mediastore", "redshift-serverless", "rekognition", "s3", "s3-object-lambda", "s3-outposts", "s3express",
    "s3tables", "sagemaker", "schemas", "secretsmanager", "serverlessrepo", "ses", "signer", "sns", "sqs", "ssm",
    "ssm-contacts", "vpc-lattice",
})  # fmt: skip
_WITH_TOKEN = "sts:assumerolewithwebidentity"
TRUST = frozenset({"sts:assumerole", "sts:tagsession", "sts:setsourceidentity"})
#: with a token; tags and the source identity that come with it are asked of the trust policy as well
WEB_IDENTITY = frozenset({_WITH_TOKEN, "sts:tagsession", "sts:setsourceidentity"})
_OF_ROLES = TRUST | WEB_IDENTITY
SAML = "sts:assumerolewithsaml"


def refuse_unknown(request: Request, *, has_resource_policy: bool) -> None:
    """Raise Unsupported for what is not known of the request's service."""
    action = request.lowered
    if action == SAML:
        raise Unsupported(f"{request.action}: signing in with SAML is not decided here")
    if (request.principal.kind == "web-identity") > (action in WEB_IDENTITY):
        raise Unsupported(f"{request.action} with a token: nothing but a role is got with one")
    if has_resource_policy and request.service not in RESOURCE_POLICIES and action not in _OF_ROLES:
        raise Unsupported(f"{request.action} with a resource policy: none is known for {request.service!r}")


def delegates(request: Request) -> bool:
    """Whether identity policies of the owner's account count only when the resource policy lets them.

    "IAM role trust policies and KMS key policies are exceptions to this logic, because they must explicitly allow
    access for principals."
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
    """
    if request.lowered in TRUST:
        return True
    return request.service == "kms" and ":key/" in request.resource


def policy_word(request: Request) -> str:
    """What the request's kind of resource policy is called."""
    if request.lowered in _OF_ROLES:
        return "trust policy"
    return {"kms": "key policy", "s3": "bucket policy"}.get(request.service, "resource policy")


def always_allowed(request: Request) -> bool:
    """Operations that need no permission and that no Deny stops.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    return request.lowered == "sts:getcalleridentity" and request.principal.kind != "anonymous"


def beyond_resource_policy(request: Request) -> bool:
    """Whether the resource policy does not count, not even its denies: the owner's root user can always repair it.

    "the root principal in a bucket owner's AWS account can perform the GetBucketPolicy, PutBucketPolicy, and
    DeleteBucketPolicy API actions, even if their bucket policy explicitly denies the root principal's access"
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
    """
    principal = request.principal
    return (
        principal.kind == "root" and principal.account == request.resource_account and request.lowered in BUCKET_POLICY
    )


def forbidden(request: Request) -> str | None:
    """Why no policy can allow the request, or None."""
    principal, action = request.principal, request.lowered
    if action in TRUST and principal.kind == "root":
        # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
        return f"{principal} is a root user, which cannot assume roles"
    if principal.kind == "web-identity" or action == _WITH_TOKEN:
        return _forbidden_token(request)
    if principal.account == request.resource_account or principal.kind == "service":
        return None
    if kept_by_owner(action):
        return f"{request.action} is only for the account that owns the resource, {request.resource_account}"
    return None


def _forbidden_token(request: Request) -> str | None:
    """Roles are for tokens of a provider of their own account, and for those who have one."""
    principal = request.principal
    if principal.kind != "web-identity":
        return f"{principal} has no token"
    account = principal.arn.split(":")[4]
    if account == request.resource_account:
        return None
    return f"the provider of {principal} is in account {account}, not in the role's account {request.resource_account}"


def kept_by_owner(action: str) -> bool:
    """Whether no other account than the resource's can be allowed the action."""
    lowered = action.lower()
    service = lowered.partition(":")[0]
    return lowered in OWNER_ONLY or (service in CROSS_ACCOUNT and lowered not in CROSS_ACCOUNT[service])


BUCKET_POLICY = frozenset({"s3:putbucketpolicy", "s3:getbucketpolicy", "s3:deletebucketpolicy"})

# Operations that no other account can be allowed.
# "the calling identity must have the PutBucketPolicy permissions on the specified bucket and belong to the bucket
# owner's account", https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
# "Cross-account permissions don't apply to the following actions",
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-limitations-of-custom-policies.html
OWNER_ONLY = BUCKET_POLICY | {
    "sqs:addpermission", "sqs:cancelmessagemovetask", "sqs:createqueue", "sqs:deletequeue", "sqs:listmessagemovetasks",
    "sqs:listqueues", "sqs:listqueuetags", "sqs:removepermission", "sqs:setqueueattributes",
    "sqs:startmessagemovetask", "sqs:tagqueue", "sqs:untagqueue",
}  # fmt: skip

# The only operations of a service that another account can be allowed.
# "Cross-account permission is effective only for the following operations",
# https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
CROSS_ACCOUNT = {
    "kms": frozenset({
        "kms:creategrant", "kms:decrypt", "kms:derivesharedsecret", "kms:describekey", "kms:encrypt",
        "kms:generatedatakey", "kms:generatedatakeypair", "kms:generatedatakeypairwithoutplaintext",
        "kms:generatedatakeywithoutplaintext", "kms:generatemac", "kms:getkeyrotationstatus", "kms:getpublickey",
        "kms:listgrants", "kms:reencryptfrom", "kms:reencryptto", "kms:retiregrant", "kms:revokegrant", "kms:sign",
        "kms:verify", "kms:verifymac",
    }),
}  # fmt: skip
