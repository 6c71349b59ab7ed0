"""CBOR, as far as the RPC v2 protocol of AWS needs it.

https://www.rfc-editor.org/rfc/rfc8949 and https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

from __future__ import annotations

import datetime
import struct
from collections.abc import Callable
from typing import Any

_BREAK = object()
_DEPTH = 64
_SIZES = {24: 1, 25: 2, 26: 4, 27: 8}
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}
_SIMPLE = {20: False, 21: True, 22: None, 23: None, 31: _BREAK}


def loads(data: bytes) -> Any:
    """The value of `data`; times come as datetime. Raises ValueError for what is no CBOR, or more than one value."""
    reader = _Reader(data)
    made = reader.item()
    if made is _BREAK or reader.at != len(data):
        raise ValueError("expected exactly one value")
    return made


def dumps(value: Any) -> bytes:
    """A value of dicts, lists, texts, bytes, numbers and datetimes. Raises TypeError for others."""
    for kinds, write in _WRITERS:
        if isinstance(value, kinds):
            return write(value)
    raise TypeError(f"{value!r} has no CBOR form")


def _integer(value: int) -> bytes:
    return _head(0, value) if value >= 0 else _head(1, -1 - value)


def _text(value: str) -> bytes:
    return _head(3, len(value.encode())) + value.encode()


def _mapping(value: dict[str, Any]) -> bytes:
    return _head(5, len(value)) + b"".join(dumps(name) + dumps(part) for name, part in value.items())


_WRITERS: tuple[tuple[type, Callable[[Any], bytes]], ...] = (
    (type(None), lambda value: b"\xf6"),
    (bool, lambda value: b"\xf5" if value else b"\xf4"),
    (int, _integer),
    (float, lambda value: b"\xfb" + struct.pack(">d", value)),
    (datetime.datetime, lambda value: _head(6, 1) + dumps(value.timestamp())),
    (bytes, lambda value: _head(2, len(value)) + value),
    (str, _text),
    (list, lambda value: _head(4, len(value)) + b"".join(map(dumps, value))),
    (dict, _mapping),
)


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    kind, size = next((kind, size) for kind, size in _SIZES.items() if number < 1 << 8 * size)
    return bytes([major << 5 | kind]) + number.to_bytes(size, "big")


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.depth = data, 0, 0

    def item(self) -> Any:
        """The next value, or _BREAK."""
        self.depth += 1
        if self.depth > _DEPTH:
            raise ValueError(f"more than {_DEPTH} levels")
        head = self._take(1)[0]
        made = self._of(head >> 5, head & 31)
        self.depth -= 1
        return made

    def _of(self, major: int, kind: int) -> Any:
        if major == 7:
            return self._simple(kind)
        number = None if kind == 31 and major in (2, 3, 4, 5) else self._number(kind)
        if major in (2, 3):
            data = b"".join(map(_bytes, self._items(None))) if number is None else self._take(number)
            return data if major == 2 else data.decode()
        if major in (4, 5):
            return self._items(number) if major == 4 else self._map(number)
        assert number is not None
        if major == 6:
            return self._tagged(number)
        return number if major == 0 else -1 - number

    def _simple(self, kind: int) -> Any:
        if kind in _FLOATS:
            return struct.unpack(_FLOATS[kind], self._take(_SIZES[kind]))[0]
        if kind not in _SIMPLE:
            raise ValueError(f"the simple value {kind} is not known")
        return _SIMPLE[kind]

    def _items(self, number: int | None) -> list[Any]:
        made: list[Any] = []
        while number is None or len(made) < number:
            value = self.item()
            if value is _BREAK:
                if number is not None:
                    raise ValueError("a break inside of a list of known length")
                break
            made.append(value)
        return made

    def _map(self, number: int | None) -> dict[str, Any]:
        flat = self._items(None if number is None else 2 * number)
        names = flat[::2]
        if len(flat) % 2 or not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
            raise ValueError("a map has names that are no texts, or one twice")
        return dict(zip(names, flat[1::2], strict=True))

    def _tagged(self, tag: int) -> Any:
        value = self.item()
        if tag != 1 or isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"the tag {tag} is not known")
        try:
            return datetime.datetime.fromtimestamp(value, datetime.UTC)
        except (OverflowError, OSError) as error:
            raise ValueError(f"{value} is no time: {error}") from None

    def _number(self, kind: int) -> int:
        if kind < 24:
            return kind
        if kind not in _SIZES:
            raise ValueError(f"the length {kind} is not known")
        return int.from_bytes(self._take(_SIZES[kind]), "big")

    def _take(self, count: int) -> bytes:
        part = self.data[self.at : self.at + count]
        if len(part) != count:
            raise ValueError("it ends too early")
        self.at += count
        return part


def _bytes(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if not isinstance(value, bytes):
        raise ValueError("a text or bytes in parts of another kind")
    return value
