"""Settings of the modules: read from Seed-Farmer's environment and refused with every problem at once."""

from model_cicd.sagemaker_model_cicd.settings.load import load
from model_cicd.sagemaker_model_cicd.settings.parameters import ModelCicdSettings
from model_cicd.settings.context import ModuleContext

__all__ = ["ModelCicdSettings", "ModuleContext", "load"]
