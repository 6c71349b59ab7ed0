"""Images of Studio and their versions: names for container images.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateImage.html
"""

from __future__ import annotations

from rehearsal.api import ApiError, Caller, Operation, Params
from rehearsal.params import only
from rehearsal.sagemaker import listing
from rehearsal.sagemaker.identity import check_role
from rehearsal.sagemaker.ports import SageMakerPlatform
from rehearsal.sagemaker.records.kind import Kind, Record, Words
from rehearsal.sagemaker.tags import Tags

_VERSION = {"BaseImage", "ClientToken", "ImageName", "Aliases", "VendorGuidance", "JobType", "MLFramework",
            "ProgrammingLang", "Processor", "Horovod", "ReleaseNotes"}  # fmt: skip


class _Images(Kind):
    taken = ("ResourceInUse", "Image {arn} already exists.")
    absent = ("ResourceNotFound", "No Image with the name {name} found.")

    def list_all(self, caller: Caller, params: Params) -> Params:
        """The images of the account."""
        rows = [each.described for each in self.of(caller.scope)]
        keys = {"CREATION_TIME": "CreationTime", "LAST_MODIFIED_TIME": "LastModifiedTime", "IMAGE_NAME": "ImageName"}
        return _answer(listing.select(rows, params, name="ImageName"), params, keys, "Images")


class Images:
    """Images, each with its versions: 1, 2, ..., whose numbers are never given again."""

    def __init__(self, platform: SageMakerPlatform, tags: Tags) -> None:
        self._platform = platform
        self._images = _Images(tags, Words("Image", "Images", "image", {}))
        self._versions: dict[str, dict[int, Params]] = {}
        self._last: dict[str, int] = {}

    def operations(self) -> dict[str, Operation]:
        """API name -> method."""
        return self._images.operations() | {
            "CreateImage": self.create,
            "UpdateImage": self.update,
            "DeleteImage": self.delete,
            "CreateImageVersion": self.create_version,
            "DescribeImageVersion": self.describe_version,
            "ListImageVersions": self.list_versions,
            "DeleteImageVersion": self.delete_version,
        }

    def create(self, caller: Caller, params: Params) -> Params:
        """An image without versions."""
        check_role(self._platform, params["RoleArn"], caller.account)
        made = self._images.create(caller, params)
        self._images.get(caller, params["ImageName"]).described["ImageStatus"] = "CREATED"
        return made

    def update(self, caller: Caller, params: Params) -> Params:
        """Change what is said of an image, or take it away (`DeleteProperties`)."""
        if "RoleArn" in params:
            check_role(self._platform, params["RoleArn"], caller.account)
        said = {name: value for name, value in params.items() if name != "DeleteProperties"}
        made = self._images.update(caller, said)
        described = self._images.get(caller, params["ImageName"]).described
        for name in params.get("DeleteProperties", []):
            described.pop(name, None)
        return made

    def delete(self, caller: Caller, params: Params) -> Params:
        """Delete an image without versions."""
        image = self._images.get(caller, params["ImageName"])
        if self._of(image):
            raise ApiError("ResourceInUse", f"Image {image.name} has versions: delete them first")
        self._images.delete(caller, params)
        return {}

    def create_version(self, caller: Caller, params: Params) -> Params:
        """The next version."""
        only(params, _VERSION, "CreateImageVersion")
        image, now = self._images.get(caller, params["ImageName"]), listing.now()
        arn = image.described["ImageArn"]
        number = self._last[arn] = self._last.get(arn, 0) + 1
        own = f"{arn.replace(':image/', ':image-version/')}/{number}"
        kept = {name: value for name, value in params.items() if name not in ("ClientToken", "ImageName")}
        self._of(image)[number] = kept | {
            "ImageArn": arn, "ImageVersionArn": own, "Version": number, "ImageVersionStatus": "CREATED",
            "ContainerImage": params["BaseImage"], "CreationTime": now, "LastModifiedTime": now,
        }  # fmt: skip
        return {"ImageVersionArn": own}

    def describe_version(self, caller: Caller, params: Params) -> Params:
        """One version: by number or alias, else the newest. Raises ApiError ResourceNotFound."""
        return self._version(caller, params)

    def list_versions(self, caller: Caller, params: Params) -> Params:
        """The versions of an image."""
        rows = list(self._of(self._images.get(caller, params["ImageName"])).values())
        keys = {"CREATION_TIME": "CreationTime", "LAST_MODIFIED_TIME": "LastModifiedTime", "VERSION": "Version"}
        return _answer(listing.select(rows, params), params, keys, "ImageVersions")

    def delete_version(self, caller: Caller, params: Params) -> Params:
        """Delete one version."""
        version = self._version(caller, params)
        del self._of(self._images.get(caller, params["ImageName"]))[version["Version"]]
        return {}

    def _of(self, image: Record) -> dict[int, Params]:
        return self._versions.setdefault(image.described["ImageArn"], {})

    def _version(self, caller: Caller, params: Params) -> Params:
        versions = self._of(self._images.get(caller, params["ImageName"]))
        number, alias = params.get("Version"), params.get("Alias")
        if alias is not None:
            number = next((key for key, each in versions.items() if alias in each.get("Aliases", ())), None)
        elif number is None:
            number = max(versions, default=None)
        if number not in versions:
            what = f"version {alias or number}" if alias or number else "version"
            raise ApiError("ResourceNotFound", f"No {what} of the Image {params['ImageName']} found.")
        return versions[number]


def _answer(rows: list[Params], params: Params, keys: dict[str, str], member: str) -> Params:
    kept = listing.order(rows, params | {"SortOrder": _order(params)}, keys, by="CREATION_TIME", descending=True)
    return listing.page(kept, params, member)


def _order(params: Params) -> str:
    """Of images, the order is in capitals."""
    return str(params.get("SortOrder", "DESCENDING")).capitalize()
