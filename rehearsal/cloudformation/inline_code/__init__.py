"""Code that a template has in it, as the package that CloudFormation makes of it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

_MODULES = {"python": ("cfnresponse", "cfnresponse.py"), "nodejs": ("cfn-response", "cfn-response.js")}
_FILES = {"python": "index.py", "nodejs": "index.js"}


def package(text: str, runtime: str) -> bytes:
    """A zip of the file `index`, and of the module for answers of custom resources where that is named.

    The same text makes the same bytes. Raises ValueError for a runtime without inline code.
    """
    kind = next((each for each in _FILES if runtime.startswith(each)), None)
    if kind is None:
        raise ValueError(f"ZipFile: code in a template is for Node.js and Python, got the runtime {runtime}")
    name, file = _MODULES[kind]
    files = {_FILES[kind]: text}
    if name in text:
        files[file] = Path(__file__).with_name(file).read_text(encoding="utf-8")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path), content)
    return out.getvalue()
