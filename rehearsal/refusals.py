"""What AWS says to credentials it does not take: each kind in the words of each protocol.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from typing import Literal

from rehearsal.api import ApiError

# Services that speak the query protocol (XML answers); the others speak JSON, S3 its own XML.
QUERY_SERVICES = frozenset({"cloudformation", "sts", "iam", "sns", "ec2", "monitoring"})

# botocore's name of a service where it is not the signing name
MODELS = {"states": "stepfunctions", "monitoring": "cloudwatch", "servicequotas": "service-quotas"}

Kind = Literal["incomplete", "unknown key", "mismatch", "time", "expired url", "token", "expired token"]

# query, JSON, S3: code and status
_ANSWERS: dict[Kind, tuple[tuple[str, int], tuple[str, int], tuple[str, int]]] = {
    "incomplete": (("IncompleteSignature", 400), ("IncompleteSignatureException", 400),
                   ("AuthorizationHeaderMalformed", 400)),
    "unknown key": (("InvalidClientTokenId", 403), ("UnrecognizedClientException", 400), ("InvalidAccessKeyId", 403)),
    "mismatch": (("SignatureDoesNotMatch", 403), ("InvalidSignatureException", 400), ("SignatureDoesNotMatch", 403)),
    "time": (("SignatureDoesNotMatch", 403), ("InvalidSignatureException", 400), ("RequestTimeTooSkewed", 403)),
    "expired url": (("RequestExpired", 400), ("InvalidSignatureException", 400), ("AccessDenied", 403)),
    "token": (("InvalidClientTokenId", 403), ("UnrecognizedClientException", 400), ("InvalidToken", 400)),
    "expired token": (("ExpiredToken", 403), ("ExpiredTokenException", 400), ("ExpiredToken", 400)),
}  # fmt: skip


def refused(kind: Kind, service: str, message: str) -> ApiError:
    """The error of a kind as `service` answers it."""
    column = 2 if service == "s3" else 0 if service in QUERY_SERVICES else 1
    code, status = _ANSWERS[kind][column]
    return ApiError(code, message, status)
