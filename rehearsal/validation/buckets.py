"""S3: names of buckets, their policies and ACLs.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from moto.s3.models import s3_backends

from rehearsal.accounts import Accounts
from rehearsal.api import ApiError, Caller
from rehearsal.s3_request import S3Request
from rehearsal.validation.existence import missing
from rehearsal.validation.public import is_public
from rehearsal.validation.rule import document, parsed, several, statements
from rehearsal.validation.tags import of_stack

POLICY_BYTES = 20_480
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_ACTIONS = re.compile(r"(s3|s3-object-lambda|s3express|s3tables|s3-outposts):.+|\*")
_PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read")
_EVERYONE = (
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
)
_SYSTEM_TAG = re.compile(r"<Key>\s*aws:")
_GRANTS = ("x-amz-grant-read", "x-amz-grant-write", "x-amz-grant-read-acp", "x-amz-grant-write-acp",
           "x-amz-grant-full-control")  # fmt: skip


def check(request: S3Request, caller: Caller, accounts: Accounts) -> None:
    """Raises ApiError for what S3 refuses."""
    plain = not request.key and not request.query
    if not of_stack(caller):
        _tags(request)
    if request.method == "PUT" and plain:
        _new(request)
    elif request.method == "PUT" and not request.key and "policy" in request.query:
        _policy(request, accounts)
    elif request.method in ("PUT", "POST"):
        _acl(request)


def valid_name(name: str) -> bool:
    """Whether a new bucket can have the name."""
    return bool(
        _NAME.fullmatch(name)
        and ".." not in name
        and not _ADDRESS.fullmatch(name)
        and not name.startswith(_PREFIXES)
        and not name.endswith(_SUFFIXES)
    )


def _new(request: S3Request) -> None:
    """A new bucket: its name, and an ACL, which its owner's enforcement and the block of public ones forbid."""
    if not valid_name(request.bucket):
        raise ApiError("InvalidBucketName", "The specified bucket is not valid.")
    acl = request.headers.get("x-amz-acl", "private")
    enforced = request.headers.get("x-amz-object-ownership", "BucketOwnerEnforced") == "BucketOwnerEnforced"
    if enforced and (
        acl not in ("private", "bucket-owner-full-control") or not request.headers.keys().isdisjoint(_GRANTS)
    ):
        text = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        raise ApiError("InvalidBucketAclWithObjectOwnership", text)
    if acl in _PUBLIC_ACLS:
        text = "Bucket cannot have public ACLs set with BlockPublicAccess enabled"
        raise ApiError("InvalidBucketAclWithBlockPublicAccessError", text)


def _policy(request: S3Request, accounts: Accounts) -> None:
    name, text = request.bucket, request.body.decode("utf-8", "replace")
    found = document(text, _malformed("Policies must be valid JSON and the first byte must be '{'"))
    if len(request.body) > POLICY_BYTES:
        raise _malformed("Policy exceeds the maximum allowed document size.")
    for statement in statements(found):
        _statement(statement, name)
    if any(True for _ in missing(found, accounts)):
        raise _malformed("Invalid principal in policy")
    try:
        parsed(found, "the bucket policy")
    except ValueError as cause:
        raise _malformed(f"The policy is not valid: {cause}") from None
    block = getattr(_bucket(name), "public_access_block", None)
    if block is not None and block.block_public_policy and is_public(found):
        text = "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
        raise ApiError("AccessDenied", f"s3:PutBucketPolicy on resource: arn:aws:s3:::{name} is denied {text}", 403)


def _tags(request: S3Request) -> None:
    """The tags of a bucket or an object, in the body or in a header."""
    held = request.body.decode("utf-8", "replace") if "tagging" in request.query else ""
    named = parse_qs(request.headers.get("x-amz-tagging", ""), keep_blank_values=True)
    if _SYSTEM_TAG.search(held) or any(key.startswith("aws:") for key in named):
        raise ApiError("InvalidTag", "System tags cannot be added/updated by requester")


def _statement(statement: Mapping[str, Any], bucket: str) -> None:
    """Actions are S3's, resources are the bucket and its objects, and the ones apply to the others."""
    if not statement.keys() & {"Principal", "NotPrincipal"}:
        raise _malformed("Missing required field Principal")
    actions = [str(each) for each in (*several(statement.get("Action")), *several(statement.get("NotAction")))]
    if any(not _ACTIONS.fullmatch(action) for action in actions):
        raise _malformed("Policy has invalid action")
    resources = [str(each) for each in (*several(statement.get("Resource")), *several(statement.get("NotResource")))]
    for resource in resources:
        parts = resource.split(":", 5)
        named = parts[5].partition("/")[0] if len(parts) == 6 and parts[2] == "s3" else ""
        if resource != "*" and not _covers(named, bucket):
            raise _malformed("Policy has invalid resource")
    if "Action" in statement and "Resource" in statement and not _applies(actions, resources):
        raise _malformed("Action does not apply to any resource(s) in statement")


def _covers(pattern: str, bucket: str) -> bool:
    text = "".join(".*" if each == "*" else "." if each == "?" else re.escape(each) for each in pattern)
    return re.fullmatch(text, bucket) is not None


def _applies(actions: list[str], resources: list[str]) -> bool:
    """Whether objects are named for each action of objects, and the bucket for each of buckets."""
    objects = any("/" in resource or resource.endswith("*") for resource in resources)
    buckets = any("/" not in resource for resource in resources)
    return all(("*" in action or (objects if _of_objects(action) else buckets)) for action in actions)


def _of_objects(action: str) -> bool:
    name = action.partition(":")[2].lower()
    multipart = name in ("abortmultipartupload", "listmultipartuploadparts")
    return multipart or ("object" in name and "bucket" not in name) or name in ("replicatedelete", "replicatetags")


def _acl(request: S3Request) -> None:
    """ACLs on a bucket or an object, where the owner of the bucket is enforced or public ones are blocked."""
    bucket, headers = _bucket(request.bucket), request.headers
    acl = headers.get("x-amz-acl")
    grants = [headers[name] for name in _GRANTS if name in headers]
    given = acl is not None or grants or "acl" in request.query
    if bucket is None or not given:
        return
    owner = bucket.ownership_rule
    if owner == "BucketOwnerEnforced" and acl != "bucket-owner-full-control":
        raise ApiError("AccessControlListNotSupported", "The bucket does not allow ACLs")
    block = bucket.public_access_block
    everyone = any(group in text for group in _EVERYONE for text in (*grants, request.body.decode("utf-8", "replace")))
    if block is not None and block.block_public_acls and (acl in _PUBLIC_ACLS or (everyone and "acl" in request.query)):
        text = "because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access."
        raise ApiError("AccessDenied", f"The ACL of {request.path[1:]} is denied {text}", 403)


def _bucket(name: str) -> Any | None:
    found = s3_backends.bucket_accounts.get(name)
    return s3_backends[found[1]][found[0]].buckets.get(name) if found else None


def _malformed(message: str) -> ApiError:
    return ApiError("MalformedPolicy", message)
