"""Runs inside a training job's sandbox: unpacks the user's source, installs its requirements, becomes its script.

Standard library only: the Python of an image has nothing of this project.
"""

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

CODE = Path("/opt/ml/code")


def main() -> None:
    """See the module."""
    source, program = os.environ["SM_MODULE_DIR"], os.environ["SM_USER_ENTRY_POINT"]
    arguments = json.loads(os.environ["SM_USER_ARGS"])
    with tarfile.open(source) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # it came with Python 3.11.4
        archive.extractall(CODE)
    script = CODE / program
    if not script.is_file():
        found = ", ".join(sorted(path.name for path in CODE.iterdir() if path.name != "sourcedir.tar.gz"))
        sys.exit(f"sagemaker_program {program} is not in {source}: it has {found}")
    requirements, command = CODE / "requirements.txt", ["pip", "install", "-r", "requirements.txt"]
    if requirements.is_file() and subprocess.run(command, cwd=CODE, check=False).returncode:
        sys.exit("cannot install requirements.txt")
    os.chdir(CODE)
    command = ["/bin/bash" if program.endswith(".sh") else sys.executable, program]
    print(f"Invoking script with the following command: {' '.join([*command, *arguments])}", flush=True)
    os.execv(command[0], [*command, *arguments])


if __name__ == "__main__":
    main()
