"""OIDC providers of an account: the issuers whose tokens it takes. They are kept in moto's state of IAM.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
"""

from __future__ import annotations

import hashlib
import re
from typing import Any
from urllib.parse import urlsplit

from moto.iam.models import OpenIDConnectProvider, iam_backends

from rehearsal.api import ApiError, Caller, Params
from rehearsal.params import only, page

_CLIENT_IDS, _THUMBPRINTS, _PAGE = 100, 5, 100
_THUMBPRINT = re.compile(r"[0-9A-Fa-f]{40}")
_ARN, _CLIENT = "OpenIDConnectProviderArn", "ClientID"


class IdentityProviders:
    """Their operations, which moto has in part."""

    def create_open_id_connect_provider(self, caller: Caller, params: Params) -> Params:
        """A new one; an account has one of an issuer. Without thumbprints AWS looks them up itself. Raises ApiError."""
        only(params, {"Url", "ClientIDList", "ThumbprintList", "Tags"}, "CreateOpenIDConnectProvider")
        url, clients = params["Url"], list(params.get("ClientIDList") or [])
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or parts.port or parts.query or parts.fragment:
            raise ApiError("ValidationError", "Invalid Open ID Connect Provider URL")
        if len(clients) > _CLIENT_IDS:
            raise _full("ClientIdsPerOpenIdConnectProvider", _CLIENT_IDS)
        thumbprints = _thumbprints(params.get("ThumbprintList") or [hashlib.sha1(url.encode()).hexdigest()])
        held = _all(caller)
        tags = {each["Key"].lower(): dict(each) for each in params.get("Tags") or []}
        made = OpenIDConnectProvider(caller.account, caller.region, url.rstrip("/"), thumbprints, clients, tags)
        if made.arn in held:
            raise ApiError("EntityAlreadyExists", f"Provider with url {url} already exists.", 409)
        held[made.arn] = made
        return {_ARN: made.arn, "Tags": list(tags.values())}

    def get_open_id_connect_provider(self, caller: Caller, params: Params) -> Params:
        """One of them. Raises ApiError NoSuchEntity."""
        only(params, {_ARN}, "GetOpenIDConnectProvider")
        found = _one(caller, params)
        return {
            "Url": found.url,
            "ClientIDList": found.client_id_list,
            "ThumbprintList": found.thumbprint_list,
            "CreateDate": found.create_date,
            "Tags": found.get_tags(),
        }

    def list_open_id_connect_providers(self, caller: Caller, params: Params) -> Params:
        """The ARNs of all of them."""
        only(params, set(), "ListOpenIDConnectProviders")
        return {"OpenIDConnectProviderList": [{"Arn": arn} for arn in sorted(_all(caller))]}

    def delete_open_id_connect_provider(self, caller: Caller, params: Params) -> None:
        """Take one away; roles that trust it stay. Raises ApiError NoSuchEntity."""
        only(params, {_ARN}, "DeleteOpenIDConnectProvider")
        del _all(caller)[_one(caller, params).arn]

    def add_client_id_to_open_id_connect_provider(self, caller: Caller, params: Params) -> None:
        """One audience more; one that is there is no error."""
        only(params, {_ARN, _CLIENT}, "AddClientIDToOpenIDConnectProvider")
        found = _one(caller, params)
        if params[_CLIENT] in found.client_id_list:
            return
        if len(found.client_id_list) >= _CLIENT_IDS:
            raise _full("ClientIdsPerOpenIdConnectProvider", _CLIENT_IDS)
        found.client_id_list.append(params[_CLIENT])

    def remove_client_id_from_open_id_connect_provider(self, caller: Caller, params: Params) -> None:
        """One audience less; one that is not there is no error."""
        only(params, {_ARN, _CLIENT}, "RemoveClientIDFromOpenIDConnectProvider")
        found = _one(caller, params)
        found.client_id_list = [each for each in found.client_id_list if each != params[_CLIENT]]

    def update_open_id_connect_provider_thumbprint(self, caller: Caller, params: Params) -> None:
        """Other thumbprints."""
        only(params, {_ARN, "ThumbprintList"}, "UpdateOpenIDConnectProviderThumbprint")
        _one(caller, params).thumbprint_list = _thumbprints(params["ThumbprintList"])

    def tag_open_id_connect_provider(self, caller: Caller, params: Params) -> None:
        """Add or replace tags."""
        only(params, {_ARN, "Tags"}, "TagOpenIDConnectProvider")
        _one(caller, params).tags.update({each["Key"].lower(): dict(each) for each in params["Tags"]})

    def untag_open_id_connect_provider(self, caller: Caller, params: Params) -> None:
        """Remove tags by key."""
        only(params, {_ARN, "TagKeys"}, "UntagOpenIDConnectProvider")
        tags = _one(caller, params).tags
        for key in params["TagKeys"]:
            tags.pop(key.lower(), None)

    def list_open_id_connect_provider_tags(self, caller: Caller, params: Params) -> Params:
        """The tags, in pages."""
        only(params, {_ARN, "Marker", "MaxItems"}, "ListOpenIDConnectProviderTags")
        tags = _one(caller, params).get_tags()
        found, marker = page(tags, params.get("Marker"), params.get("MaxItems") or _PAGE)
        return {"Tags": found, "Marker": marker, "IsTruncated": marker is not None}


def _all(caller: Caller) -> dict[str, Any]:
    found: dict[str, Any] = iam_backends[caller.account][caller.partition].open_id_providers
    return found


def _one(caller: Caller, params: Params) -> Any:
    arn = params[_ARN]
    found = _all(caller).get(arn)
    if found is None:
        raise ApiError("NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}", 404)
    return found


def _thumbprints(given: list[str]) -> list[str]:
    if len(given) > _THUMBPRINTS:
        raise ApiError("InvalidInput", "Thumbprint list must contain fewer than 5 entries.")
    if wrong := [each for each in given if not _THUMBPRINT.fullmatch(each)]:
        raise ApiError("InvalidInput", f"Thumbprint {wrong[0]} is no SHA-1 in 40 hexadecimal digits")
    return list(given)


def _full(quota: str, limit: int) -> ApiError:
    return ApiError("LimitExceeded", f"Cannot exceed quota for {quota}: {limit}", 409)
