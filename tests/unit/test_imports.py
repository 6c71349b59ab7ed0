"""Who may import whom: the contracts of pyproject.toml, circles, and what is loaded at start."""

from __future__ import annotations

import ast
import graphlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from grimp import ImportGraph, build_graph
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[2]
PACKAGES = tuple(
    name for name in ("cfn_template", "html_page", "iam_policy", "model_cicd", "rehearsal") if (ROOT / name).is_dir()
)


def circle_of(graph: ImportGraph) -> list[str]:
    """The modules of a circle of imports, or none."""
    imported = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        graphlib.TopologicalSorter(imported).prepare()
    except graphlib.CycleError as error:
        return sorted(set(error.args[1]))
    return []


def files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


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


def test_the_contracts_of_the_packages_hold(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The layers and who may import AWS's and CDK's packages: [tool.importlinter] of pyproject.toml."""
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True) == 0, capsys.readouterr().out


def test_a_circle_is_found_in_functions_and_under_type_checking() -> None:
    made = ImportGraph()
    for importer, imported in (("a", "b"), ("b", "c"), ("c", "b"), ("d", "a")):
        made.add_import(importer=importer, imported=imported)
    assert circle_of(made) == ["b", "c"]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_imports_itself_through_others(package: str) -> None:
    """Imports inside functions and under TYPE_CHECKING count: both are there in the graph."""
    assert circle_of(build_graph(package, cache_dir=None)) == []


def test_aws_is_not_imported_with_the_library() -> None:
    aws = {
        str(path): name
        for package in PACKAGES
        if package != "rehearsal"
        for path in files(package)
        for name in at_import_time(tree(path))
        if name.split(".")[0] in ("boto3", "botocore")
    }
    assert aws == {}


@pytest.mark.parametrize("package", [name for name in PACKAGES if name not in ("model_cicd", "rehearsal")])
def test_pure_packages_need_few_packages(package: str) -> None:
    needed = {"cfn_template": {"yaml"}, "html_page": {"jinja2", "markupsafe"}}
    found = {name.split(".")[0] for path in files(package) for name in imports(tree(path))}
    assert found <= {package, *sys.stdlib_module_names} | needed.get(package, set())


@pytest.mark.programs
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


@pytest.mark.programs
def test_settings_are_read_without_cdk() -> None:
    code = """import sys, model_cicd.sagemaker_model_cicd.topology
print("jsii" in sys.modules, "boto3" in sys.modules)"""
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout == "False False\n"


@pytest.mark.programs
def test_the_gate_needs_no_pages() -> None:
    """It runs in a module's bundle, which has neither `html_page` nor Jinja2."""
    code = """import sys
from model_cicd.access import command, differences, documents, explain, modules, report, text
print(sorted({"html_page", "jinja2"} & set(sys.modules)))"""
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


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
