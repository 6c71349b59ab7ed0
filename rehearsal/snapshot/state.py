"""The state of an embedded AWS as bytes, and back into a fresh one: its parts' own and that of moto's back ends."""

from __future__ import annotations

import collections
import importlib
import io
import marshal
import os
import pickle
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.client import BaseClient
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from moto import backends
from moto.core.base_backend import BackendDict
from moto.s3.models import s3_backends

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.http_server import HttpServer
from rehearsal.process import Child
from rehearsal.sagemaker.hosting.server import ModelServer
from rehearsal.snapshot.anchors import Anchors, is_frozen, is_ours, vars_of

STEP = "snapshot"

_LOCKS = {type(threading.Lock()): threading.Lock, type(threading.RLock()): threading.RLock}
# Parts that are about this process (sockets, ports, cages, children): those of the fresh embedded AWS stay.
_OF_THE_PROCESS = (
    *("rehearsal.process", "rehearsal.confinement", "rehearsal.gateway", "rehearsal.moto_door", "rehearsal.spans"),
    *("rehearsal.codecommit.door", "rehearsal.codebuild.toolchain", "rehearsal.codebuild.fill"),
    *("rehearsal.sagemaker.sandbox", "rehearsal.sagemaker.runtimes", "rehearsal.embedded_aws"),
)
_CLIENT, _PART = "client", "part"
_END = "end"
_BUCKETS = ("s3", "", "whose buckets are")  # what S3 has over all accounts; no other back end has anything


def save(aws: EmbeddedAws, anchors: Anchors) -> bytes:
    """Everything that an embedded AWS holds. Raises RehearsalError for what cannot be kept, and where that is."""
    out = io.BytesIO()
    pickler = _Pickler(out, aws, anchors)
    for kind, content in ((_PART, _parts(anchors)), ("moto", _back_ends())):
        for name, value in content:
            try:
                pickler.dump((kind, name, value))
            except Exception as error:
                where = name if isinstance(name, str) else " ".join(name)
                raise RehearsalError(STEP, f"{where} cannot be kept: {type(error).__name__}: {error}") from error
    pickler.dump((_END, "", None))
    return out.getvalue()


def load(aws: EmbeddedAws, anchors: Anchors, data: bytes) -> None:
    """Fill a fresh embedded AWS. Endpoints have no containers yet. `data` is trusted: what it names is called."""
    unpickler = _Unpickler(io.BytesIO(data), aws, anchors)
    while (found := unpickler.load())[0] != _END:
        kind, name, value = found
        if kind == _PART:
            _fill(anchors.parts[name], value)
        elif name == _BUCKETS:
            s3_backends.bucket_accounts.update(value)
        else:
            service, account, region = name
            dict.__setitem__(backends.get_backend(service)[account], region, value)


def _parts(anchors: Anchors) -> Iterator[tuple[str, Any]]:
    """What is kept of each part, by its path."""
    left_out: tuple[str, ...] = tuple(
        f"{path}." for path, part in anchors.parts.items() if path and is_ours(part) and _of_the_process(part)
    )
    # clients are found by access keys, so these come first
    for path, part in sorted(anchors.parts.items(), key=lambda each: not each[0].startswith(".accounts")):
        if not path or f"{path}.".startswith(left_out) or path.startswith(left_out):
            continue
        if is_ours(part) and not is_frozen(part):
            yield path, {name: value for name, value in vars_of(part).items() if anchors.path(value) is None}
        elif type(part) is list or type(part) is set or isinstance(part, collections.deque):
            yield path, list(part)
        elif isinstance(part, dict):
            yield path, list(part.items())
    yield "._members", list(anchors.parts["._members"])


def _fill(part: Any, value: Any) -> None:
    if isinstance(part, (dict, set)):
        part.clear()
        part.update(value)
    elif isinstance(part, list | collections.deque):
        part.clear()
        part.extend(value)
    else:
        for name, each in value.items():
            setattr(part, name, each)


def _back_ends() -> Iterator[tuple[tuple[str, str, str], Any]]:
    yield _BUCKETS, dict(s3_backends.bucket_accounts)
    for service in BackendDict._instances:
        for account, regions in list(service.items()):
            for region, back_end in list(regions.items()):
                yield (service.service_name, account, region), back_end


