"""Who may import whom: the layers of the library, read from the source.

model_cicd and rehearsal may both import iam_policy, which imports neither; what of model_cicd may is in WITH_POLICIES.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# What each part of model_cicd may import of model_cicd besides itself, lowest first.
LAYERS = {
    "text": set[str](),
    "aws": {"text"},
    "hosting": {"aws"},
    "settings": {"aws", "text"},
    "pipeline": {"aws", "settings", "text"},
    "sagemaker_pipeline": {"aws", "constructs", "pipeline", "settings", "text", "adopt", "hosting"},
    "sagemaker_model_cicd": {
        "aws",
        "constructs",
        "hosting",
        "pipeline",
        "promotion",
        "sagemaker_pipeline",
        "settings",
        "text",
        "wheel",
    },
    "check": {"aws", "pipeline", "sagemaker_model_cicd", "sagemaker_pipeline", "settings", "text"},
    "promotion": {"aws", "sagemaker_model_cicd", "text"},
    "operate": {"aws", "check", "promotion", "sagemaker_model_cicd", "settings", "text"},
    "wheel": set[str](),
    "module_metadata": {"text"},
    "adopt": {"text"},
    "constructs": {"aws", "hosting", "text"},
    "access": {
        "aws",
        "check",
        "constructs",
        "operate",
        "pipeline",
        "sagemaker_model_cicd",
        "sagemaker_pipeline",
        "settings",
        "text",
    },
    "cli": {"access", "check", "operate", "pipeline", "promotion", "text"},
}
CDK = {"aws_cdk", "constructs", "cdk_nag", "jsii"}
AWS = {"boto3", "botocore"}
WITH_POLICIES = {"access", "check", "cli"}
WITH_CDK = {"constructs", "sagemaker_model_cicd", "sagemaker_pipeline"}
WITH_AWS = {"aws", "pipeline", "promotion", "operate", "adopt"}  # in functions only


def files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def part_of(path: Path) -> str:
    """`settings` for model_cicd/settings/types.py, `cli` for model_cicd/cli.py, '' for model_cicd/__init__.py."""
    first = path.relative_to(ROOT / "model_cicd").parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def imports(tree: ast.AST) -> Iterator[str]:
    """The modules that the nodes below `tree` import, in full."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def at_import_time(node: ast.AST) -> Iterator[str]:
    """What runs when the module is imported: everything outside functions and `if TYPE_CHECKING`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield from imports(ast.Module([child], []))
        else:
            yield from at_import_time(child)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@pytest.mark.parametrize("path", files("model_cicd"), ids=lambda path: str(path.relative_to(ROOT)))
def test_model_cicd(path: Path) -> None:
    own = part_of(path)
    assert own in LAYERS or own == "", f"{own}: a part without a place among the layers"
    allowed = LAYERS.get(own, set()) | {own}
    for name in imports(tree(path)):
        top, _, rest = name.partition(".")
        assert top != "rehearsal", f"{name}: the rehearsal and the library meet over AWS's interfaces only"
        if top == "model_cicd":
            part = rest.split(".")[0]
            assert part in allowed or part == "__version__", f"{own} imports {name}"
        assert top != "iam_policy" or own in WITH_POLICIES, f"{own} imports {name}"
        if own not in WITH_CDK:
            assert top not in CDK, f"{own} imports {name}"
    for name in at_import_time(tree(path)):
        assert name.split(".")[0] not in AWS, f"{name} at import time"
    if own not in WITH_AWS:
        assert not AWS & {name.split(".")[0] for name in imports(tree(path))}


@pytest.mark.parametrize("path", files("rehearsal"), ids=lambda path: str(path.relative_to(ROOT)))
def test_rehearsal(path: Path) -> None:
    assert not {name for name in imports(tree(path)) if name.split(".")[0] == "model_cicd"}


@pytest.mark.parametrize("path", files("iam_policy"), ids=lambda path: str(path.relative_to(ROOT)))
def test_iam_policy(path: Path) -> None:
    """The engine is pure: itself and the standard library, of that nothing that reads files, clocks or the network."""
    allowed = {"iam_policy", *sys.stdlib_module_names} - {"os", "pathlib", "random", "socket", "subprocess", "time"}
    assert {name.split(".")[0] for name in imports(tree(path))} <= allowed


@pytest.mark.parametrize(
    "arguments",
    [["check", "manifests/local/deployment.yaml"], ["check", "seedcode/model-build/pipeline.yaml"], ["--version"]],
    ids=["manifest", "pipeline", "version"],
)
def test_the_command_starts_without_cdk_and_aws(arguments: list[str]) -> None:
    code = (
        "import sys, model_cicd.cli\n"
        f"try: status = model_cicd.cli.main({arguments!r})\n"
        "except SystemExit as end: status = end.code\n"
        "heavy = ('jsii', 'aws_cdk', 'cdk_nag', 'boto3', 'botocore', 'seedfarmer', 'requests', 'pandas')\n"
        "print(status, sorted(set(heavy) & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.stdout.splitlines()[-1:] == ["0 []"], found.stdout + found.stderr


def test_settings_are_read_without_cdk() -> None:
    code = """import sys, model_cicd.sagemaker_model_cicd.topology
print("jsii" in sys.modules, "boto3" in sys.modules)"""
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout == "False False\n"


def test_the_agpl_simulator_stays_in_the_tests() -> None:
    """The tests speak to it as a process; package.json at the root is the modules' as well."""
    shipped = [
        *files("iam_policy"),
        *files("model_cicd"),
        *files("rehearsal"),
        ROOT / "app.py",
        ROOT / "deployspec.yaml",
    ]
    shipped += [ROOT / name for name in ("package.json", "package-lock.json", "requirements.txt", "pyproject.toml")]
    assert [path for path in shipped if "cloud-copilot" in path.read_text(encoding="utf-8")] == []
    lock = json.loads((ROOT / "tests/unit/iam_policy/oracle/package-lock.json").read_text(encoding="utf-8"))
    pinned = lock["packages"][""]["devDependencies"]["@cloud-copilot/iam-simulate"]
    assert lock["packages"]["node_modules/@cloud-copilot/iam-simulate"]["version"] == pinned
