"""Tags of every resource. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AddTags.html"""

from __future__ import annotations

import threading

from rehearsal.api import ApiError, Caller, Params, invalid
from rehearsal.sagemaker import arns, listing


class Tags:
    """Tags by ARN; only resources that were `register`ed can have any. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tags: dict[str, dict[str, str]] = {}

    def register(self, arn: str, tags: list[Params] | None) -> None:
        """A resource was made, with `tags` as its request has them."""
        with self._lock:
            self._tags[arn] = _mapping(tags or [])

    def forget(self, arn: str) -> None:
        """A resource was deleted."""
        with self._lock:
            self._tags.pop(arn, None)

    def add_tags(self, caller: Caller, params: Params) -> Params:
        """Add or replace tags."""
        with self._lock:
            tags = self._of(caller, params["ResourceArn"])
            tags.update(_mapping(params["Tags"]))
            return {"Tags": _rows(tags)}

    def list_tags(self, caller: Caller, params: Params) -> Params:
        """The tags of a resource."""
        with self._lock:
            return listing.page(_rows(self._of(caller, params["ResourceArn"])), params, "Tags")

    def delete_tags(self, caller: Caller, params: Params) -> Params:
        """Remove tags by key; absent ones do not matter."""
        with self._lock:
            tags = self._of(caller, params["ResourceArn"])
            for key in params["TagKeys"]:
                tags.pop(key, None)
        return {}

    def _of(self, caller: Caller, arn: str) -> dict[str, str]:
        if arns.parse(arn).scope != (caller.account, caller.region) or arn not in self._tags:
            raise ApiError("ResourceNotFound", f"Resource {arn} does not exist.")
        return self._tags[arn]


def _mapping(tags: list[Params]) -> dict[str, str]:
    keys = [tag["Key"] for tag in tags]
    doubled = next((key for key in keys if keys.count(key) > 1), None)
    if doubled is not None:
        raise invalid(f"Duplicate tag key: {doubled}")
    return {tag["Key"]: tag["Value"] for tag in tags}


def _rows(tags: dict[str, str]) -> list[Params]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
