"""AWS::IAM::OIDCProvider.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-oidcprovider.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider, Tagging

_ARN = "OpenIDConnectProviderArn"


class OidcProvider(Provider):
    """An issuer whose tokens an account takes."""

    type = "AWS::IAM::OIDCProvider"
    service, noun, absent = "iam", "OIDC provider", ("NoSuchEntity", "NoSuchEntityException")
    removal = ("DeleteOpenIDConnectProvider", _ARN)
    tagging: ClassVar = Tagging("TagOpenIDConnectProvider", "UntagOpenIDConnectProvider")

    def create(self, call: Call) -> Made:
        """The provider of an issuer."""
        given = call.properties
        answer = call.invoke(
            "CreateOpenIDConnectProvider",
            Url=given.get("Url"),
            ClientIDList=given.get("ClientIdList"),
            ThumbprintList=given.get("ThumbprintList"),
            Tags=given.get("Tags"),
        )
        call.reserve(answer[_ARN])
        return _made(answer[_ARN])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Audiences, thumbprints and tags."""
        arn, given = {_ARN: call.handle}, call.properties
        before, after = ({*held.get("ClientIdList", [])} for held in (old, given))
        for client in sorted(after - before):
            call.invoke("AddClientIDToOpenIDConnectProvider", ClientID=client, **arn)
        for client in sorted(before - after):
            call.invoke("RemoveClientIDFromOpenIDConnectProvider", ClientID=client, **arn)
        if given.get("ThumbprintList") and given.get("ThumbprintList") != old.get("ThumbprintList"):
            call.invoke("UpdateOpenIDConnectProviderThumbprint", ThumbprintList=given["ThumbprintList"], **arn)
        self.retag(call, old, **arn)
        return _made(call.handle)

    def found(self, call: Call, name: str) -> Made:
        """The one with that ARN."""
        call.invoke("GetOpenIDConnectProvider", **{_ARN: name})
        return _made(name)


def _made(arn: str) -> Made:
    return Made(arn, {"Arn": arn})
