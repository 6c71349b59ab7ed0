"""The parameters of one call of an operation of ours, which know what was looked at."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import Any

from rehearsal.api import Params
from rehearsal.param_types import wrong_input


class RequestMembers(Params):
    """A member that an operation needs, though its model does not say so, is asked for by name.

    `unread` are the members that nobody looked at: what an operation does not honour it must refuse (`params.only`,
    which does not count as looking), never ignore.
    """

    def __init__(self, service: str, params: Params) -> None:
        super().__init__(params)
        self._service = service
        self._read: set[str] = set()

    @property
    def unread(self) -> list[str]:
        """The members with a value that were not looked at, by name."""
        return sorted(name for name, value in dict.items(self) if name not in self._read and value is not None)

    def __missing__(self, name: str) -> Any:
        raise wrong_input(self._service, [f"{name}: missing"])

    def __getitem__(self, name: str) -> Any:
        self._read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Its value, or the default."""
        self._read.add(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self._read.add(str(name))
        return super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __or__(self, other: Any) -> Any:
        return self._whole() | other

    def __ror__(self, other: Any) -> Any:
        return other | self._whole()

    def keys(self) -> KeysView[str]:  # type: ignore[override]
        """All names."""
        return self._whole().keys()

    def values(self) -> ValuesView[Any]:  # type: ignore[override]
        """All values."""
        return self._whole().values()

    def items(self) -> ItemsView[str, Any]:  # type: ignore[override]
        """All members."""
        return self._whole().items()

    def _whole(self) -> Params:
        self._read |= set(dict.keys(self))
        return dict(dict.items(self))
