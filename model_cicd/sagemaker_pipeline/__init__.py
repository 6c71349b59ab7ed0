"""Input of the module `sagemaker-pipeline`: its parameters or its configuration file, read and checked as a whole."""
