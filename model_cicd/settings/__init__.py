"""Settings of the modules: read from Seed-Farmer's environment and refused with every problem at once."""

from model_cicd.settings.context import ModuleContext
from model_cicd.settings.environment import load
from model_cicd.settings.model_cicd import ModelCicdSettings

__all__ = ["ModelCicdSettings", "ModuleContext", "load"]