def _of_the_process(part: object) -> bool:
    module = type(part).__module__
    return any(module == each or module.startswith(f"{each}.") for each in _OF_THE_PROCESS)


class _Pickler(pickle.Pickler):
    """Refers to parts by their paths and to clients by whose they are; refuses what lives in this process only."""

    def __init__(self, out: io.BytesIO, aws: EmbeddedAws, anchors: Anchors) -> None:
        super().__init__(out, protocol=5)
        self._anchors = anchors
        self._client_key = aws.client_key

    def persistent_id(self, obj: Any) -> Any:
        path = self._anchors.path(obj)
        if path is not None:
            return (_PART, path)
        if isinstance(obj, BaseClient):
            return (_CLIENT, self._client_key(obj))
        return None

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, types.FunctionType) and "<" not in obj.__qualname__:
            return NotImplemented
        for kinds, reduced in _REDUCERS:
            if isinstance(obj, kinds):
                return reduced(obj)
        return NotImplemented


def _reduced_function(function: types.FunctionType) -> Any:
    """One that no module has by its name: its code, which the same Python reads again."""
    cells = tuple(cell.cell_contents for cell in function.__closure__ or ())
    defaults = (function.__defaults__, function.__kwdefaults__)
    return _function, (marshal.dumps(function.__code__), function.__module__, function.__qualname__, defaults, cells)


def _reduced_thread(thread: threading.Thread) -> Any:
    if thread.is_alive() and thread.name != "schedules":  # which `changed` starts again
        raise pickle.PicklingError(f"the thread {thread.name} runs")
    return type(None), ()


def _reduced_child(child: Child) -> Any:
    if child.runs:
        raise pickle.PicklingError(f"the process {child.pid} runs")
    return type(None), ()


def _reduced_file(file: io.TextIOWrapper) -> Any:
    """The log of a job that has ended."""
    if not file.closed:
        raise pickle.PicklingError(f"the file {file.name} is open")
    return _closed_file, ()


def _reduced_mapping(mapping: collections.defaultdict[Any, Any]) -> Any:
    if type(mapping) is collections.defaultdict:
        return NotImplemented
    return _mapping, (type(mapping), mapping.default_factory, vars(mapping), dict(mapping))


def _reduced_key(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> Any:
    form = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return _key, (key.private_bytes(*form),)


_REDUCERS: tuple[tuple[Any, Any], ...] = (
    (tuple(_LOCKS), lambda lock: (_LOCKS[type(lock)], ())),
    ((ModelServer, HttpServer), lambda _: (type(None), ())),  # made again: from the model, when somebody asks
    (threading.Thread, _reduced_thread),
    (Child, _reduced_child),
    (io.TextIOWrapper, _reduced_file),
    (types.FunctionType, _reduced_function),
    (collections.defaultdict, _reduced_mapping),
    ((rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey), _reduced_key),
)
"""How what pickle does not know is made again."""


class _Unpickler(pickle.Unpickler):
    """Finds parts and clients in a fresh embedded AWS."""

    def __init__(self, data: io.BytesIO, aws: EmbeddedAws, anchors: Anchors) -> None:
        super().__init__(data)
        self._aws, self._anchors = aws, anchors

    def persistent_load(self, pid: Any) -> Any:
        kind, key = pid
        return self._anchors.parts[key] if kind == _PART else self._aws.client_of(key)


def _function(code: bytes, module: str, name: str, defaults: tuple[Any, Any], cells: tuple[Any, ...]) -> Any:
    closure = tuple(types.CellType(each) for each in cells)
    made = types.FunctionType(marshal.loads(code), vars(importlib.import_module(module)), None, defaults[0], closure)
    made.__kwdefaults__, made.__qualname__ = defaults[1], name
    return made


def _closed_file() -> Any:
    with Path(os.devnull).open(encoding="utf-8") as made:
        return made


def _key(text: bytes) -> Any:
    return serialization.load_der_private_key(text, None)


def _mapping(kind: Any, factory: Any, attributes: dict[str, Any], items: dict[Any, Any]) -> Any:
    """One of a class that takes other arguments than `defaultdict` does."""
    made = kind.__new__(kind)
    made.default_factory = factory
    made.__dict__.update(attributes)
    dict.update(made, items)
    return made
