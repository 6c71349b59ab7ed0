"""Files of a job by patterns, run in the cage of the job: `files.py hash|pack|unpack|keep|restore`.

Patterns are those of @actions/glob: `*`, `?`, `[]` and `**`; `!` takes out again; a folder stands for all in it.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
import zipfile
from pathlib import Path


def main(arguments: list[str]) -> int:
    """`hash ROOT PATTERN...` prints a digest; `pack FILE ROOT HIDDEN PATTERN...` makes a zip file of what matches
    and prints the number of files; `unpack FILE TARGET` unpacks one. `keep FILE WORKSPACE HOME PATTERN...` and
    `restore FILE WORKSPACE HOME` do the same for files that go back to where they were."""
    command, *rest = arguments
    if command == "hash":
        print(digest(Path(rest[0]), rest[1:]))
    elif command == "pack":
        target, root, hidden, *patterns = rest
        print(pack(target, Path(root), patterns, hidden=hidden == "true"))
    elif command == "unpack":
        unpack(*rest)
    elif command == "keep":
        target, workspace, home, *patterns = rest
        print(keep(target, {"workspace": Path(workspace), "home": Path(home)}, patterns))
    elif command == "restore":
        target, workspace, home = rest
        restore(target, {"workspace": Path(workspace), "home": Path(home)})
    else:
        return 2
    return 0


def digest(root: Path, patterns: list[str]) -> str:
    """The digest of the digests of all matching files below `root`; "" without any."""
    whole, count = hashlib.sha256(), 0
    for path in sorted(matching(root, [_in_root(each.strip(), root) for each in patterns])):
        if path.is_dir() or not path.resolve().is_relative_to(root.resolve()):
            continue
        own = hashlib.sha256()
        with path.open("rb") as file:
            while part := file.read(1 << 20):
                own.update(part)
        whole.update(own.digest())
        count += 1
    return whole.hexdigest() if count else ""


def _in_root(pattern: str, root: Path) -> str:
    """A pattern in which `/` is the workspace."""
    out, text = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
    return f"{out}{root}{text}" if text.startswith("/") and not text.startswith(str(root)) else out + text


def pack(target: str, root: Path, patterns: list[str], *, hidden: bool) -> int:
    """Zip matching files under their path below what all patterns that include have in common."""
    found = sorted(path for path in matching(root, patterns) if not path.is_dir())
    if not hidden:
        found = [path for path in found if not any(part.startswith(".") for part in _below(root, path).parts)]
    starts = [_start(pattern, root) for pattern in patterns if not pattern.startswith("!")]
    base = os.path.commonpath([each if each.is_dir() else each.parent for each in starts] or [root])
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in found:
            archive.write(path, path.relative_to(base))
    return len(found)


def keep(target: str, places: dict[str, Path], patterns: list[str]) -> int:
    """Zip what matches by where it is below the places; other files are left out."""
    count = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in matching(places["workspace"], patterns):
            inside = [name for name, place in places.items() if path.is_relative_to(place)]
            if inside and path.is_file():
                archive.write(path, Path(inside[0]) / path.relative_to(places[inside[0]]))
                count += 1
    return count


def restore(archive: str, places: dict[str, Path]) -> None:
    """Unpack what `keep` made."""
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            name, _, member.filename = member.filename.partition("/")
            _extract(packed, member, places[name])


def unpack(archive: str, target: str) -> None:
    """Unpack a zip file into a folder, with the modes of its files."""
    Path(target).mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            _extract(packed, member, Path(target))


def _extract(packed: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    path = Path(packed.extract(member, target))
    mode = member.external_attr >> 16
    if mode and not stat.S_ISLNK(mode):
        path.chmod(stat.S_IMODE(mode) | stat.S_IRUSR | stat.S_IWUSR)


def matching(root: Path, patterns: list[str]) -> list[Path]:
    """Files and folders that the patterns name, in their order."""
    found: dict[Path, None] = {}
    for given in patterns:
        pattern = given.strip()
        if not pattern or pattern.startswith("#"):
            continue
        expression = _expression(_absolute(pattern.removeprefix("!"), root))
        if pattern.startswith("!"):
            found = {path: None for path in found if not expression.fullmatch(str(path))}
            continue
        start = _start(pattern, root)
        if os.path.lexists(start) and expression.fullmatch(str(start)):
            found[start] = None
        for folder, folders, files in os.walk(start):
            folders.sort()
            for name in sorted([*folders, *files]):
                path = Path(folder, name)
                if expression.fullmatch(str(path)):
                    found[path] = None
    return list(found)


def _absolute(pattern: str, root: Path) -> str:
    if pattern == "~" or pattern.startswith("~/"):
        pattern = str(Path.home()) + pattern[1:]
    return os.path.normpath(root / pattern)


def _start(pattern: str, root: Path) -> Path:
    """The part of a pattern before its first wildcard."""
    parts = []
    for part in Path(_absolute(pattern.strip(), root)).parts:
        if re.search(r"[*?\[]", part):
            break
        parts.append(part)
    return Path(*parts)


def _expression(pattern: str) -> re.Pattern[str]:
    parts = []
    for part in pattern.split("/")[1:]:
        if part == "**":
            parts.append("(?:/[^/]+)*")
            continue
        text = re.sub(r"\*+|\?|\[[^\]]+\]|[^*?\[]+|\[", _piece, part)
        parts.append(f"/{text}")
    return re.compile("".join(parts) + "(?:/.*)?", re.DOTALL)  # a folder stands for what is in it


def _piece(found: re.Match[str]) -> str:
    text = found[0]
    if text.startswith("*"):
        return "[^/]*"
    if text == "?":
        return "[^/]"
    if text.startswith("[") and len(text) > 1:
        return text.replace("[!", "[^", 1)
    return re.escape(text)


def _below(root: Path, path: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else Path(path.name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
