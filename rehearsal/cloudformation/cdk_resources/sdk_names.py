"""Services and operations as the SDKs for JavaScript call them, versions 2 and 3, in botocore's names."""

from __future__ import annotations

import functools
from typing import Any

import botocore.session
from botocore.utils import CLIENT_NAME_TO_HYPHENIZED_SERVICE_ID_OVERRIDES as IDS

from rehearsal.cloudformation.cdk_resources.request import Failed

_PACKAGE = "@aws-sdk/client-"
# of version 2, which named some services after nothing else
_OLD = {
    "cognitoidentityserviceprovider": "cognito-idp", "cloudwatchevents": "events", "iotdata": "iot-data",
    "configservice": "config", "elbv2": "elbv2", "lexmodelbuildingservice": "lex-models",
    "opensearch": "opensearch", "ssoadmin": "sso-admin",
}  # fmt: skip


def service_of(name: str) -> str:
    """botocore's name of a service: `SSM`, `ssm`, `@aws-sdk/client-ssm`, `CloudWatchLogs`. Raises Failed."""
    wanted = _plain(name.lower().removeprefix(_PACKAGE))
    found = _services().get(wanted)
    if found is None:
        raise Failed(f"Package {_PACKAGE}{name.lower().removeprefix(_PACKAGE)} does not exist.")
    return found


def method_of(client: Any, action: str) -> tuple[str, str]:
    """Operation and method of a client: `putParameter`, `PutParameter`, `PutParameterCommand`. Raises Failed."""
    operations = {api.lower(): (api, method) for method, api in client.meta.method_to_api_mapping.items()}
    for name in (action, action.removesuffix("Command")):
        if found := operations.get(name.lower()):
            return found
    service = client.meta.service_model.service_name
    raise Failed(f"Unable to find command named: {action}Command for action: {action} in service {service}")


@functools.cache
def _services() -> dict[str, str]:
    names = botocore.session.get_session().get_available_services()
    return {_plain(IDS.get(name, name)): name for name in names} | {_plain(name): name for name in names} | _OLD


def _plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").replace(" ", "")
