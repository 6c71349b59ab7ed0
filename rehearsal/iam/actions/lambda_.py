"""Lambda. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rehearsal.iam.checks import Asked, Check, Rule, Value, account_of, pass_role, tag_context, tags_of, values
from rehearsal.iam.functions import function_name, layer_name


def _function(
    *, action: str | None = None, qualified: bool = True, keys: Mapping[str, str] | None = None, tags: bool = False
) -> Rule:
    """An action on a function, on what the qualifier names where there is one; roles and layers that are used."""

    def checks(asked: Asked) -> Iterator[Check]:
        name = function_name(str(asked.get("FunctionName") or "*"), asked.caller, asked.get("Qualifier"))
        arn = name.arn if qualified else name.unqualified
        given = tags_of(asked, "Tags") if tags else {}
        context: dict[str, Value] = dict(tag_context(given))
        for key, path in (keys or {}).items():
            found = [str(value) for value in values(asked.params, path)]
            if found:
                context[key] = found if "[]" in path else found[0]
        yield Check(f"lambda:{action or asked.operation}", arn, name.account, context)
        if given:
            yield Check("lambda:TagResource", arn, name.account, tag_context(given))
        if asked.get("Role"):
            yield from pass_role(str(asked.get("Role")), "lambda.amazonaws.com", asked.caller)
        for layer in values(asked.params, "Layers[]"):
            if account_of(str(layer), asked.caller) == asked.caller.account:  # the others Lambda refuses by name
                yield Check("lambda:GetLayerVersion", str(layer), asked.caller.account)

    return checks


def _layer(action: str | None = None) -> Rule:
    """An action on a layer or on one of its versions."""

    def checks(asked: Asked) -> Iterator[Check]:
        text = str(asked.get("LayerName") or asked.get("Arn") or "*")
        found = layer_name(text, asked.caller, asked.get("VersionNumber"))
        yield Check(f"lambda:{action or asked.operation}", found.arn, found.account)

    return checks


def _mapping(asked: Asked) -> Iterator[Check]:
    """An action on an event source mapping; a new one has no ARN yet."""
    uuid, name = asked.get("UUID"), asked.get("FunctionName")
    context: dict[str, Value] = {}
    if name:
        context["lambda:FunctionArn"] = function_name(str(name), asked.caller).arn
    arn = asked.arn(f"event-source-mapping:{uuid}") if uuid else "*"
    given = tags_of(asked, "Tags")
    yield Check(f"lambda:{asked.operation}", arn, asked.caller.account, context | tag_context(given))


def _everything(asked: Asked) -> Iterator[Check]:
    yield Check(f"lambda:{asked.operation}", "*", asked.caller.account)


def _tagged(asked: Asked) -> Iterator[Check]:
    arn = str(asked.get("Resource") or "*")
    keys = asked.get("TagKeys")
    context: dict[str, Value] = {"aws:TagKeys": sorted(keys)} if keys else dict(tag_context(tags_of(asked, "Tags")))
    yield Check(f"lambda:{asked.operation}", arn, account_of(arn, asked.caller), context)


_SETTINGS = {"lambda:Layer": "Layers[]", "lambda:SubnetIds": "VpcConfig.SubnetIds[]",
             "lambda:SecurityGroupIds": "VpcConfig.SecurityGroupIds[]"}  # fmt: skip
_CONFIGS = ("PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig", "GetFunctionEventInvokeConfig",
            "DeleteFunctionEventInvokeConfig")  # fmt: skip

RULES: dict[str, Rule] = {
    "CreateFunction": _function(keys=_SETTINGS, tags=True),
    "UpdateFunctionConfiguration": _function(keys=_SETTINGS),
    **dict.fromkeys(
        ("GetFunction", "GetFunctionConfiguration", "UpdateFunctionCode", "DeleteFunction", "GetPolicy",
         "RemovePermission", *_CONFIGS), _function()
    ),
    **dict.fromkeys(
        ("ListVersionsByFunction", "PublishVersion", "CreateAlias", "UpdateAlias", "GetAlias", "DeleteAlias",
         "ListAliases", "PutFunctionConcurrency", "GetFunctionConcurrency", "DeleteFunctionConcurrency",
         "ListFunctionEventInvokeConfigs"), _function(qualified=False)
    ),
    "AddPermission": _function(keys={"lambda:Principal": "Principal"}),
    "Invoke": _function(action="InvokeFunction"),
    **dict.fromkeys(("PublishLayerVersion", "ListLayerVersions", "GetLayerVersion", "DeleteLayerVersion"), _layer()),
    "GetLayerVersionByArn": _layer("GetLayerVersion"),
    **dict.fromkeys(
        ("CreateEventSourceMapping", "GetEventSourceMapping", "UpdateEventSourceMapping", "DeleteEventSourceMapping"),
        _mapping,
    ),
    **dict.fromkeys(("TagResource", "UntagResource", "ListTags"), _tagged),
    **dict.fromkeys(("ListFunctions", "ListLayers", "ListEventSourceMappings", "GetAccountSettings"), _everything),
}  # fmt: skip
