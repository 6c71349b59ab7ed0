"""The Seed-Farmer module sagemaker-pipeline."""

import sys
from pathlib import Path

from model_cicd.sagemaker_pipeline.app import run

if __name__ == "__main__":
    sys.exit(run(Path(__file__).parent))
