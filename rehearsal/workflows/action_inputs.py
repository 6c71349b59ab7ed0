"""The actions that have a stand-in, and their inputs: what is taken, and what is refused by name.

The defaults are those of each `action.yml` of the versions of 2026.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rehearsal.workflows.errors import nearest
from rehearsal.workflows.model import ActionReference
from rehearsal.workflows.templates import Template


@dataclass(frozen=True)
class ActionInputs:
    """Of one action: input -> default, those that must be given, and input -> why it is not supported."""

    defaults: Mapping[str, str]
    required: frozenset[str] = frozenset()
    refused: Mapping[str, str] = field(default_factory=dict)


def _inputs(text: str, required: str = "", **refused: str) -> ActionInputs:
    """`text` has a line `name` or `name default` for each input."""
    rows = (line.strip().partition(" ") for line in text.strip().splitlines())
    defaults = {name: default for name, _, default in rows}
    return ActionInputs(defaults, frozenset(required.split()), {k.replace("_", "-"): v for k, v in refused.items()})


_NO_KEYS = "the rehearsal takes no static keys; use role-to-assume with id-token: write"
_CACHE = """
    path
    key
    restore-keys
    upload-chunk-size
    enableCrossOsArchive false
    fail-on-cache-miss false
    lookup-only false
"""

ACTIONS: Mapping[str, ActionInputs] = {
    "actions/checkout": _inputs(
        """
        repository
        ref
        token
        path
        clean true
        fetch-depth 1
        fetch-tags false
        show-progress true
        persist-credentials true
        set-safe-directory true
        """,
        ssh_key="it clones over https",
        ssh_known_hosts="it clones over https",
        ssh_strict="it clones over https",
        ssh_user="it clones over https",
        filter="it fetches whole commits",
        sparse_checkout="it checks out whole commits",
        sparse_checkout_cone_mode="it checks out whole commits",
        lfs="it has no storage for large files",
        submodules="it checks out one repository",
        github_server_url="it has one GitHub",
    ),
    "actions/setup-python": _inputs(
        """
        python-version
        python-version-file
        cache
        cache-dependency-path
        check-latest false
        token
        update-environment true
        allow-prereleases false
        """,
        architecture="a machine has one",
        freethreaded="only usual builds of Python are looked for",
        pip_version="pip comes with the Python",
        pip_install="install in a step of its own",
    ),
    "aws-actions/configure-aws-credentials": _inputs(
        """
        aws-region
        role-to-assume
        role-session-name GitHubActions
        role-duration-seconds 3600
        audience sts.amazonaws.com
        mask-aws-account-id false
        output-credentials false
        output-env-credentials true
        unset-current-credentials false
        allowed-account-ids
        inline-session-policy
        managed-session-policies
        disable-retry false
        retry-max-attempts 12
        special-characters-workaround false
        """,
        "aws-region role-to-assume",
        aws_access_key_id=_NO_KEYS,
        aws_secret_access_key=_NO_KEYS,
        aws_session_token=_NO_KEYS,
        web_identity_token_file="the token is that of the job",
        role_chaining="the first role is assumed with the job's token, others in a step of your own",
        role_external_id="AssumeRoleWithWebIdentity has none",
        role_skip_session_tagging="AssumeRoleWithWebIdentity has no tags",
        http_proxy="the way out of the cage is given",
        use_existing_credentials="there are none before",
        aws_profile="credentials go into the environment",
        overwrite_aws_profile="credentials go into the environment",
    ),
    "actions/upload-artifact": _inputs(
        """
        name artifact
        path
        if-no-files-found warn
        retention-days 0
        compression-level 6
        overwrite false
        include-hidden-files false
        """,
        "path",
        archive="an artifact is a zip file",
    ),
    "actions/download-artifact": _inputs(
        """
        name
        path
        pattern
        merge-multiple false
        """,
        artifact_ids="artifacts are known by their names",
        github_token="only artifacts of the run itself are there",
        repository="only artifacts of the run itself are there",
        run_id="only artifacts of the run itself are there",
        skip_decompress="an artifact is a zip file",
        digest_mismatch="an artifact cannot change on the way",
    ),
    "actions/cache": _inputs(_CACHE, "path key", save_always="it is deprecated"),
    "actions/cache/restore": _inputs(_CACHE, "path key"),
    "actions/cache/save": _inputs("path\nkey\nupload-chunk-size\nenableCrossOsArchive false", "path key"),
}


def input_problems(reference: ActionReference, given: Mapping[str, Template]) -> Iterator[tuple[int, str]]:
    """What is wrong with the inputs of a step: lines and sentences. Local actions say it when they run."""
    known = ACTIONS.get(reference.name)
    if known is None:
        return
    names = {name.lower(): value for name, value in given.items()}
    for name, value in given.items():
        if name.lower() in known.refused:
            yield value.line, f"{name}: the rehearsal does not support this: {known.refused[name.lower()]}"
        elif name.lower() not in map(str.lower, known.defaults):
            yield value.line, f"{name}: {reference.name} has no such input{nearest(name, known.defaults)}"
    for name in sorted(known.required - names.keys()):
        yield reference.line, f"{name}: got nothing, expected it"
