"""Multi-account CI/CD for SageMaker models: settings, topology, pipeline compiler, constructs and stacks."""

__version__ = "0.2.0"
