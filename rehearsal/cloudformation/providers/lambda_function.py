"""AWS::Lambda::Function.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.inline_code import package
from rehearsal.cloudformation.provider import Call, Made, Provider, Setting, Tagging
from rehearsal.cloudformation.shapes import tag_map

TAGGING = Tagging(form=dict, keys="TagKeys")
CODE = ("S3Bucket", "S3Key", "S3ObjectVersion")
# a setting that a template leaves out, or takes away
DEFAULTS: dict[str, Any] = {
    "Description": "", "Timeout": 3, "MemorySize": 128, "Environment": {"Variables": {}}, "Layers": [],
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []}, "DeadLetterConfig": {"TargetArn": ""},
    "TracingConfig": {"Mode": "PassThrough"}, "EphemeralStorage": {"Size": 512},
    "SnapStart": {"ApplyOn": "None"},
}  # fmt: skip
CONFIGURED = ("Runtime", "Role", "Handler", "LoggingConfig", *DEFAULTS)


class Function(Provider):
    """A function; Lambda itself refuses what it does not run."""

    type = "AWS::Lambda::Function"
    service, noun, absent = "lambda", "function", ("ResourceNotFoundException",)
    removal = ("DeleteFunction", "FunctionName")
    tagging = TAGGING
    settings: ClassVar = {
        "ReservedConcurrentExecutions": Setting(
            "PutFunctionConcurrency", "ReservedConcurrentExecutions", "DeleteFunctionConcurrency", int
        ),
    }
    unsupported: ClassVar[dict[str, str]] = {
        "functions are packages of code, not images": "ImageConfig Code.ImageUri",
        "no keys and signatures of one's own": "KmsKeyArn CodeSigningConfigArn Code.SourceKMSKeyArn",
        "no file systems, and runtimes are those of this machine": "FileSystemConfigs RuntimeManagementConfig",
        "functions start when they are invoked, each time anew": (
            "SnapStartResponse CapacityProviderConfig DurableConfig FunctionScalingConfig PublishToLatestPublished "
            "RecursiveLoop TenancyConfig"
        ),
    }
    named_by = "FunctionName"

    def create(self, call: Call) -> Made:
        """The function and how much of it may run."""
        name = call.name(call.properties.get("FunctionName"), 64)
        wanted = call.pick(*CONFIGURED, "Architectures", "PackageType")
        tags = tag_map(call.properties.get("Tags")) or None
        code = self._code(call.properties)
        call.invoke("CreateFunction", FunctionName=name, Code=code, Tags=tags, **wanted)
        call.reserve(name)
        self.put(call, {}, FunctionName=name)
        return self.found(call, name)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Code and settings where they differ, tags, and how much of it may run."""
        name, new = call.handle, call.properties
        if any(new.get(each) != old.get(each) for each in ("Code", "Architectures")):
            architectures = new.get("Architectures") or ["x86_64"]
            code = self._code(new)
            call.invoke("UpdateFunctionCode", FunctionName=name, Architectures=architectures, **code)
        defaults = DEFAULTS | {"LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"}}
        changed = [each for each in CONFIGURED if new.get(each) != old.get(each)]
        wanted = {each: new.get(each, defaults.get(each)) for each in changed}
        if wanted:
            call.invoke("UpdateFunctionConfiguration", FunctionName=name, **wanted)
        made = self.found(call, name)
        self.retag(call, old, Resource=made.attributes["Arn"])
        self.put(call, old, FunctionName=name)
        return made

    def found(self, call: Call, name: str) -> Made:
        """The one of that name."""
        arn = call.invoke("GetFunctionConfiguration", FunctionName=name)["FunctionArn"]
        return Made(name, {"Arn": arn})

    def actual(self, call: Call) -> dict[str, Any]:
        """The settings, but the code."""
        found = call.invoke("GetFunctionConfiguration", FunctionName=call.handle)
        held = {name: found.get(name, DEFAULTS.get(name)) for name in CONFIGURED if name != "VpcConfig"}
        held["Layers"] = [each["Arn"] for each in found.get("Layers") or []]
        tags = call.invoke("ListTags", Resource=found["FunctionArn"])["Tags"]
        return held | {"FunctionName": call.handle, "Tags": tags}

    def _code(self, properties: dict[str, Any]) -> dict[str, Any]:
        code = properties["Code"]
        if "ZipFile" in code:
            return {"ZipFile": package(str(code["ZipFile"]), str(properties.get("Runtime", "")))}
        return {name: code[name] for name in CODE if name in code}
