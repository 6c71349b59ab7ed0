"""Identity tokens: read, and held against the keys of who issued them, as STS does.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from rehearsal.api import ApiError

ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*", re.ASCII)
_REQUIRED = ("iss", "sub", "aud", "exp", "iat")


def invalid(message: str) -> ApiError:
    """A token that is not taken."""
    return ApiError("InvalidIdentityToken", message)


def read(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The header and the claims of a token, of which nothing was verified. Raises ApiError for what is no token."""
    try:
        if not _COMPACT.fullmatch(token):
            raise ValueError("no JWT")
        header, claims = (_part(each) for each in token.split(".")[:2])
    except ValueError:
        text = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
        raise invalid(text) from None
    if missing := [name for name in _REQUIRED if not claims.get(name)]:
        raise invalid(f"Missing a required claim: {missing[0]}")
    return header, claims


def verify(token: str, header: Mapping[str, Any], keys: Mapping[str, object] | None) -> None:
    """Raises ApiError for a token that none of the keys of its issuer has signed."""
    named = [each for each in _listed(keys) if each.get("kid") == header.get("kid")]
    if header.get("alg") not in ALGORITHMS or not named:
        text = "Couldn't retrieve verification key from your identity provider,  please reference "
        raise invalid(f"{text}AssumeRoleWithWebIdentity documentation for requirements")
    try:
        jws.deserialize_compact(token, KeySet.import_key_set({"keys": named}), algorithms=list(ALGORITHMS))
    except (JoseError, ValueError):
        text = "The web identity token that was passed could not be validated by AWS. Get a new identity token from "
        raise invalid(f"{text}the identity provider and then retry the request.") from None


def in_time(claims: Mapping[str, Any], now: int) -> None:
    """Raises ApiError for a token that is not good any more, or not yet."""
    try:
        expires, issued = int(claims["exp"]), int(claims["iat"])
        start = int(claims.get("nbf", issued))
    except (TypeError, ValueError, OverflowError):
        raise invalid("The times of the token are no numbers") from None
    if now >= expires:
        text = f"Token expired: current date/time {now} must be before the expiration date/time{expires}"
        raise ApiError("ExpiredTokenException", text)
    if now < start or now < issued:
        raise invalid(f"Token is not yet valid: current date/time {now} must be after {max(start, issued)}")


def audiences(claims: Mapping[str, Any]) -> list[str]:
    """For whom a token is: `azp` where there is one, else everybody in `aud`."""
    if claims.get("azp"):
        return [str(claims["azp"])]
    found = claims["aud"]
    return [str(each) for each in found] if isinstance(found, list) else [str(found)]


def _listed(keys: Mapping[str, object] | None) -> list[dict[str, Any]]:
    found = (keys or {}).get("keys")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _part(text: str) -> dict[str, Any]:
    value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if not isinstance(value, dict):
        raise ValueError("no object")
    return value
