"""An AWS of several accounts embedded in one process, and the `rehearse` command that deploys on it."""
