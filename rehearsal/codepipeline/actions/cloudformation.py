"""Deploy with CloudFormation.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CloudFormation.html
"""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from rehearsal import archives
from rehearsal.api import Params
from rehearsal.codepipeline import artifacts
from rehearsal.codepipeline.actions.base import ActionFailedError, Context, MisconfiguredError, Provider, Result

MODES = ("CREATE_UPDATE", "REPLACE_ON_FAILURE", "DELETE_ONLY", "CHANGE_SET_REPLACE", "CHANGE_SET_EXECUTE")
_NEEDS_TEMPLATE = ("CREATE_UPDATE", "REPLACE_ON_FAILURE", "CHANGE_SET_REPLACE")
_INLINE_LIMIT = 51_200  # bytes of a TemplateBody
_NO_CHANGES = ("No updates are to be performed", "didn't contain changes", "NO_CHANGES")
_REPLACED = ("CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED")


class CloudFormation(Provider):
    """Deploy / AWS / CloudFormation."""

    categories = ("Deploy",)
    name = "CloudFormation"
    required = "ActionMode StackName"
    optional = "ChangeSetName TemplatePath TemplateConfiguration Capabilities ParameterOverrides RoleArn OutputFileName"
    inputs = (0, 10)
    outputs = (0, 1)

    def check(self, action: Params) -> str | None:
        """Each mode needs its own keys."""
        configuration = action["configuration"]
        mode = configuration["ActionMode"]
        if mode not in MODES:
            return f"ActionMode {mode} (expected one of {', '.join(MODES)})"
        if mode in _NEEDS_TEMPLATE and "TemplatePath" not in configuration:
            return f"ActionMode {mode} without TemplatePath"
        if mode.startswith("CHANGE_SET") and "ChangeSetName" not in configuration:
            return f"ActionMode {mode} without ChangeSetName"
        if (mode in _NEEDS_TEMPLATE or mode == "DELETE_ONLY") and "RoleArn" not in configuration:
            return f"ActionMode {mode} without RoleArn"
        return None

    def run(self, context: Context) -> Result:
        """Do what the mode says and wait for the stack."""
        return _Deployment(context).run(context.configuration["ActionMode"])


