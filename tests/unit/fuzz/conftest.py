"""The same examples in every run: a failure is a change's fault.

`FUZZ=explore` takes new ones, ten times as many; `FUZZ=quick`, which `make check` sets, the first few.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None, database=None, print_blob=True, max_examples=200)
settings.register_profile("quick", settings.get_profile("steady"), max_examples=25)
settings.register_profile("explore", deadline=None, database=None, print_blob=True, max_examples=2000)
settings.load_profile(os.environ.get("FUZZ", "steady"))
