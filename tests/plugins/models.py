"""AWS's service models are read once in a process, not once in every session of botocore that a test makes.

A session keeps them for itself; a run of tests makes hundreds of sessions, and the models are megabytes of JSON.
"""

from __future__ import annotations

import functools

import botocore.loaders


def pytest_configure() -> None:
    loader = botocore.loaders.JSONFileLoader
    read = functools.cache(loader().load_file)
    setattr(loader, "load_file", lambda _, file_path: read(file_path))  # noqa: B010 (botocore knows no other place)