class _Deployment:
    """One run against one stack."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._client = context.client("cloudformation")
        self._name = context.configuration["StackName"]

    def run(self, mode: str) -> Result:
        stack = self._stack()
        if stack:
            self._report(stack)
        if mode == "DELETE_ONLY":
            return self._delete(stack)
        if mode == "CHANGE_SET_REPLACE":
            return self._change_set(stack)
        if mode == "CHANGE_SET_EXECUTE":
            return self._execute(stack)
        if mode == "REPLACE_ON_FAILURE" and stack and stack["StackStatus"] in _REPLACED:
            self._delete(stack)
            stack = None
        return self._create_or_update(stack)

    def _create_or_update(self, stack: Params | None) -> Result:
        call = self._client.update_stack if stack else self._client.create_stack
        try:
            stack_id = call(StackName=self._name, **self._given())["StackId"]
        except ClientError as error:
            if not _unchanged(error.response["Error"]["Message"]):
                raise
            return self._done("Stack has no changes: no updates are to be performed")
        self._context.report(stack_id, self._url(stack_id))
        self._wait(stack_id, ("UPDATE_COMPLETE",) if stack else ("CREATE_COMPLETE",))
        return self._done(f"Stack {self._name} was {'updated' if stack else 'created'}.")

    def _delete(self, stack: Params | None) -> Result:
        if stack is None:
            return Result(f"Stack {self._name} does not exist.")
        role = self._context.configuration.get("RoleArn")
        self._client.delete_stack(StackName=self._name, **({"RoleARN": role} if role else {}))
        self._wait(stack["StackId"], ("DELETE_COMPLETE",))
        return Result(f"Stack {self._name} was deleted.")

    def _change_set(self, stack: Params | None) -> Result:
        name = self._context.configuration["ChangeSetName"]
        if stack:
            self._client.delete_change_set(StackName=self._name, ChangeSetName=name)
        fresh = stack is None or stack["StackStatus"] == "REVIEW_IN_PROGRESS"
        made = self._client.create_change_set(
            StackName=self._name, ChangeSetName=name, ChangeSetType="CREATE" if fresh else "UPDATE", **self._given()
        )
        self._context.report(made["Id"], self._url(made["StackId"]))
        while True:
            found = self._client.describe_change_set(ChangeSetName=made["Id"], StackName=self._name)
            if found["Status"] == "CREATE_COMPLETE":
                return Result(f"Change set {name} was created.")
            if found["Status"] == "FAILED":
                if _unchanged(found.get("StatusReason", "")):
                    return Result(f"Change set {name} was created with no changes.")
                raise ActionFailedError("JobFailed", f"Change set {name} failed: {found.get('StatusReason')}")
            self._context.wait(0.2)

    def _execute(self, stack: Params | None) -> Result:
        name = self._context.configuration["ChangeSetName"]
        if stack is None:
            raise MisconfiguredError(f"Stack {self._name} does not exist")
        found = self._client.describe_change_set(ChangeSetName=name, StackName=self._name)
        if found["Status"] == "FAILED" and _unchanged(found.get("StatusReason", "")):
            return self._done(f"Change set {name} has no changes: nothing to execute")
        self._client.execute_change_set(ChangeSetName=name, StackName=self._name)
        fresh = stack["StackStatus"] == "REVIEW_IN_PROGRESS"
        self._wait(stack["StackId"], ("CREATE_COMPLETE",) if fresh else ("UPDATE_COMPLETE",))
        return self._done(f"Change set {name} was executed.")

    def _given(self) -> dict[str, Any]:
        """What create_stack, update_stack and create_change_set share."""
        configuration = self._context.configuration
        settings = self._template_configuration()
        parameters = dict(settings.get("Parameters") or {}) | self._overrides()
        given: dict[str, Any] = self._template()
        given["Parameters"] = [
            {"ParameterKey": name, "ParameterValue": value} for name, value in sorted(parameters.items())
        ]
        if settings.get("Tags"):
            given["Tags"] = [{"Key": name, "Value": value} for name, value in sorted(settings["Tags"].items())]
        if configuration.get("Capabilities"):
            given["Capabilities"] = [each.strip() for each in configuration["Capabilities"].split(",")]
        if configuration.get("RoleArn"):
            given["RoleARN"] = configuration["RoleArn"]
        return given

    def _template(self) -> dict[str, Any]:
        body = self._file(self._context.configuration["TemplatePath"], "TemplatePath")
        if len(body) <= _INLINE_LIMIT:
            return {"TemplateBody": body.decode()}
        declaration, region = self._context.execution.declaration, self._context.run.region
        location = artifacts.new_location(declaration, region, "Template")
        s3 = self._context.client("s3")
        artifacts.put(s3, self._context.store, location, body)
        return {"TemplateURL": f"{s3.meta.endpoint_url}/{location.bucket}/{location.key}"}

    def _template_configuration(self) -> Params:
        path = self._context.configuration.get("TemplateConfiguration")
        if not path:
            return {}
        settings: Params = _json(self._file(path, "TemplateConfiguration"), "TemplateConfiguration")
        unknown = sorted(set(settings) - {"Parameters", "Tags"})
        if unknown:
            text = f"the embedded AWS does not support {', '.join(unknown)} of a TemplateConfiguration"
            raise MisconfiguredError(text)
        return settings

    def _overrides(self) -> dict[str, str]:
        """ParameterOverrides: text, or Fn::GetParam and Fn::GetArtifactAtt of an artifact."""
        text = self._context.configuration.get("ParameterOverrides")
        found: dict[str, str] = {}
        for name, value in (_json(text, "ParameterOverrides") if text else {}).items():
            found[name] = self._attribute(name, value) if isinstance(value, dict) else str(value)
        return found

    def _attribute(self, name: str, value: Params) -> str:
        if list(value) == ["Fn::GetParam"] and len(value["Fn::GetParam"]) == 3:
            artifact, path, key = value["Fn::GetParam"]
            content = _json(self._file(f"{artifact}::{path}", f"ParameterOverrides.{name}"), path)
            if key in content:
                return str(content[key])
            raise MisconfiguredError(f"{path} of {artifact} has no key {key}")
        if list(value) == ["Fn::GetArtifactAtt"] and len(value["Fn::GetArtifactAtt"]) == 2:
            artifact, attribute = value["Fn::GetArtifactAtt"]
            location = self._context.run.inputs.get(artifact)
            known = {"BucketName": location.bucket, "ObjectKey": location.key} if location else {}
            if attribute in known:
                return known[attribute]
        raise MisconfiguredError(f"ParameterOverrides.{name}: {json.dumps(value)} is not supported")

    def _file(self, path: str, key: str) -> bytes:
        artifact, separator, member = path.partition("::")
        if not separator or artifact not in self._context.run.inputs:
            raise MisconfiguredError(f"{key}: got {path}, expected Artifact::file of an input artifact of the action")
        try:
            content = artifacts.member(self._context.read(artifact), member)
        except archives.Unreadable as error:
            raise MisconfiguredError(f"{key}: the artifact {artifact}: {error}") from None
        if content is None:
            raise MisconfiguredError(f"{key}: the artifact {artifact} has no file {member}")
        return content

    def _stack(self, name: str | None = None) -> Params | None:
        try:
            found: Params = self._client.describe_stacks(StackName=name or self._name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in error.response["Error"]["Message"]:
                return None
            raise
        return None if not name and found["StackStatus"] == "DELETE_COMPLETE" else found

    def _wait(self, stack_id: str, good: tuple[str, ...]) -> None:
        while True:
            stack = self._stack(stack_id)
            status = stack["StackStatus"] if stack else "DELETE_COMPLETE"
            if status in good:
                return
            if not status.endswith("_IN_PROGRESS"):
                reason = self._first_failure(stack_id) or (stack or {}).get("StackStatusReason", "")
                raise ActionFailedError("JobFailed", f"Stack {self._name} is in {status}: {reason}")
            self._context.wait(0.2)

    def _first_failure(self, stack_id: str) -> str | None:
        """The cause: the oldest failure since the last operation on the stack began."""
        cause = None
        for event in self._client.describe_stack_events(StackName=stack_id)["StackEvents"]:
            status, own = event["ResourceStatus"], event["PhysicalResourceId"] == stack_id
            if own and status in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"):
                break
            if status.endswith("_FAILED") and not own:
                cause = f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', status)}"
        return cause

    def _done(self, summary: str) -> Result:
        """The outputs of the stack, as variables and, when wanted, as a file of the output artifact."""
        stack = self._stack() or {}
        self._report(stack)
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs") or []}
        name = self._context.configuration.get("OutputFileName")
        for artifact in self._context.run.outputs:
            content = json.dumps(outputs, indent=2).encode()
            self._context.write(artifact, artifacts.zipped({name or "outputs.json": content}))
        return Result(summary, outputs)

    def _report(self, stack: Params) -> None:
        if stack:
            self._context.report(stack["StackId"], self._url(stack["StackId"]))

    def _url(self, stack_id: str) -> str:
        region = self._context.run.region
        return f"https://{region}.console.aws.amazon.com/cloudformation/home?region={region}#/stack/detail?stackId={stack_id}"


def _unchanged(text: str) -> bool:
    return any(phrase in text for phrase in _NO_CHANGES)


def _json(text: str | bytes, what: str) -> Params:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise MisconfiguredError(f"{what} is not valid JSON: {error}") from None
    if not isinstance(found, dict):
        raise MisconfiguredError(f"{what}: expected a JSON object")
    return found
