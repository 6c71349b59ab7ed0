"""What all tests share: how they are told apart and handed out, and what they cost."""

pytest_plugins = ["tests.plugins.seconds", "tests.plugins.kinds", "tests.plugins.changed", "tests.plugins.models"]
