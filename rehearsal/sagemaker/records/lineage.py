"""Lineage: contexts, actions, artifacts and what connects them.

https://docs.aws.amazon.com/sagemaker/latest/dg/lineage-tracking.html
"""

from __future__ import annotations

import hashlib

from rehearsal.api import ApiError, Caller, Operation, Params
from rehearsal.params import only
from rehearsal.sagemaker import arns, listing
from rehearsal.sagemaker.identity import created_by
from rehearsal.sagemaker.records.kind import Kind, Words
from rehearsal.sagemaker.tags import Tags


class _Entities(Kind):
    """Entities of lineage, which are found by the URI of their source as well."""

    def list_all(self, caller: Caller, params: Params) -> Params:
        """Those of the account."""
        uri, rest = params.get("SourceUri"), {name: value for name, value in params.items() if name != "SourceUri"}
        only(rest, {"CreatedAfter", "CreatedBefore", "SortBy", "SortOrder", "NextToken", "MaxResults",
                    *self._words.filters}, f"List{self._words.noun}s")  # fmt: skip
        rows = [each.described for each in self.of(caller.scope)]
        rows = [row for row in rows if uri is None or row["Source"]["SourceUri"] == uri]
        for asked, member in self._words.filters.items():
            rows = [row for row in rows if asked not in rest or row.get(member) == rest[asked]]
        return listing.answer(rows, rest, self._words.summaries, self._words.noun)


class _Artifacts(_Entities):
    """Artifacts have no name that is theirs alone: their ARN is made of what they are."""

    taken = ("ValidationException", "Artifact {arn} already exists.")
    absent = ("ResourceNotFound", "Artifact {arn} does not exist.")

    def _name(self, params: Params) -> str:
        said = f"{params['ArtifactType']} {params['Source']['SourceUri']} {params['Source'].get('SourceTypes')}"
        return hashlib.sha256(said.encode()).hexdigest()[:32]

    def create(self, caller: Caller, params: Params) -> Params:
        """Keep a new one; its name is only said of it."""
        made = super().create(caller, params)
        described = self.get(caller, made["ArtifactArn"]).described
        described["ArtifactName"] = params.get("ArtifactName")
        return made

    def _with_display_name(self, given: Params) -> Params:
        return given

    def delete(self, caller: Caller, params: Params) -> Params:
        """By its ARN."""
        only(params, {"ArtifactArn"}, "DeleteArtifact")
        return super().delete(caller, params)


class Lineage:
    """The entities and the associations between any two of them, or of what else has an ARN in SageMaker."""

    def __init__(self, tags: Tags) -> None:
        self._kinds = (
            _Entities(tags, Words("Context", "ContextSummaries", "context", {"ContextType": "ContextType"})),
            _Entities(tags, Words("Action", "ActionSummaries", "action", {"ActionType": "ActionType"})),
            _Artifacts(tags, Words("Artifact", "ArtifactSummaries", "artifact", {"ArtifactType": "ArtifactType"})),
        )
        self._associations: dict[tuple[str, str], Params] = {}

    def operations(self) -> dict[str, Operation]:
        """API name -> method."""
        made: dict[str, Operation] = {"AddAssociation": self.associate, "DeleteAssociation": self.disassociate,
                                      "ListAssociations": self.list_all}  # fmt: skip
        for kind in self._kinds:
            made |= kind.operations()
        return made

    def associate(self, caller: Caller, params: Params) -> Params:
        """Connect two entities."""
        pair = params["SourceArn"], params["DestinationArn"]
        for arn in pair:
            self._own(caller, arn)
        if pair in self._associations:
            raise ApiError("ValidationException", f"Association between {pair[0]} and {pair[1]} already exists.")
        self._associations[pair] = {**params, "CreationTime": listing.now(), "CreatedBy": created_by(caller)}
        return {"SourceArn": pair[0], "DestinationArn": pair[1]}

    def disassociate(self, caller: Caller, params: Params) -> Params:
        """Take a connection away. Raises ApiError ResourceNotFound."""
        pair = params["SourceArn"], params["DestinationArn"]
        self._own(caller, pair[0])
        if self._associations.pop(pair, None) is None:
            raise ApiError("ResourceNotFound", f"Association between {pair[0]} and {pair[1]} does not exist.")
        return {"SourceArn": pair[0], "DestinationArn": pair[1]}

    def list_all(self, caller: Caller, params: Params) -> Params:
        """The connections of the account."""
        known = {"SourceArn", "DestinationArn", "AssociationType", "NextToken", "MaxResults", "SortBy", "SortOrder"}
        only(params, known, "ListAssociations")
        wanted = {name: params[name] for name in ("SourceArn", "DestinationArn", "AssociationType") if name in params}
        rows = [each for (source, _), each in self._associations.items()
                if arns.parse(source).scope == caller.scope
                and all(each.get(name) == value for name, value in wanted.items())]  # fmt: skip
        keys = {name: name for name in ("SourceArn", "DestinationArn", "CreationTime")}
        rows = listing.order(rows, params, keys, by="CreationTime", descending=True)
        return listing.page(rows, params, "AssociationSummaries")

    def _own(self, caller: Caller, arn: str) -> None:
        found = arns.parse(arn)
        kind = next((each for each in self._kinds if each.kind == found.kind), None)
        if found.scope != caller.scope or (kind is not None and kind.find(found.scope, found.name) is None):
            raise ApiError("ResourceNotFound", f"{arn} does not exist.")
