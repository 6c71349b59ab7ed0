"""Programs that run in a job's cage, with the standard library alone."""
