"""What the providers of SageMaker's records have in common: nothing runs behind them, here or because of them."""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider
from rehearsal.cloudformation.providers._sagemaker import TAGGING
from rehearsal.cloudformation.shapes import tag_map


class Kept(Provider):
    """A record that `Create`, `Describe`, `Update` and `Delete` with its `word` make, show, change and remove.

    `names` are the members that say which one it is, as the type's identifier has them; `renamed` are properties that
    the operations call otherwise, `in_place` those of which only an unsupported part makes a new resource. Ref gives
    the values of `names`.
    """

    service, tagging, absent = "sagemaker", TAGGING, ("ResourceNotFound",)
    word: ClassVar[str]
    names: ClassVar[tuple[str, ...]]
    renamed: ClassVar[dict[str, str]] = {}
    in_place: ClassVar[tuple[str, ...]] = ()

    def replacing(self, old: dict[str, Any], new: dict[str, Any]) -> set[str]:
        """The changed properties that need a new resource."""
        return super().replacing(old, new) - {*self.in_place}

    def create(self, call: Call) -> Made:
        """The record."""
        call.invoke(f"Create{self.word}", **self._said(call.properties))
        name = "|".join(str(call.properties[each]) for each in self.names)
        call.reserve(name)
        return self._read(call, name)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """What changed, and tags."""
        before, after = (self._said(source) for source in (old, call.properties))
        changed = {key: value for key, value in after.items() if before.get(key) != value and key != "Tags"}
        if changed:
            self.change(call, changed)
        made = self._read(call, call.handle)
        self.retag(call, old, ResourceArn=made.attributes[f"{self.word}Arn"])
        return made

    def change(self, call: Call, changed: dict[str, Any]) -> None:
        """Say these members anew."""
        call.invoke(f"Update{self.word}", **changed, **self._named(call.handle))

    def remove(self, call: Call) -> None:
        """The record."""
        call.invoke(f"Delete{self.word}", **self._named(call.handle))

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """The one that an import names."""
        return super().read(call, {"": "|".join(identifier[name] for name in self.identifier)})

    def found(self, call: Call, name: str) -> Made:
        """The one with that identifier."""
        return self._read(call, name)

    def actual(self, call: Call) -> dict[str, Any]:
        """What SageMaker shows of the properties, and tags."""
        found = self._described(call, call.handle)
        told = {name: found.get(self.renamed.get(name, name)) for name in self.properties if name != "Tags"}
        arn = found[f"{self.word}Arn"]
        tags = {"Tags": tag_map(call.invoke("ListTags", ResourceArn=arn)["Tags"])} if self.tags else {}
        return {name: value for name, value in told.items() if value is not None} | tags

    def _described(self, call: Call, name: str) -> dict[str, Any]:
        return call.invoke(f"Describe{self.word}", **self._named(name))

    def _read(self, call: Call, name: str) -> Made:
        found = self._described(call, name)
        shown = {each: _text(found[each]) for each in self.attributes if found.get(each) is not None}
        return Made(name, shown | {f"{self.word}Arn": found[f"{self.word}Arn"]})

    def _named(self, name: str) -> dict[str, str]:
        return dict(zip(self.names, name.split("|"), strict=True))

    def _said(self, properties: dict[str, Any]) -> dict[str, Any]:
        return {self.renamed.get(name, name): value for name, value in properties.items()}


def _text(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
