"""Bodies of S3 in signed or unsigned chunks (`aws-chunked`), and the checksums in their trailers.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rehearsal.api import ApiError

SIGNED, UNSIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
_CHUNK = re.compile(rb"(?P<size>[0-9a-fA-F]{1,8})(?:;chunk-signature=(?P<signature>[0-9a-f]{64}))?\r\n")
_TRAILER = re.compile(rb"(?P<name>x-amz-checksum-[a-z0-9]+):(?P<value>[A-Za-z0-9+/=]+)\r\n")


@dataclass(frozen=True)
class Seed:
    """What the first chunk's signature follows from: that of the headers, and the key it was made with."""

    time: str
    scope: str
    key: bytes
    signature: str


@dataclass(frozen=True)
class Decoded:
    """The content of a body in chunks, and the checksum headers after it."""

    body: bytes
    trailers: dict[str, str]


def decode(body: bytes) -> Decoded:
    """The content. Raises ApiError when the chunks are malformed."""
    chunks = list(_chunks(body))
    end = chunks[-1][2]
    trailers: dict[str, str] = {}
    while found := _TRAILER.match(body, end):
        trailers[found["name"].decode()] = found["value"].decode()
        end = found.end()
    if body[end:] not in (b"\r\n", b""):
        raise _malformed("after the last chunk")
    return Decoded(b"".join(content for content, _, _ in chunks), trailers)


def verify(body: bytes, seed: Seed) -> None:
    """Raises ApiError when a chunk's signature does not follow from the one before it."""
    before, empty = seed.signature, hashlib.sha256(b"").hexdigest()
    for content, signature, _ in _chunks(body):
        to_sign = f"AWS4-HMAC-SHA256-PAYLOAD\n{seed.time}\n{seed.scope}\n{before}\n{empty}\n"
        to_sign += hashlib.sha256(content).hexdigest()
        expected = hmac.new(seed.key, to_sign.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, signature):
            text = "The chunk signature we calculated does not match the signature you provided."
            raise ApiError("SignatureDoesNotMatch", text, 403)
        before = expected


def _chunks(body: bytes) -> Iterator[tuple[bytes, str, int]]:
    """Content, signature ("" without one) and the place after it of each chunk, the last of which is empty."""
    start = 0
    while found := _CHUNK.match(body, start):
        size, start = int(found["size"], 16), found.end()
        content = body[start : start + size]
        start += size
        signature = (found["signature"] or b"").decode()
        if not size:
            yield b"", signature, start
            return
        if body[start : start + 2] != b"\r\n":
            break
        start += 2
        yield content, signature, start
    raise _malformed(f"at byte {start}")


def _malformed(where: str) -> ApiError:
    return ApiError("IncompleteBody", f"the chunks of the body are malformed {where}", 400)
