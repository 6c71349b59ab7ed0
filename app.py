"""The Seed-Farmer module sagemaker-model-cicd."""

import sys
from pathlib import Path

from model_cicd.sagemaker_model_cicd.app import run

if __name__ == "__main__":
    sys.exit(run(Path(__file__).parent))
