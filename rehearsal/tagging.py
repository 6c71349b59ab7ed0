"""The operations on tags, which several services have alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rehearsal.api import Caller, Params
from rehearsal.params import only


class Tagging:
    """TagResource, UntagResource and ListTagsForResource.

    `find` gives the tags of the resource with an ARN and raises ApiError without it. `arn`, `tags` and `keys` are what
    requests call these; `pair` is what lists of tags call key and value, None where tags are an object. `pages` are the
    members by which ListTagsForResource asks for a page.
    """

    def __init__(
        self,
        find: Callable[[Caller, str], dict[str, str]],
        *,
        arn: str = "resourceArn",
        tags: str = "tags",
        keys: str = "tagKeys",
        pair: tuple[str, str] | None = ("key", "value"),
        pages: tuple[str, ...] = (),
    ) -> None:
        self._find, self._pages = find, pages
        self._arn, self._tags, self._keys, self._pair = arn, tags, keys, pair

    def tag_resource(self, caller: Caller, params: Params) -> Params:
        """Add or replace tags."""
        only(params, {self._arn, self._tags}, "TagResource")
        self._find(caller, params[self._arn]).update(self.read(params[self._tags]))
        return {}

    def untag_resource(self, caller: Caller, params: Params) -> Params:
        """Remove tags by key; absent ones do not matter."""
        only(params, {self._arn, self._keys}, "UntagResource")
        tags = self._find(caller, params[self._arn])
        for key in params[self._keys]:
            tags.pop(key, None)
        return {}

    def list_tags_for_resource(self, caller: Caller, params: Params) -> Params:
        """All tags, on one page."""
        only(params, {self._arn, *self._pages}, "ListTagsForResource")
        return {self._tags: self.shown(self._find(caller, params[self._arn]))}

    def read(self, given: Any) -> dict[str, str]:
        """Tags as a request has them."""
        return (
            dict(given or {}) if self._pair is None else {tag[self._pair[0]]: tag[self._pair[1]] for tag in given or []}
        )

    def shown(self, tags: dict[str, str]) -> Any:
        """Tags as an answer has them."""
        if self._pair is None:
            return dict(tags)
        key, value = self._pair
        return [{key: name, value: text} for name, text in tags.items()]
