"""Training pipelines: the YAML format, its checks, the compiler to SageMaker's definition and the runner.

Nothing but `run` reaches for AWS, and only when it runs: the rest is pure and starts in a fraction of a second.
"""
