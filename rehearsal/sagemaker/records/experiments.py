"""Experiments, trials and trial components. https://docs.aws.amazon.com/sagemaker/latest/dg/experiments.html"""

from __future__ import annotations

from rehearsal.api import Caller, Operation, Params
from rehearsal.params import only
from rehearsal.sagemaker import listing
from rehearsal.sagemaker.records.kind import Kind, Record, Words
from rehearsal.sagemaker.tags import Tags


class Experiments:
    """An experiment has trials, a trial has components, which may belong to several."""

    def __init__(self, tags: Tags) -> None:
        self.experiments = Kind(tags, Words("Experiment", "ExperimentSummaries", "experiment", {}))
        self.trials = Kind(tags, Words("Trial", "TrialSummaries", "experiment-trial",
                                       {"ExperimentName": "ExperimentName"}))  # fmt: skip
        self.components = Kind(tags, Words("TrialComponent", "TrialComponentSummaries", "experiment-trial-component",
                                           {}))  # fmt: skip
        self._pairs: dict[tuple[str, str], None] = {}  # ARNs of trial and component, in their order
        self.experiments.used_by = self._trials_of
        self.trials.used_by = self._components_of
        self.components.used_by = self._trials_with

    def operations(self) -> dict[str, Operation]:
        """API name -> method."""
        made = self.experiments.operations() | self.trials.operations() | self.components.operations()
        return made | {
            "CreateTrial": self.create_trial,
            "ListTrials": self.list_trials,
            "ListTrialComponents": self.list_components,
            "AssociateTrialComponent": self.associate,
            "DisassociateTrialComponent": self.disassociate,
        }

    def create_trial(self, caller: Caller, params: Params) -> Params:
        """A trial of an experiment that is there."""
        self.experiments.get(caller, params["ExperimentName"])
        return self.trials.create(caller, params)

    def list_trials(self, caller: Caller, params: Params) -> Params:
        """The trials, also those of one experiment or one component."""
        params = dict(params)
        if "ExperimentName" in params:
            self.experiments.get(caller, params["ExperimentName"])
        component = params.pop("TrialComponentName", None)
        if component is None:
            return self.trials.list_all(caller, params)
        arn = self.components.get(caller, component).described["TrialComponentArn"]
        wanted = params.pop("ExperimentName", None)
        rows = [each.described for each in self.trials.of(caller.scope)
                if (each.described["TrialArn"], arn) in self._pairs
                and wanted in (None, each.described["ExperimentName"])]  # fmt: skip
        return listing.answer(rows, params, "TrialSummaries", "Trial")

    def list_components(self, caller: Caller, params: Params) -> Params:
        """The components, also those of one experiment or one trial."""
        known = {"ExperimentName", "TrialName", "CreatedAfter", "CreatedBefore", "SortBy", "SortOrder", "NextToken",
                 "MaxResults", "SourceArn"}  # fmt: skip
        only(params, known, "ListTrialComponents")
        rows = [each.described for each in self.components.of(caller.scope)]
        if "SourceArn" in params:
            rows = [row for row in rows if row.get("Source", {}).get("SourceArn") == params["SourceArn"]]
        if "ExperimentName" in params or "TrialName" in params:
            arns = {each.described["TrialArn"] for each in self._trials(caller, params)}
            rows = [row for row in rows if any((arn, row["TrialComponentArn"]) in self._pairs for arn in arns)]
        return listing.answer(rows, params, "TrialComponentSummaries", "TrialComponent")

    def associate(self, caller: Caller, params: Params) -> Params:
        """Put a component into a trial."""
        pair = self._pair(caller, params)
        self._pairs[pair] = None
        return {"TrialArn": pair[0], "TrialComponentArn": pair[1]}

    def disassociate(self, caller: Caller, params: Params) -> Params:
        """Take a component out of a trial."""
        pair = self._pair(caller, params)
        self._pairs.pop(pair, None)
        return {"TrialArn": pair[0], "TrialComponentArn": pair[1]}

    def _pair(self, caller: Caller, params: Params) -> tuple[str, str]:
        trial = self.trials.get(caller, params["TrialName"]).described["TrialArn"]
        return trial, self.components.get(caller, params["TrialComponentName"]).described["TrialComponentArn"]

    def _trials(self, caller: Caller, params: Params) -> list[Record]:
        if "TrialName" in params:
            return [self.trials.get(caller, params["TrialName"])]
        experiment = self.experiments.get(caller, params["ExperimentName"]).name
        return [each for each in self.trials.of(caller.scope) if each.described["ExperimentName"] == experiment]

    def _trials_of(self, record: Record) -> str | None:
        found = [each for each in self.trials.of(record.scope) if each.described["ExperimentName"] == record.name]
        return f"Experiment '{record.name}' has trials: delete them first" if found else None

    def _components_of(self, record: Record) -> str | None:
        found = [component for trial, component in self._pairs if trial == record.described["TrialArn"]]
        return f"Trial '{record.name}' has components: disassociate them first" if found else None

    def _trials_with(self, record: Record) -> str | None:
        found = [trial for trial, component in self._pairs if component == record.described["TrialComponentArn"]]
        return f"Trial component '{record.name}' is in a trial: disassociate it first" if found else None
