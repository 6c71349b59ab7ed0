"""The plugin of pytest as docs/pytest-plugin.md has it: a repository of somebody else, made of the files of that page.

One pytest on one embedded AWS: the page's tests, tests of what goes wrong, then Ctrl-C.
"""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.by_hand import BIN, ROOT, plain_environment, wait
from tests.samples import files_of

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("pytest-plugin")]

PAGE = ROOT / "docs" / "pytest-plugin.md"
WRONG = """
import pathlib
import time

import pytest

from rehearsal.errors import RehearsalError

MANIFEST = pathlib.Path("manifests/dev/deployment.yaml")


def test_a_failing_build_is_shown_and_its_log_kept(rehearsal):
    spec = pathlib.Path("modules/storage/drop-box/deployspec.yaml")
    good = spec.read_text()
    spec.write_text(good.replace("- export STACK", "- echo this breaks && false\\n        - export STACK", 1))
    with pytest.raises(RehearsalError, match="this breaks") as caught:
        rehearsal.apply(MANIFEST)
    assert caught.value.log.is_file()
    assert caught.value.log.is_relative_to(pathlib.Path(".rehearsal/logs").absolute())


def test_another_account_is_refused(rehearsal):
    other = MANIFEST.with_name("other.yaml")
    other.write_text(MANIFEST.read_text().replace("111122223333", "444455556666"))
    with pytest.raises(RehearsalError, match="toolchain account: got '444455556666', expected '111122223333'"):
        rehearsal.apply(other)


def test_nothing_is_deployed_any_more(rehearsal):
    with pytest.raises(RehearsalError, match="nothing is deployed"):
        rehearsal.destroy()


def test_it_is_interrupted():
    pathlib.Path("waiting").touch()
    time.sleep(600)
"""


def test_the_example_of_the_page_passes_and_nothing_stays(tmp_path: Path) -> None:
    project, temporary = tmp_path / "shop", tmp_path / "tmp"
    temporary.mkdir()
    for name, text in files_of(PAGE).items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    (project / "tests" / "test_wrong.py").write_text(WRONG, encoding="utf-8")
    environment = plain_environment(tmp_path) | {"TMPDIR": str(temporary)}
    output = tmp_path / "output.txt"
    with output.open("w", encoding="utf-8") as out:
        # what is started in the background of a shell hears of no Ctrl-C, nor do its children
        heard = ["env", "--default-signal=INT"]
        command = [*heard, str(BIN / "pytest"), "-q", "tests", "-p", "no:cacheprovider"]
        child = subprocess.Popen(command, cwd=project, env=environment, stdout=out, stderr=out)
    try:
        waiting = project / "waiting"
        wait(lambda: waiting.exists() or child.poll() is not None, 500, "the last of its tests")
        child.send_signal(signal.SIGINT)
        child.wait(120)
    finally:
        child.kill()
    printed = output.read_text(encoding="utf-8")
    assert re.search(r"^7 passed in", printed, re.MULTILINE), printed[-6000:]
    assert "KeyboardInterrupt" in printed
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert f"rehearsal.pytest_plugin {child.pid} " not in running
    assert not list(temporary.glob("rehearsal-*")), "its scratch directory"
    assert not list(temporary.glob("pytest-of-*/pytest-*/rehearsal*/*")), "its state, which has credentials"
