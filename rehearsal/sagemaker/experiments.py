"""Experiments and their trials (run groups). https://docs.aws.amazon.com/sagemaker/latest/dg/experiments.html"""

from __future__ import annotations

from rehearsal.api import Caller, Params, invalid, unsupported
from rehearsal.sagemaker import listing
from rehearsal.sagemaker.identity import created_by
from rehearsal.sagemaker.resources import Resources
from rehearsal.sagemaker.tags import Tags

_SORTED = {"Name": "{}Name", "CreationTime": "CreationTime"}


class _Entities(Resources[Params]):
    """What experiments and trials have alike; one is kept as the API describes it."""

    noun: str
    absent = ("ResourceNotFound", "{words} '{name}' does not exist.")
    # clients look for the words "already exists"
    taken = ("ValidationException", "{words} names must be unique within an AWS account and region. "
             "{words} with name ({name}) already exists.")  # fmt: skip

    def _create(self, caller: Caller, params: Params) -> Params:
        name, moment = params[f"{self.noun}Name"], listing.now()
        made = {key: value for key, value in params.items() if key != "Tags"} | {
            f"{self.noun}Arn": self.arn(caller.scope, name),
            "DisplayName": params.get("DisplayName", name),
            **dict.fromkeys(("CreationTime", "LastModifiedTime"), moment),
            **dict.fromkeys(("CreatedBy", "LastModifiedBy"), created_by(caller)),
        }
        return {f"{self.noun}Arn": self.register(caller.scope, name, made, params.get("Tags"))}

    def _describe(self, caller: Caller, params: Params) -> Params:
        return self.at(caller.scope, params[f"{self.noun}Name"])

    def _page(self, rows: list[Params], params: Params) -> Params:
        keys = {name: member.format(self.noun) for name, member in _SORTED.items()}
        rows = listing.order(listing.select(rows, params), params, keys, by="CreationTime", descending=True)
        return listing.page(rows, params, f"{self.noun}Summaries")


class Trials(_Entities):
    """The trials of all accounts; they are made with their experiments."""

    kind, words, noun = "experiment-trial", "Trial", "Trial"

    def create(self, caller: Caller, params: Params) -> Params:
        """Make one. Raises ApiError ValidationException when there is one of that name."""
        return self._create(caller, params)

    def describe_trial(self, caller: Caller, params: Params) -> Params:
        """One trial. Raises ApiError ResourceNotFound."""
        return self._describe(caller, params)

    def list_trials(self, caller: Caller, params: Params) -> Params:
        """The trials of the account or of one experiment, the newest first."""
        if "TrialComponentName" in params:
            raise unsupported("ListTrials TrialComponentName")
        wanted = params.get("ExperimentName")
        return self._page([row for row in self.of(caller.scope) if wanted in (None, row["ExperimentName"])], params)

    def delete_trial(self, caller: Caller, params: Params) -> Params:
        """Delete one. Raises ApiError ResourceNotFound."""
        self.at(caller.scope, params["TrialName"])
        self.pop(caller.scope, params["TrialName"])
        return {"TrialArn": self.arn(caller.scope, params["TrialName"])}


class Experiments(_Entities):
    """The experiments of all accounts."""

    kind, words, noun = "experiment", "Experiment", "Experiment"

    def __init__(self, tags: Tags, trials: Trials) -> None:
        super().__init__(tags)
        self._trials = trials

    def create_experiment(self, caller: Caller, params: Params) -> Params:
        """Make one. Raises ApiError ValidationException when there is one of that name."""
        return self._create(caller, params)

    def describe_experiment(self, caller: Caller, params: Params) -> Params:
        """One experiment. Raises ApiError ResourceNotFound."""
        return self._describe(caller, params)

    def list_experiments(self, caller: Caller, params: Params) -> Params:
        """The experiments of the account, the newest first."""
        return self._page(self.of(caller.scope), params)

    def delete_experiment(self, caller: Caller, params: Params) -> Params:
        """Delete one without trials. Raises ApiError."""
        name = params["ExperimentName"]
        self.at(caller.scope, name)
        if any(trial["ExperimentName"] == name for trial in self._trials.of(caller.scope)):
            raise invalid(f"Experiment '{name}' has trials: delete them first.")
        self.pop(caller.scope, name)
        return {"ExperimentArn": self.arn(caller.scope, name)}

    def create_trial(self, caller: Caller, params: Params) -> Params:
        """Make a trial of an experiment that there is. Raises ApiError."""
        self.at(caller.scope, params["ExperimentName"])
        return self._trials.create(caller, params)
