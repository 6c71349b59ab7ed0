"""Hooks of MkDocs (https://www.mkdocs.org/user-guide/configuration/#hooks): the repository's own pages as a site.

The pages are written to be read in the repository. For the site those outside of docs/ are added to those in it, links
between the two are turned, and links to what is no page (a folder, a source file) become that path.
"""

from __future__ import annotations

import base64
import hashlib
import os
import posixpath
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
#: pages of the site that lie outside of docs/
OUTSIDE = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "iam_policy/README.md",
    "benchmarks/README.md",
    "modules/sagemaker/sagemaker-model-cicd/README.md",
    "modules/sagemaker/sagemaker-pipeline/README.md",
)
# Material would load it from a CDN when a page is shown (https://squidfunk.github.io/mkdocs-material/reference/diagrams/)
MERMAID = "mermaid@11.17.2"
MERMAID_SHA512 = "V6K3C8EBdEsPFZXSKMJe6ppQOENxuHARr9GvHX4hh47lAbhMRD9qf4oEK7LoaRQxULMa80/qt5gHO73aCleBBg=="
_SCRIPT = "assets/javascripts/mermaid.min.js"
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?\)")
_FENCE = re.compile(r"^\s*(```|~~~)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Write out the entries `FOLDER/*` of the navigation, each file of it in order."""
    config.nav = [_expanded(entry) for entry in config.nav or []]
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages outside of docs/, and the script that draws diagrams."""
    for name in OUTSIDE:
        files.append(File.generated(config, name, content=(ROOT / name).read_text(encoding="utf-8")))
    files.append(File.generated(config, _SCRIPT, abs_src_path=str(_mermaid())))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn the links of a page from the repository's paths to those of the site."""
    lines, fenced = [], False
    for line in markdown.split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
        lines.append(line if fenced else _LINK.sub(lambda found: _turned(found, page.file.src_uri, files), line))
    return "\n".join(lines)


def on_post_page(output: str, *, page: Page, config: MkDocsConfig) -> str:
    """Load the script that draws diagrams on pages that have one, before the theme looks for it."""
    if 'class="mermaid"' not in output:
        return output
    source = posixpath.relpath(_SCRIPT, posixpath.dirname(page.file.dest_uri))
    return output.replace("</head>", f'<script src="{source}"></script></head>', 1)


def _expanded(entry: Any) -> Any:
    if isinstance(entry, dict):
        ((title, value),) = entry.items()
        if isinstance(value, str) and value.endswith("/*"):
            folder = ROOT / "docs" / value.removesuffix("/*")
            own = ["CONTRIBUTING.md", "SECURITY.md"] if folder.name == "contributing" else []
            return {
                title: [*own, *(path.relative_to(ROOT / "docs").as_posix() for path in sorted(folder.glob("*.md")))]
            }
    return entry


def _turned(found: re.Match[str], page: str, files: Files) -> str:
    """One link. A page in docs/ is `docs/...` in the repository, and without it on the site."""
    image, text, target, anchor = found.groups()
    own = page if page in OUTSIDE else f"docs/{page}"
    path = posixpath.normpath(posixpath.join(posixpath.dirname(own), target))
    there = path if path in OUTSIDE else path.removeprefix("docs/")
    if (path in OUTSIDE or path.startswith("docs/")) and files.get_file_from_path(there):
        return f"{image}[{text}]({posixpath.relpath(there, posixpath.dirname(page) or '.')}{anchor or ''})"
    if not (ROOT / path).exists():
        return found[0]  # MkDocs says so
    if path in ("docs/adr", "docs/contributing"):
        first = sorted(file.src_uri for file in files if file.src_uri.startswith(f"{there}/"))[0]
        return f"[{text}]({posixpath.relpath(first, posixpath.dirname(page) or '.')})"
    plain = text.replace("`", "")
    return f"`{path}`" if plain in (path, target) else f"{text} (`{path}`)"


def _mermaid() -> Path:
    """The script of the npm package, downloaded once and checked."""
    name, _, version = MERMAID.partition("@")
    script = ROOT / ".cache" / f"{name}-{version}.min.js"
    if script.exists():
        return script
    script.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        command = ["npm", "pack", "--silent", MERMAID, "--pack-destination", directory]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PluginError(f"{MERMAID} could not be downloaded: {done.stderr.strip()[-500:]}")
        archive = Path(directory) / f"{name}-{version}.tgz"
        found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if found != MERMAID_SHA512:
            raise PluginError(f"{MERMAID}: got sha512 {found}, expected {MERMAID_SHA512}")
        with tarfile.open(archive) as opened:
            member = opened.extractfile("package/dist/mermaid.min.js")
            assert member
            whole = script.with_suffix(f".{os.getpid()}")
            whole.write_bytes(member.read())
    whole.replace(script)
    return script
