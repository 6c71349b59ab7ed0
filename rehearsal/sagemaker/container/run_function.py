"""Calls a Lambda handler: FILE HANDLER ANSWER, with the event as JSON on stdin; the answer goes to a file as JSON.

Standard library only.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace


def main() -> None:
    """See the module."""
    file, name, answer = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    event = json.load(sys.stdin)
    sys.path.insert(0, str(file.parent))
    specification = importlib.util.spec_from_file_location(file.stem, file)
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    handler = getattr(module, name, None)
    if handler is None:
        sys.exit(f"{file} has no {name}")
    function = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    context = SimpleNamespace(function_name=function, aws_request_id="rehearsal", function_version="$LATEST")
    answer.write_text(json.dumps(handler(event, context)))


if __name__ == "__main__":
    main()
