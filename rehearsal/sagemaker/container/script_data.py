"""Requests and answers of the script-mode servers: text/csv, application/json and application/x-npy.

https://github.com/aws/sagemaker-inference-toolkit
"""

import io
import json
import os
from typing import Any

from serving import Refused  # type: ignore[import-not-found]

CSV, JSON, NPY = "text/csv", "application/json", "application/x-npy"
LIBSVM = ("text/libsvm", "text/x-libsvm")


class Response:
    """What a script's output_fn may return."""

    def __init__(self, response: Any = b"", status: int = 200, mimetype: str = JSON, **_: Any) -> None:
        self.response, self.status, self.mimetype = response, status, mimetype


def types(headers: Any) -> tuple[str, str]:
    """Content type of a request, and the one that it accepts."""
    kind = (headers.get("Content-Type") or JSON).partition(";")[0].strip()
    accept = (headers.get("Accept") or "*/*").partition(";")[0].strip()
    default = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", JSON)
    return kind, default if accept == "*/*" else accept


def is_text(kind: str) -> bool:
    """Whether scripts get the body as text."""
    return kind.startswith("text/") or kind == JSON


def decode(content: Any, kind: str) -> Any:
    """An array."""
    import numpy

    if kind == CSV:
        return numpy.genfromtxt(io.StringIO(content), dtype=numpy.float32, delimiter=",")
    if kind == JSON:
        return numpy.array(json.loads(content))
    if kind == NPY:
        return numpy.load(io.BytesIO(content))
    raise Refused(415, f"Content-type {kind} is not supported. Supported are: {CSV}, {JSON}, {NPY}.")


def matrix(content: Any, kind: str) -> Any:
    """A DMatrix, as XGBoost's image reads it."""
    import serve_xgboost  # type: ignore[import-not-found]

    return serve_xgboost.parse(content.encode() if isinstance(content, str) else content, kind)


def tensor(content: Any, kind: str) -> Any:
    """A tensor, as PyTorch's image reads it: of floats, where it was text.

    https://github.com/aws/sagemaker-pytorch-inference-toolkit
    """
    import torch  # type: ignore[import-not-found]

    found = decode(content, kind)
    return torch.from_numpy(found) if kind == NPY else torch.FloatTensor(found)


def encode(prediction: Any, accept: str) -> Any:
    """Text, or bytes of an array."""
    import numpy

    if accept == JSON:
        return json.dumps(prediction.tolist() if hasattr(prediction, "tolist") else prediction)
    buffer = io.BytesIO()
    if accept == CSV:
        numpy.savetxt(buffer, numpy.asarray(prediction), delimiter=",", fmt="%s")
        return buffer.getvalue().decode()
    if accept == NPY:
        numpy.save(buffer, numpy.asarray(prediction))
        return buffer.getvalue()
    raise Refused(406, f"Accept type {accept} is not supported. Please use one of {CSV}, {JSON}, {NPY}.")


def encode_response(prediction: Any, accept: str) -> Response:
    """What the images' own output_fn returns."""
    return Response(encode(prediction, accept), mimetype=accept)


def answer(made: Any, accept: str) -> tuple[str, bytes]:
    """Content type and body of what a script returned: a Response, (body, content type) or a body."""
    if isinstance(made, Response):
        if made.status >= 400:
            raise Refused(made.status, str(made.response))
        made, accept = made.response, made.mimetype
    elif isinstance(made, tuple):
        made, accept = made
    return accept, made if isinstance(made, bytes) else str(made).encode()
