"""One kind of records: create, describe, list, update and delete, by what the kind calls its members."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rehearsal.api import ApiError, Caller, Operation, Params
from rehearsal.named import Scope
from rehearsal.params import only
from rehearsal.sagemaker import arns, listing
from rehearsal.sagemaker.identity import created_by
from rehearsal.sagemaker.resources import Resources
from rehearsal.sagemaker.shapes import input_shape
from rehearsal.sagemaker.tags import Tags

_PAGE = {"SortBy", "SortOrder", "NextToken", "MaxResults"}
_MERGED = {"Parameters", "InputArtifacts", "OutputArtifacts"}  # which an update adds to
_TIMES = {"CreatedAfter", "CreatedBefore"}


@dataclass(frozen=True)
class Record:
    """One record as Describe shows it."""

    scope: Scope
    name: str
    described: Params


@dataclass(frozen=True)
class Words:
    """How the API speaks of a kind: `Experiment`, in lists `ExperimentSummaries`, in ARNs `experiment`.

    `filters` are members of List that must be equal in a record: member of the request -> member of the record.
    """

    noun: str
    summaries: str
    arn: str
    filters: Mapping[str, str]


class Kind(Resources[Record]):
    """The records of one kind in all accounts."""

    taken = ("ValidationException", "{words} with name '{name}' already exists.")
    absent = ("ResourceNotFound", "{words} '{name}' does not exist.")

    def __init__(self, tags: Tags, words: Words) -> None:
        super().__init__(tags)
        self.kind, self.words, self._words = words.arn, words.noun, words
        self.used_by: Callable[[Record], str | None] = lambda record: None

    def operations(self) -> dict[str, Operation]:
        """API name -> method."""
        noun = self._words.noun
        made: dict[str, Operation] = {f"Create{noun}": self.create, f"Describe{noun}": self.describe,
                                      f"List{noun}s": self.list_all, f"Update{noun}": self.update,
                                      f"Delete{noun}": self.delete}  # fmt: skip
        return made

    def get(self, caller: Caller, name_or_arn: str) -> Record:
        """A record of the caller's account and region. Raises ApiError ResourceNotFound."""
        found = arns.locate(caller.scope, self.kind, name_or_arn)
        if found.scope != caller.scope:
            raise self.error(self.absent, found.scope, found.name)
        return self.at(found.scope, found.name)

    def create(self, caller: Caller, params: Params) -> Params:
        """Keep a new one, with all that is said of it."""
        name = self._name(params)
        given = {member: value for member, value in params.items() if member not in ("Tags", "ClientToken")}
        now = listing.now()
        who = created_by(caller)
        described = {f"{self._words.noun}Name": name, f"{self._words.noun}Arn": self.arn(caller.scope, name),
                     "CreationTime": now, "CreatedBy": who, "LastModifiedTime": now, "LastModifiedBy": who}  # fmt: skip
        record = Record(caller.scope, name, self._with_display_name(given) | described)
        return {f"{self._words.noun}Arn": self.register(caller.scope, name, record, params.get("Tags"))}

    def describe(self, caller: Caller, params: Params) -> Params:
        """One of them."""
        return self.get(caller, params[self._member()]).described

    def list_all(self, caller: Caller, params: Params) -> Params:
        """Those of the account that the filters let through, the newest first."""
        only(params, {*_PAGE, *_TIMES, *self._words.filters}, f"List{self._words.noun}s")
        rows = [each.described for each in self.of(caller.scope)]
        for asked, member in self._words.filters.items():
            rows = [row for row in rows if asked not in params or row.get(member) == params[asked]]
        return listing.answer(rows, params, self._words.summaries, self._words.noun)

    def update(self, caller: Caller, params: Params) -> Params:
        """Change what is said of it."""
        record = self.get(caller, params[self._member()])
        gone = {name.removesuffix("ToRemove"): value for name, value in params.items() if name.endswith("ToRemove")}
        said = {name: value for name, value in params.items() if name != self._member()}
        changed = {name: value for name, value in said.items() if not name.endswith("ToRemove")}
        with self.lock:
            for name, value in changed.items():
                old = record.described.get(name)
                record.described[name] = {**old, **value} if old and name in _MERGED else value
            for name, keys in gone.items():
                for key in keys:
                    record.described.get(name, {}).pop(key, None)
            record.described.update({"LastModifiedTime": listing.now(), "LastModifiedBy": created_by(caller)})
        return {f"{self._words.noun}Arn": record.described[f"{self._words.noun}Arn"]}

    def delete(self, caller: Caller, params: Params) -> Params:
        """Delete one that nothing else needs."""
        record = self.get(caller, params[self._member()])
        reason = self.used_by(record)
        if reason:
            raise ApiError("ValidationException", reason)
        self.pop(record.scope, record.name)
        return {f"{self._words.noun}Arn": record.described[f"{self._words.noun}Arn"]}

    def _member(self) -> str:
        """What requests call the name: ExperimentName, ArtifactArn."""
        members: list[str] = input_shape(f"Describe{self._words.noun}").required_members
        return members[0]

    def _name(self, params: Params) -> str:
        return str(params[f"{self._words.noun}Name"])

    def _with_display_name(self, given: Params) -> Params:
        return {"DisplayName": params_name} | given if (params_name := given.get(self._member())) else given
