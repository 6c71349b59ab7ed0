"""The XML and headers of S3's requests against its model: members that it has, enumerations, numbers.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from moto.core.utils import get_service_model

from rehearsal.api import ApiError
from rehearsal.s3_request import S3Request

TAGS = 50  # of a bucket
_MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
_JSON = frozenset({"policy"})
# headers with enumerations that every request which writes an object may have
_HEADERS = {
    "x-amz-server-side-encryption": ("ServerSideEncryption", "The encryption method specified is not supported"),
    "x-amz-acl": ("ObjectCannedACL", "The canned ACL is not valid"),
    "x-amz-object-ownership": ("ObjectOwnership", "Invalid x-amz-object-ownership header"),
}

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
_OF_BUCKETS = ("log-delivery-write",)


def check(request: S3Request) -> None:
    """Raises ApiError for a setting of a bucket, or a header, that S3 does not take."""
    for name, (kind, text) in _HEADERS.items():
        more = _OF_BUCKETS if name == "x-amz-acl" and not request.key else ()
        allowed = (*get_service_model("s3").shape_for(kind).enum, *more)
        if name in request.headers and request.headers[name] not in allowed:
            raise ApiError("InvalidArgument", text)
    setting = next((name for name in request.query if name in _settings()), None)
    if request.method != "PUT" or request.key or setting is None or not request.body:
        return
    try:
        root = ElementTree.fromstring(request.body)
    except ElementTree.ParseError:
        raise ApiError("MalformedXML", _MALFORMED) from None
    wrong = next(_problems(_settings()[setting], root), None)
    if wrong:
        raise ApiError("MalformedXML", f"{_MALFORMED} ({wrong})")
    if setting == "tagging" and sum(_name(each) == "Tag" for each in root.iter()) > TAGS:
        raise ApiError("BadRequest", f"Bucket tag count cannot be greater than {TAGS}")
    for each in root.iter():
        if setting == "lifecycle" and _name(each) in ("Days", "NoncurrentDays") and int(each.text or 0) < 1:
            parents = {child: parent for parent in root.iter() for child in parent}
            if "Expiration" in _name(parents[each]):
                text = f"'{_name(each)}' for {_name(parents[each])} action must be a positive integer"
                raise ApiError("InvalidArgument", text)


@functools.cache
def _settings() -> dict[str, Any]:
    """Query parameter -> the shape of the body that PutBucket... takes."""
    model = get_service_model("s3")
    found: dict[str, Any] = {}
    for name in model.operation_names:
        operation = model.operation_model(name)
        asked = operation.http["requestUri"].partition("?")[2]
        body = operation.input_shape.serialization.get("payload") if operation.input_shape else None
        plain = asked and "=" not in asked and "{Key" not in operation.http["requestUri"]
        if operation.http["method"] == "PUT" and plain and body and asked not in _JSON:
            found[asked] = operation.input_shape.members[body]
    return found


def _problems(shape: Any, element: ElementTree.Element) -> Iterator[str]:
    kind, text = shape.type_name, (element.text or "").strip()
    if kind == "structure":
        members = {_tag(name, member): member for name, member in shape.members.items()}
        for child in element:
            if _name(child) not in members:
                yield f"{_name(element)} has no {_name(child)}"
            else:
                yield from _problems(members[_name(child)], child)
    elif kind == "list" and shape.serialization.get("flattened"):
        yield from _problems(shape.member, element)
    elif kind == "list":
        for child in element:
            yield from _problems(shape.member, child)
    elif kind == "integer" and not text.lstrip("-").isdecimal():
        yield f"{_name(element)} is {text!r}, expected a number"
    elif kind == "boolean" and text.lower() not in ("true", "false"):
        yield f"{_name(element)} is {text!r}, expected true or false"
    elif kind == "string" and shape.enum and text not in shape.enum:
        yield f"{_name(element)} is {text!r}, expected one of {', '.join(shape.enum)}"


def _tag(name: str, member: Any) -> str:
    return str(member.serialization.get("name", name))


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
