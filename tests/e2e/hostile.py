"""Values that would leave a file behind if a shell, a buildspec or a template anywhere read them as more than text.

Without `${...}`: Seed-Farmer itself puts environment variables there, and refuses what is none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = "s3://training-data-of-a-person/sets/diabetes.csv"
"""Where the group reads: `--data` puts it there."""


@dataclass(frozen=True)
class Hostile:
    """Values for a manifest. `marks` is the directory that their files would appear in."""

    marks: Path

    @property
    def branch(self) -> str:
        """What git accepts as the name of a branch."""
        return f"it's;$(touch$IFS{self.marks}/pwned-by-branch)&\"`touch$IFS{self.marks}/pwned-by-tick`|$x"

    @property
    def infra_branch(self) -> str:
        """Another one."""
        return f"$(touch$IFS{self.marks}/pwned-by-infra)';\"<>&"

    @property
    def column(self) -> str:
        """The name of a column of a CSV file, and so the value of a pipeline parameter."""
        return (
            f"$(touch {self.marks}/pwned-by-column) `touch {self.marks}/pwned-by-tick` ; touch {self.marks}/pwned; "
            "it's \\ $AWS::Region {{resolve:ssm:/x}} #{Variables.x} %s é"
        )

    @property
    def reason(self) -> str:
        """Of an approval."""
        return f'$(touch {self.marks}/pwned-by-reason) "quoted" it\'s; `touch {self.marks}/pwned-by-tick`'

    def ran(self) -> list[str]:
        """The files that one of them made."""
        return [path.name for path in self.marks.glob("pwned*")]

    def into(self, project: Path, modules: str) -> str:
        """`modules` (of a manifest) with all of them; the training data of `project` gets the column."""
        data = project / "seedcode" / "model-build" / "data" / "diabetes.csv"
        header, rows = data.read_text(encoding="utf-8").split("\n", 1)
        assert header.endswith(",target")
        data.write_text(f"{header.removesuffix('target')}{self.column}\n{rows}", encoding="utf-8")
        parameters = {"TargetColumn": self.column, "InputDataUrl": DATA}
        changes = (
            ("sourceBranch: main", f"sourceBranch: {_yaml(self.branch)}"),
            ("pipelineParameters: {}", f"pipelineParameters: {_yaml(parameters)}"),
            ("host: codecommit, name: infra", f"host: codecommit, name: infra, branch: {_yaml(self.infra_branch)}"),
        )
        assert len(self.column) <= 256
        for old, new in changes:
            assert modules.count(old) == 1
            modules = modules.replace(old, new)
        return modules


def _yaml(value: Any) -> str:
    return json.dumps(value)  # JSON is YAML
