"""Model Monitor: job definitions, schedules and their executions, which are processing jobs."""
