"""Files of a job by patterns: `files.py hash|pack|unpack`, run in the cage of the job.

Patterns are those of @actions/glob: `*`, `?`, `[]` and `**`; `!` takes out again; a folder stands for all that is in it.
"""

import hashlib
import os
import re
import stat
import sys
import zipfile


def main(arguments: list[str]) -> int:
    """`hash ROOT PATTERN...` prints a digest; `pack FILE ROOT HIDDEN PATTERN...` makes a zip file of what matches
    and prints the number of files; `unpack FILE TARGET` unpacks one. `keep FILE WORKSPACE HOME PATTERN...` and
    `restore FILE WORKSPACE HOME` do the same for files that go back to where they were."""
    command, *rest = arguments
    if command == "hash":
        root, *patterns = rest
        print(digest(root, patterns))
    elif command == "pack":
        target, root, hidden, *patterns = rest
        print(pack(target, root, patterns, hidden=hidden == "true"))
    elif command == "unpack":
        unpack(*rest)
    elif command == "keep":
        target, workspace, home, *patterns = rest
        print(keep(target, {"workspace": workspace, "home": home}, patterns))
    elif command == "restore":
        target, workspace, home = rest
        restore(target, {"workspace": workspace, "home": home})
    else:
        return 2
    return 0


def digest(root: str, patterns: list[str]) -> str:
    """The digest of the digests of all matching files below `root`; "" without any."""
    whole, count = hashlib.sha256(), 0
    for path in sorted(matching(root, [_in_root(each.strip(), root) for each in patterns])):
        if os.path.isdir(path) or not os.path.realpath(path).startswith(os.path.realpath(root) + os.sep):
            continue
        own = hashlib.sha256()
        with open(path, "rb") as file:
            while part := file.read(1 << 20):
                own.update(part)
        whole.update(own.digest())
        count += 1
    return whole.hexdigest() if count else ""


def _in_root(pattern: str, root: str) -> str:
    """A pattern in which the root is that of the workspace."""
    out, text = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
    return out + (root + text if text.startswith("/") and not text.startswith(root) else text)


def pack(target: str, root: str, patterns: list[str], *, hidden: bool) -> int:
    """Zip matching files under their path below what all patterns that include have in common."""
    found = sorted(path for path in matching(root, patterns) if not os.path.isdir(path))
    if not hidden:
        found = [path for path in found if not any(part.startswith(".") for part in _below(root, path).split(os.sep))]
    starts = [_start(pattern, root) for pattern in patterns if not pattern.startswith("!")]
    base = os.path.commonpath([each if os.path.isdir(each) else os.path.dirname(each) for each in starts] or [root])
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in found:
            archive.write(path, os.path.relpath(path, base))
    return len(found)


def keep(target: str, places: "dict[str, str]", patterns: "list[str]") -> int:
    """Zip what matches by where it is below the places; other files are left out."""
    count = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in matching(places["workspace"], patterns):
            inside = [name for name, place in places.items() if path.startswith(place + "/")]
            if inside and os.path.isfile(path):
                archive.write(path, f"{inside[0]}/{os.path.relpath(path, places[inside[0]])}")
                count += 1
    return count


def restore(archive: str, places: "dict[str, str]") -> None:
    """Unpack what `keep` made."""
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            name, _, member.filename = member.filename.partition("/")
            extract(packed, member, places[name])


def extract(packed: zipfile.ZipFile, member: zipfile.ZipInfo, target: str) -> None:
    """One member, with its mode."""
    path = packed.extract(member, target)
    mode = member.external_attr >> 16
    if mode and not stat.S_ISLNK(mode):
        os.chmod(path, stat.S_IMODE(mode) | stat.S_IRUSR | stat.S_IWUSR)


def unpack(archive: str, target: str) -> None:
    """Unpack a zip file into a folder, with the modes of its files."""
    os.makedirs(target, exist_ok=True)
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            extract(packed, member, target)


def matching(root: str, patterns: list[str]) -> list[str]:
    """Files and folders that the patterns name, in their order."""
    found: dict[str, None] = {}
    for given in patterns:
        pattern = given.strip()
        if not pattern or pattern.startswith("#"):
            continue
        out = pattern.startswith("!")
        expression = _expression(_absolute(pattern.removeprefix("!"), root))
        if out:
            found = {path: None for path in found if not expression.fullmatch(path)}
            continue
        start = _start(pattern, root)
        if os.path.lexists(start) and expression.fullmatch(start):
            found[start] = None
        for folder, folders, files in os.walk(start):
            folders.sort()
            for name in sorted([*folders, *files]):
                path = os.path.join(folder, name)
                if expression.fullmatch(path):
                    found[path] = None
    return list(found)


def _absolute(pattern: str, root: str) -> str:
    if pattern == "~" or pattern.startswith("~/"):
        pattern = os.path.expanduser("~") + pattern[1:]
    return os.path.normpath(os.path.join(root, pattern))


def _start(pattern: str, root: str) -> str:
    """The part of a pattern before its first wildcard."""
    parts = []
    for part in _absolute(pattern.strip(), root).split("/"):
        if re.search(r"[*?\[]", part):
            break
        parts.append(part)
    return "/".join(parts) or "/"


def _expression(pattern: str) -> "re.Pattern[str]":
    parts = []
    for part in pattern.split("/")[1:]:
        if part == "**":
            parts.append("(?:/[^/]+)*")
            continue
        text = re.sub(r"\*+|\?|\[[^\]]+\]|[^*?\[]+|\[", _piece, part)
        parts.append(f"/{text}")
    return re.compile("".join(parts) + "(?:/.*)?", re.DOTALL)  # a folder stands for what is in it


def _piece(found: "re.Match[str]") -> str:
    text = found[0]
    if text.startswith("*"):
        return "[^/]*"
    if text == "?":
        return "[^/]"
    if text.startswith("[") and len(text) > 1:
        return text.replace("[!", "[^", 1)
    return re.escape(text)


def _below(root: str, path: str) -> str:
    return os.path.relpath(path, root) if path.startswith(root) else path.lstrip(os.sep)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
