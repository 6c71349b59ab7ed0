"""The glossary, the architecture page and the pages for contributors are true to the tree."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LISTED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
FILES = {name for name in LISTED if (ROOT / name).exists()}
FOLDERS = {str(folder) for name in FILES for folder in Path(name).parents}
PACKAGES = tuple(sorted({Path(name).parent.name for name in FILES if re.fullmatch(r"[a-z_]+/__init__\.py", name)}))
PRODUCT = sorted(name for name in FILES if name.startswith(tuple(f"{each}/" for each in PACKAGES)))
#: where the documentation speaks of files of this repository by their path
TOP = "|".join(sorted({re.escape(name.split("/")[0]) for name in FILES if "/" in name}))
PATH = re.compile(rf"`((?:{TOP})/[\w./-]*\w)`")
#: words that say too little, or that another word of the glossary stands for
VAGUE = {
    "circumstances", "declared", "each", "elsewhere", "found", "given", "hand", "helpers", "misc", "published",
    "setting", "stuff", "surroundings", "things", "utils", "where", "witnesses", "work",
}  # fmt: skip
#: files of others that the code speaks of, and words of command lines
NOT_OURS = (" seedfarmer/input_validators.py", " sagemaker/workflow/pipeline.py", " FILE.py")
PAGES = sorted(name for name in FILES if name.endswith(".md") and not (ROOT / name).parent.is_symlink())


def test_no_file_has_a_vague_name() -> None:
    assert [name for name in PRODUCT if VAGUE & {part.removesuffix(".py") for part in name.split("/")}] == []


def test_every_folder_of_the_packages_is_explained() -> None:
    text = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("architecture.md", "glossary.md"))
    folders = {str(Path(name).parent) for name in PRODUCT}
    last = {folder: folder.rsplit("/", 1)[-1] for folder in folders}
    assert sorted(folder for folder in folders if f"`{folder}`" not in text and f"`{last[folder]}`" not in text) == []


def test_a_term_of_the_glossary_is_explained_once() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = [row for row in re.findall(r"^\| ([^|]+) \|", text, flags=re.MULTILINE) if row not in ("term", "---")]
    terms = [term for row in rows for term in row.split(", ")]
    assert len(terms) > 40
    assert sorted({term for term in terms if terms.count(term) > 1}) == []


@pytest.mark.parametrize("page", PAGES)
def test_paths_in_pages_are_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    known = FILES | FOLDERS
    own = str(Path(page).parent)
    assert [path for path in PATH.findall(text) if path not in known and f"{own}/{path}" not in known] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_files_that_the_code_speaks_of_are_there(package: str) -> None:
    """In docstrings and comments: by name, or by any end of the path."""
    ends = {"/".join(Path(name).parts[-count:]) for name in FILES for count in range(1, len(Path(name).parts) + 1)}
    wrong = []
    for name in PRODUCT:
        if name.startswith(f"{package}/") and name.endswith(".py"):
            text = "\n".join(prose((ROOT / name).read_text(encoding="utf-8")))
            wrong += [
                f"{name}: {path}"
                for path in re.findall(r"(?<![\w./<>-])([\w/-]+\.(?:py|md))\b", text)
                if path not in ends
            ]
    assert [each for each in wrong if not each.endswith(NOT_OURS)] == []


def prose(source: str) -> Iterator[str]:
    """Docstrings and comments."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def test_pages_for_contributors_name_files() -> None:
    """So that the test of paths has something to find in each of them."""
    pages = sorted((ROOT / "docs" / "contributing").glob("*.md"))
    assert len(pages) >= 5
    assert [page.name for page in pages if len(PATH.findall(page.read_text(encoding="utf-8"))) < 4] == []
