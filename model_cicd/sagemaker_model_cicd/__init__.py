"""The Seed-Farmer module `sagemaker-model-cicd`: settings, topology, stacks and the CDK app."""
