"""How Studio's applications and images are configured: kept and shown.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateAppImageConfig.html
"""

from __future__ import annotations

from rehearsal.api import Caller, Operation, Params
from rehearsal.sagemaker import listing
from rehearsal.sagemaker.records.kind import Kind, Words
from rehearsal.sagemaker.tags import Tags

_TIMES = {"ModifiedTimeAfter": "LastModifiedTimeAfter", "ModifiedTimeBefore": "LastModifiedTimeBefore"}
_TYPE = {"AppTypeEquals": "StudioLifecycleConfigAppType"}


class _Config(Kind):
    taken = ("ResourceInUse", "{words} {arn} already exists.")
    absent = ("ResourceNotFound", "{words} {name} does not exist.")

    def list_all(self, caller: Caller, params: Params) -> Params:
        """Those of the account that the filters let through, the newest first."""
        noun = self._words.noun
        rows = [each.described for each in self.of(caller.scope)]
        for asked, member in self._words.filters.items():
            rows = [row for row in rows if params.get(asked) in (None, row.get(member))]
        wanted = {_TIMES.get(name, name): value for name, value in params.items()}
        kept = listing.select(rows, wanted, name=f"{noun}Name")
        keys = {"Name": f"{noun}Name", "CreationTime": "CreationTime", "LastModifiedTime": "LastModifiedTime"}
        return listing.page(
            listing.order(kept, params, keys, by="CreationTime", descending=True), params, self._words.summaries
        )


class StudioConfigs:
    """Configurations of images, and scripts of life cycles, which cannot be changed.

    A script has its `StudioLifecycleConfigName` and `StudioLifecycleConfigContent`.
    """

    def __init__(self, tags: Tags) -> None:
        self._images = _Config(tags, Words("AppImageConfig", "AppImageConfigs", "app-image-config", {}))
        words = Words("StudioLifecycleConfig", "StudioLifecycleConfigs", "studio-lifecycle-config", _TYPE)
        self._scripts = _Config(tags, words)

    def operations(self) -> dict[str, Operation]:
        """API name -> method."""
        made = self._images.operations() | self._scripts.operations()
        del made["UpdateStudioLifecycleConfig"]  # which AWS does not have
        return made
