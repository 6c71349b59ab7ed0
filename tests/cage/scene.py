"""A machine to break into: a user's files, another build, a server; prints what came of each attempt as JSON.

A program of its own, so that it can run as another user: `scene.py FOLDER`, with the packages on PYTHONPATH.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

from rehearsal.confinement.cage import Cage, Confinement, Layer
from tests.cage.attempts import ATTEMPTS, LEAVING, OUTSIDE, SECRET

SECONDS = 60


class Scene:
    """Everything that there is to break into, below `folder`."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "secrets"
        self.aws = folder / "aws"
        self.other = self.aws / "codebuild" / "other"
        self.cache = folder / "cache"
        for name in (".aws/credentials", ".netrc", ".ssh/id_ed25519", ".git-credentials",
                     "project/.rehearsal/state.json"):  # fmt: skip
            self._put(self.home / name, SECRET)
        self._put(self.other / "output" / "src" / "file", SECRET)
        self._put(self.aws / "codebuild" / "third" / "file", SECRET)
        self._put(self.cache / "package" / "module.py", "good\n")
        os.environ |= {"HOME": str(self.home), "SCENE": SECRET, "SSH_AUTH_SOCK": "/tmp/agent"}
        os.chdir(self.home / "project")
        self.listening = socket.create_server(("0.0.0.0", 0))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()
        self.path, self.abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        self.socket = folder / "s"
        for each, address in ((self.path, str(self.socket)), (self.abstract, f"\0scene-{self.port}")):
            each.bind(address)
            each.listen()
        self.confinement = Confinement(self.aws)
        self.confinement.open(7071, lambda connection: connection.close())
        self.confinement.give(self.cache)

    def cage(self, name: str) -> Cage:
        own = self.aws / "codebuild" / name
        layers = (Layer(self.cache, self.aws / "layers" / name),)
        return Cage(self.confinement, (own,), layers=layers)

    def run(self, name: str, command: str, *, caged: bool = True) -> str:
        """What an attempt printed; `name` is the build that makes it."""
        own = self.aws / "codebuild" / name
        own.mkdir(parents=True, exist_ok=True)
        variables = {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(own), "SECRETS": str(self.home),
            "OTHER": str(self.other), "CACHE": str(self.cache), "SERVER": str(os.getpid()), "PORT": str(self.port),
            "SOCKET": str(self.socket), "PREFIX": sys.prefix, "ADDRESS": _address(),
            "PACKAGE": str(Path(sys.modules[Cage.__module__].__file__ or "").parents[1]),
        }  # fmt: skip
        wrapped = ["sh", "-c", command]
        wrapped = self.cage(name).command(wrapped, own) if caged else wrapped
        env = variables if caged else dict(os.environ) | variables
        done = subprocess.run(wrapped, cwd=own, env=env, capture_output=True, timeout=SECONDS, check=False)
        if b"the cage could not be made" in done.stderr:
            return f"NO CAGE {done.stderr.decode()}"
        return done.stdout.decode(errors="replace")

    def unchanged(self) -> bool:
        """Whether everything is as it was."""
        secrets = all(SECRET in path.read_text() for path in self.home.rglob("*") if path.is_file())
        return (
            secrets
            and (self.other / "output" / "src" / "file").read_text().startswith(SECRET)
            and [path.name for path in self.cache.rglob("*") if path.is_file()] == ["module.py"]
            and (self.cache / "package" / "module.py").read_text() == "good\n"
        )

    def _serve(self) -> None:
        while True:
            connection, _ = self.listening.accept()
            connection.sendall(SECRET.encode())
            connection.close()

    def _put(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _address() -> str:
    """An address of an interface of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.2"


def main() -> None:
    """All attempts, each from a build of its own."""
    scene = Scene(Path(sys.argv[1]))
    held = scene.confinement.protections
    found: dict[str, object] = {"protections": held.describe(), "attempts": {}, "left": {}, "outside": {}}
    for number, (name, command) in enumerate(ATTEMPTS.items()):
        found["attempts"][name] = scene.run(f"a{number}", command)  # type: ignore[index]
    for number, (name, (leave, look)) in enumerate(LEAVING.items()):
        scene.run(f"b{number}", leave)
        found["left"][name] = scene.run(f"c{number}", f"{look} && echo BROKEN")  # type: ignore[index]
    found["unchanged"] = scene.unchanged()
    for name in OUTSIDE:
        found["outside"][name] = scene.run("outside", ATTEMPTS[name], caged=False)  # type: ignore[index]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
