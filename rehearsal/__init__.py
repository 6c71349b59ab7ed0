"""An AWS of several accounts embedded in one process, and the `rehearse` command that runs the real deployment on it."""
