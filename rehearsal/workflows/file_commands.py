"""The files that a step writes for its runner: variables, outputs, paths, state.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#environment-files
"""

from __future__ import annotations

# kind -> the variable with the file's path
FILES = {
    "set_env": "GITHUB_ENV",
    "add_path": "GITHUB_PATH",
    "set_output": "GITHUB_OUTPUT",
    "save_state": "GITHUB_STATE",
    "step_summary": "GITHUB_STEP_SUMMARY",
}
_BLOCKED = ("NODE_OPTIONS",)
LARGEST_SUMMARY = 1 << 20  # bytes of one step


class FileCommandError(Exception):
    """A file that is not as it must be; the text is for the log."""


def pairs(text: str, variable: str) -> dict[str, str]:
    """`NAME=VALUE` lines, and `NAME<<DELIMITER` with lines up to the delimiter. Raises FileCommandError."""
    found: dict[str, str] = {}
    lines = text.replace("\r\n", "\n").split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if heredoc >= 0 and (equals < 0 or heredoc < equals):
            name, delimiter = line[:heredoc], line[heredoc + 2 :]
            if not name or not delimiter:
                raise FileCommandError(f"{variable}: got {line!r}, expected NAME<<DELIMITER")
            if delimiter not in lines[at:]:
                raise FileCommandError(f"{variable}: got no line {delimiter!r} that ends the value of {name}")
            end = lines.index(delimiter, at)
            found[name] = "\n".join(lines[at:end])
            at = end + 1
        elif equals > 0:
            found[line[:equals]] = line[equals + 1 :]
        else:
            raise FileCommandError(f"{variable}: got {line!r}, expected NAME=VALUE or NAME<<DELIMITER")
    return found


def variables(text: str) -> dict[str, str]:
    """What a step wrote to GITHUB_ENV. Raises FileCommandError."""
    found = pairs(text, "GITHUB_ENV")
    for name in found:
        if name.upper() in _BLOCKED:
            raise FileCommandError(f"GITHUB_ENV: got {name}, which may not be set in this way")
    return found


def paths(text: str) -> list[str]:
    """What a step wrote to GITHUB_PATH: the last line is the first on PATH."""
    return [line for line in text.replace("\r\n", "\n").split("\n") if line][::-1]
