"""The custom resources of the CDK as resource types of the embedded CloudFormation."""

from __future__ import annotations

import json
import uuid
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from rehearsal.cloudformation.cdk_resources import handler_of
from rehearsal.cloudformation.cdk_resources.clients import is_of_stack, of_function
from rehearsal.cloudformation.cdk_resources.request import (
    CREATE,
    DELETE,
    UPDATE,
    Answer,
    Failed,
    Handler,
    Request,
    as_text,
)
from rehearsal.cloudformation.custom import PREFIX
from rehearsal.cloudformation.provider import Call, Made, ResourceError
from rehearsal.cloudformation.providers.cloudformation_customresource import (
    LONGEST,
    LONGEST_ID,
    CustomResource,
    own_token,
)


class CdkResource(CustomResource):
    """A custom resource: one of the CDK is done here, with the permissions of its function's role.

    It answers as the function would. Others' functions are called, as are those of another stack.
    """

    type: ClassVar[str] = PREFIX

    def create(self, call: Call) -> Made:
        """Answer the request Create."""
        handler = _handler(call)
        return _made(call, handler, CREATE, {}) if handler else super().create(call)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Answer the request Update; another id means that the former resource is deleted."""
        handler = _handler(call)
        return _made(call, handler, UPDATE, old) if handler else super().update(call, old)

    def delete(self, call: Call) -> None:
        """Answer the request Delete."""
        if handler := _handler(call):
            _made(call, handler, DELETE, {})
        else:
            super().delete(call)


def _handler(call: Call) -> Handler | None:
    """What does the work here; None for other code and for functions of elsewhere: whose role it is done under matters.

    A function of another stack is invoked, so that nobody has more of its role than what its own code does.
    """
    assert call.platform is not None
    found = handler_of(call.type, call.properties)
    own = found and is_of_stack(call.platform, (call.account, call.region), own_token(call), call.stack_id)
    return found if own else None


def _made(call: Call, handler: Handler, kind: str, old: dict[str, Any]) -> Made:
    """What a handler answers. Raises ResourceError in CloudFormation's words."""
    token, number = own_token(call), str(uuid.uuid4())
    assert call.platform is not None
    # whoever may not invoke the function is denied, as where it runs
    call.invoke("Invoke", FunctionName=token, InvocationType="DryRun")
    function, clients = of_function(call.platform, (call.account, call.region), token)
    request = Request(
        kind=kind,
        number=number,
        stack_id=call.stack_id,
        logical_id=call.logical_id,
        function=function,
        clients=clients,
        properties=as_text(call.properties),
        old=as_text(old),
        id="" if kind == CREATE else call.id or call.handle,
    )
    try:
        answer = handler(request)
        _check(answer)
    except ClientError as error:
        raise _failed(_said(error), number) from None
    except Failed as error:
        raise _failed(str(error), number) from None
    return Made(answer.id, as_text(answer.data))


def _check(answer: Answer) -> None:
    if len(json.dumps({"Data": answer.data, "PhysicalResourceId": answer.id}).encode()) > LONGEST:
        raise Failed("Response object is too long.")
    if len(answer.id.encode()) > LONGEST_ID:
        raise Failed("Invalid PhysicalResourceId")


def _said(error: ClientError) -> str:
    found = error.response["Error"]
    return f"{found['Code']}: {found.get('Message', '')}"


def _failed(text: str, number: str) -> ResourceError:
    said = f"Received response status [FAILED] from custom resource. Message returned: {text}"
    return ResourceError(f"{said} (RequestId: {number})")
