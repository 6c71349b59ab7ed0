"""The command that runs a step's script, by its `shell`.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
"""

from __future__ import annotations

import shlex

_COMMANDS = {
    "": ("bash -e {0}", ".sh"),
    "bash": ("bash --noprofile --norc -eo pipefail {0}", ".sh"),
    "sh": ("sh -e {0}", ".sh"),
    "python": ("python {0}", ".py"),
}
_REFUSED = ("pwsh", "powershell", "cmd")


def problem(shell: str) -> str | None:
    """What is wrong with a shell, or None."""
    if shell in _REFUSED:
        return f"got {shell}, which the rehearsal does not have; it has {', '.join(filter(None, _COMMANDS))}"
    if shell in _COMMANDS:
        return None
    try:
        words = shlex.split(shell)
    except ValueError as error:
        return f"got {shell!r}, which is no command: {error}"
    if len(words) < 2 or "{0}" not in shell:
        return f"got {shell}, expected {', '.join(filter(None, _COMMANDS))} or a command with {{0}} for the script"
    return None


def suffix(shell: str) -> str:
    """How the name of a script ends."""
    return _COMMANDS.get(shell, ("", ""))[1]


def command(shell: str, script: str) -> list[str]:
    """The words of the command that runs `script`; `shell` is "" where no key says one."""
    text = _COMMANDS.get(shell, (shell, ""))[0]
    return [word.replace("{0}", script) for word in shlex.split(text)]
