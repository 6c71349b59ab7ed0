"""Ends everything with its parent: the whole embedded AWS runs in a PID and mount namespace of its own.

When the first process of a PID namespace ends, however it ends, the kernel kills all others in it, and its mounts go
with the mount namespace. A guardian outside removes the scratch directory as soon as nobody is left to need it. So a
rehearsal that is killed leaves neither processes nor mounts nor files.
https://man7.org/linux/man-pages/man7/pid_namespaces.7.html
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from rehearsal.errors import RehearsalError

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
PR_SET_PDEATHSIG = 1

GRACE = 10.0  # seconds between the request to end and the end, at most
_LOOK_SECONDS = 0.2
_AGAIN = 0.5  # seconds between one request to end and the next
_WHERE = signal.SIGUSR2  # asks it to say on stderr where its threads are
_WRITING = 0.5  # seconds that it gets for that
_REMOVAL = 60.0  # seconds that removing the scratch directory may take

# Of the process that people see and signal; the caged one sees itself as number 1.
outer_pid = os.getpid()
# Why this process is in no cage of its own, in words, where the kernel gave none.
missing: tuple[str, ...] = ()


def run_caged(main: Callable[[], int], scratch: Path, *, grace: float = GRACE) -> int:
    """Run `main` in a process that is the first of its namespaces and give back its exit code.

    `scratch` is removed when both this process and that one have ended. A process that was asked to end (SIGTERM,
    SIGHUP) and has not done so after `grace` seconds is killed; where it was then is on stderr.

    Must be called before any thread is started. Where the kernel allows no namespaces `main` runs as an ordinary
    child, and `missing` says so: then a `kill -9` of both leaves something behind.
    """
    global missing  # noqa: PLW0603
    libc = ctypes.CDLL(None, use_errno=True)
    alive = _start_guardian(scratch)
    missing = _enter_namespaces(libc)
    sys.stdout.flush()
    sys.stderr.flush()
    global outer_pid  # noqa: PLW0603
    parent = outer_pid = os.getpid()
    child = os.fork()
    if child == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() not in (parent, 0):  # 0: the parent is outside the namespace
            os._exit(1)  # the parent ended before it could be watched
        _private_proc(libc)
        os._exit(_guarded(main))
    code = _wait(child, grace)
    os.close(alive)
    patience = time.monotonic() + _REMOVAL
    while scratch.exists():  # the guardian is at it
        if time.monotonic() > patience:
            print(f"rehearse: {scratch} could not be removed", file=sys.stderr)
            break
        time.sleep(0.01)
    return code


def rest() -> None:
    """Wait for the signal that ends this process, whichever of its threads the kernel gives it to.

    `signal.pause` would sleep on when that is another thread, or when the signal comes just before it.
    """
    while True:
        time.sleep(_LOOK_SECONDS)


def _start_guardian(scratch: Path) -> int:
    """Fork a process that removes `scratch` once nobody holds the returned file descriptor any more."""
    reading, writing = os.pipe()  # not inherited by programs that are started, only by forks of this one
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        os.close(reading)
        return writing
    os.setsid()  # out of reach of a kill of the process group and of the terminal
    if os.fork():
        os._exit(0)
    os.close(writing)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.chdir("/")
    os.read(reading, 1)
    for _ in range(50):  # what is just being killed may still write
        shutil.rmtree(scratch, ignore_errors=True)
        if not scratch.exists():
            break
        time.sleep(0.1)
    os._exit(0)


def _enter_namespaces(libc: ctypes.CDLL) -> tuple[str, ...]:
    """What does not hold because the kernel gives no namespaces, in words; nothing where it does."""
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare((0 if uid == 0 else CLONE_NEWUSER) | CLONE_NEWPID | CLONE_NEWNS):
        why = os.strerror(ctypes.get_errno())
        return (
            "the rehearsal itself runs without a cage: what is killed with `kill -9` may leave processes behind, and "
            f"all processes of this machine are in sight. This machine allows no process namespaces ({why})",
        )
    if uid:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    return ()


def _private_proc(libc: ctypes.CDLL) -> None:
    if os.getpid() != 1:
        return
    libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    libc.mount(b"proc", b"/proc", b"proc", 0, None)


def _guarded(main: Callable[[], int]) -> int:
    asked = False

    def terminated(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if not asked:  # it is asked again and again: a signal just before a wait would not end that wait
            asked = True
            raise SystemExit(128 + number)

    faulthandler.register(_WHERE, all_threads=True)  # of use even when no Python code runs any more
    # The first process of a PID namespace gets only the signals that it handles.
    signal.signal(signal.SIGTERM, terminated)
    signal.signal(signal.SIGHUP, terminated)
    try:
        code = main()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    except RehearsalError as error:
        print(f"rehearse: {error}", file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        code = 130
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _wait(child: int, grace: float) -> int:
    deadline = 0.0

    def forward(number: int, frame: FrameType | None) -> None:
        nonlocal deadline
        deadline = time.monotonic() + grace
        signal.setitimer(signal.ITIMER_REAL, min(_AGAIN, grace), min(_AGAIN, grace))
        _signal_first_thread(child, number)

    def again(number: int, frame: FrameType | None) -> None:
        if time.monotonic() < deadline:
            _signal_first_thread(child, signal.SIGTERM)
            return
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(f"rehearse: it did not end within {grace:g} s and was killed", file=sys.stderr, flush=True)
        os.kill(child, _WHERE)
        time.sleep(_WRITING)
        os.kill(child, signal.SIGKILL)

    signal.signal(signal.SIGALRM, again)
    signal.signal(signal.SIGTERM, forward)
    signal.signal(signal.SIGHUP, forward)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to the child as well
    while True:
        _, status = os.waitpid(child, 0)
        if not os.WIFSTOPPED(status):
            signal.setitimer(signal.ITIMER_REAL, 0)
            return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def _signal_first_thread(process: int, number: int) -> None:
    """As `os.kill`, but never to another thread, which would leave the first one, which ends all, where it waits.

    https://man7.org/linux/man-pages/man2/tgkill.2.html
    """
    ctypes.CDLL(None).tgkill(process, process, number)
