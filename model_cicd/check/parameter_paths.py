"""Deployments and modules of this repository whose SSM parameters would lie below the path of others.

A path has letters, digits and `_.-` only, and everything else in a name becomes a hyphen there
(`model_cicd.settings.names.parameter_path`): `a+b` and `a-b` would overwrite what the other published.
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from model_cicd.aws.naming import parameter_part
from model_cicd.check.metadata import GroupedModule
from model_cicd.check.parameters import is_this_module
from model_cicd.text.errors import Problem
from model_cicd.text.source import Document


def shared_paths(document: Document, modules: Sequence[GroupedModule]) -> Iterator[Problem]:
    """Problems of the deployment's name, and of modules that share a path with another one of `modules`."""
    own = [
        each
        for each in modules
        if isinstance(each.data, dict)
        and isinstance(each.data.get("name"), str)
        and is_this_module(str(each.data.get("path", "")), each.data.get("parameters"))
    ]
    name = document.data.get("name")
    if own and isinstance(name, str) and (plain := parameter_part(name)) != name:
        yield document.problem(
            ("name",),
            f"got {name!r}, expected letters, digits and any of _.-, such as {plain!r}: paths of SSM parameters take "
            f"no others, so that the parameters of the deployments {name!r} and {plain!r} would overwrite each other",
        )
    seen: dict[str, GroupedModule] = {}
    for each in own:
        full = f"{each.group}-{each.data['name']}"
        first = seen.setdefault(parameter_part(full), each)
        if first is not each and (first.group, first.data["name"]) != (each.group, each.data["name"]):
            where = f"{first.document.file}:{first.document.line((*first.base, 'name'))}"
            yield each.document.problem(
                (*each.base, "name"),
                f"got the module name {each.data['name']!r} in the group {each.group!r}, expected one whose SSM "
                f"parameters have a path of their own: {full} and {first.group}-{first.data['name']} ({where}) would "
                "overwrite each other's",
            )
