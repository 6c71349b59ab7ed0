"""What all tests share: how they are told apart and handed out, and what they cost."""

import gc

pytest_plugins = ["tests.plugins.seconds", "tests.plugins.kinds", "tests.plugins.changed", "tests.plugins.models"]

gc.set_threshold(100_000, 20, 20)  # a tenth of the seconds of the tests went into looking for garbage
