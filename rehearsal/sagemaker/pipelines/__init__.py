"""Pipelines: definitions, what runs them, and the state the API shows."""
