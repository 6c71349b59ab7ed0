"""`--changed`: only test files that something changed since main may touch.

Changed is what git sees between the merge base with main and the working tree, new files among it. A test file is run
if it, a conftest above it or a module that it imports, however far away, changed. A test that starts programs is run on
any change of a package, since what those import is not seen; a changed file that is no module (data, documents) stands
for the modules of its package, or for the test files that name it or its folder.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = tuple(sorted(path.parent.name for path in ROOT.glob("*/__init__.py")))
EVERYTHING = ("pyproject.toml", "requirements", "tests/plugins/", "tests/conftest.py")
MAINS = ("origin/main", "main")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--changed", action="store_true", help="only what changed since main may touch")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out test files that no change touches; they are not even imported."""
    if not config.getoption("--changed") or not collection_path.name.startswith("test_"):
        return None
    return None if collection_path in touched(ROOT) else True


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """That no test is touched is no failure."""
    if session.config.getoption("--changed") and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


@cache
def touched(root: Path) -> frozenset[Path]:
    """The test files that the changes in a working tree touch."""
    return frozenset(select(root, changes(root)))


def changes(root: Path) -> list[str]:
    """The paths that differ from where this branch left main, new files among them."""
    known = _git(root, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/remotes")
    main = next((name for name in MAINS if name in known), None)
    if main is None:
        raise pytest.UsageError(f"--changed compares with {' or '.join(MAINS)}, and neither is here")
    (base,) = _git(root, "merge-base", "HEAD", main)
    return _git(root, "diff", "--name-only", base) + _git(root, "ls-files", "--others", "--exclude-standard")


def _git(root: Path, *arguments: str) -> list[str]:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout.splitlines()


def select(root: Path, paths: Iterable[str]) -> set[Path]:
    """The test files that changes of these paths touch."""
    paths = list(paths)
    paths += [script for script in _scripts(root) if any(_names((root / script).read_text("utf-8"), p) for p in paths)]
    files = {_module(root, path): path for path in (root / "tests").rglob("*.py") if "data" not in path.parts}
    tests = {name: path for name, path in files.items() if path.name.startswith("test_")}
    if any(path.startswith(EVERYTHING) for path in paths):
        return set(tests.values())
    graph = _graph(root, files)
    hit: set[str] = set()
    for path in paths:
        for module in _modules(graph, root / path, root):
            hit |= {module, *graph.find_downstream_modules(module)}
    if any(path.startswith(PACKAGES) for path in paths):
        for starter in graph.find_modules_that_directly_import("subprocess"):
            if starter.startswith("tests."):
                hit |= {starter, *graph.find_downstream_modules(starter)}
    for name, file in files.items():
        text = file.read_text(encoding="utf-8")
        if any(_names(text, path) or _imports_script(text, path) for path in paths):
            hit |= {name, *graph.find_downstream_modules(name)}
    return {path for name, path in tests.items() if name in hit}


def _scripts(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in sorted((root / "scripts").glob("*.py"))]


def _imports_script(text: str, path: str) -> bool:
    """Scripts are no package that grimp reads."""
    folder, _, name = path.removesuffix(".py").rpartition("/")
    return folder == "scripts" and (f"from scripts import {name}" in text or f"from scripts.{name} import" in text)


def _graph(root: Path, files: dict[str, Path]) -> grimp.ImportGraph:
    """Who imports whom; test files import the conftests above them, which only pytest knows."""
    graph = grimp.build_graph(
        *PACKAGES, "tests", include_external_packages=True, cache_dir=str(root / ".import_linter_cache")
    )
    for name, path in files.items():
        graph.add_module(name)
        for folder in path.relative_to(root).parents:
            conftest = _module(root, root / folder / "conftest.py")
            if conftest in files and conftest != name:
                graph.add_import(importer=name, imported=conftest)
    return graph


def _module(root: Path, path: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def _modules(graph: grimp.ImportGraph, path: Path, root: Path) -> set[str]:
    """The modules that a file is, or those of its folder if it is data of a package or of tests."""
    if path.suffix == ".py" and (module := _module(root, path)) in graph.modules:
        return {module}
    if path.relative_to(root).parts[0] not in (*PACKAGES, "tests"):
        return set()
    for folder in path.relative_to(root).parents:
        package = ".".join(folder.parts)
        inside = {each for each in graph.modules if each == package or each.rpartition(".")[0] == package}
        if inside:
            return inside
    return set()


def _names(text: str, path: str) -> bool:
    """Whether the text of a test or of what it uses names a file that is no module, or its first folder."""
    name = Path(path).name
    first, separator, _ = path.partition("/")
    outside = separator and first not in (*PACKAGES, "tests")
    return not path.endswith(".py") and (name in text or bool(outside and f'"{first}"' in text))
