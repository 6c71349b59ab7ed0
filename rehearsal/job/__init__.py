"""The main job: bootstrap, `seedfarmer apply`, push, train, check, report."""
