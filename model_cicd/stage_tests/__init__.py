"""Tests between the stages of a promotion: suites are data, which the runner of this library executes.

docs/adr/0037-tests-between-stages.md says why no code of a training repository runs there.
"""
