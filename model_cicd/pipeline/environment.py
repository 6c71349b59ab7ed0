"""Where a pipeline runs: the one record that definitions, roles and resources around them take it from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from model_cicd.aws.place import Place
from model_cicd.aws.regions import PARTITION_OF
from model_cicd.pipeline.document import NetworkConfig

#: ids and aliases of keys, which an ARN is made of; all else is an ARN, or a token that becomes one
_KEY_NAME = re.compile(r"(alias/)?[A-Za-z0-9/_-]+")


@dataclass(frozen=True, kw_only=True)
class PipelineEnvironment:
    """What a pipeline takes from around it and not from the YAML; texts are empty where nothing is given.

    `place` is where its role and resources are, `region` the region as a literal, which short forms of images need: in
    `place` it may be a token of whoever writes a template, as all texts may be but this one. `kms_key`, the key of
    `bucket`, is a key id, ARN or alias. `files` maps each `file:...` of the YAML to the S3 URI of its upload; `runs`
    and `models` are what stands in front of the keys of outputs and of models. What is empty is refused where a
    definition needs it, unless it is to stand alone: then roles and keys are left to the pipeline's own role and the
    bucket's own key, and what must be known is a parameter of the definition.
    """

    place: Place = field(default_factory=lambda: Place("", "", ""))
    dns_suffix: str = "amazonaws.com"
    region: str = ""
    pipeline_name: str = ""
    role_arn: str = ""
    bucket: str = ""
    kms_key: str = ""
    model_package_group_name: str = ""
    network: NetworkConfig = field(default_factory=NetworkConfig)
    files: Mapping[str, str] = field(default_factory=dict)
    runs: str = "runs/"
    models: str = "models/"
    standalone: bool = False

    @property
    def kms_key_arn(self) -> str:
        """The ARN of `kms_key`; of an alias, that of the alias."""
        key = self.kms_key
        if not _KEY_NAME.fullmatch(key):
            return key
        return self.place.arn("kms", key if key.startswith("alias/") else f"key/{key}")

    @property
    def placeholders(self) -> dict[str, str]:
        """What `{{region}}`, `{{account}}` and `{{partition}}` stand for, as far as it is known."""
        parts = self.role_arn.split(":")  # arn:partition:iam::account:role/name
        account = self.place.account or (parts[4] if len(parts) > 4 else "")
        known = {"region": self.region, "account": account, "partition": PARTITION_OF.get(self.region, "")}
        return {name: value for name, value in known.items() if value}


def network(subnet_ids: Sequence[str], security_group_ids: Sequence[str]) -> NetworkConfig:
    """The network of an environment whose jobs run in subnets, where there are any."""
    return NetworkConfig.model_construct(
        subnet_ids=[*subnet_ids] if subnet_ids else None,
        security_group_ids=[*security_group_ids] if security_group_ids else None,
    )
