"""Starts one command in a cage: `launcher.py PLAN COMMAND...`, with the plan as JSON. Standard library only.

The command gets namespaces of its own for users, processes, mounts, IPC, names and the network. Its file system is made
of what the plan names and nothing else; it holds no capability that reaches out of it, and can get none.
https://man7.org/linux/man-pages/man7/namespaces.7.html
"""

import array
import contextlib
import ctypes
import fcntl
import json
import os
import platform
import resource
import signal
import socket
import struct
import sys
from typing import Any

NEWNS, NEWCGROUP, NEWUTS, NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 0x1000, 0x4000, 0x40000
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV = 1, 2, 4
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
MNT_DETACH = 2
SYS_MOUNT_SETATTR = 442  # the same on every architecture
KEYCTL = {"x86_64": 250, "aarch64": 219}
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38
# chown, dac_override, fowner, fsetid, kill, setgid, setuid, net_bind_service: what root of a container needs at home
KEPT_CAPABILITIES = frozenset({0, 1, 3, 4, 5, 6, 7, 10})
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
# what a user of the same id could write to change the machine, as container engines hide it
READ_ONLY_PROC = ("sys", "bus", "irq", "fs", "sysrq-trigger")
HIDDEN_PROC = ("kcore", "keys", "timer_list", "latency_stats", "sched_debug")
CARRIED = "CAGE:"  # how the variables of the command are called here, as `rehearsal.process` has it
DEVICES = ("null", "zero", "full", "random", "urandom")

libc = ctypes.CDLL(None, use_errno=True)


def main() -> int:
    """Make the cage, run the command in it, and end as it ends."""
    plan, command = json.loads(sys.argv[1]), sys.argv[2:]
    doors = _connect(plan["doors"]) if plan["doors"] else None
    root = os.geteuid() == 0
    if not root:
        _own_users(None)  # what gives the right to make the other namespaces
    _try(libc.unshare(NEWPID | NEWNS | NEWIPC | NEWUTS | NEWNET | NEWCGROUP), "unshare")
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    child = os.fork()
    if child == 0:
        os._exit(_first(plan, command, doors, root=root))
    os.close(0)
    return _reap(child)  # `doors` stays open until now: its end tells the server to close them


def _first(plan: dict[str, Any], command: list[str], doors: socket.socket | None, *, root: bool) -> int:
    """The first process of the cage: it makes its network, file system and limits, and ends with the command.

    The command is not itself the first, as signals would not end it then. Whatever it leaves running is killed.
    """
    try:
        _network(plan["doors"], doors)
        limit = _file_system(plan)
        if root:
            _own_users(plan["ids"])  # now that nothing is left to do that takes the rights of root
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # whoever becomes another loses it
        with contextlib.suppress(OSError):  # without it, what a namespace below could do is limited by what it inherits
            _put("max_user_namespaces", "0", limit)
        os.close(limit)  # it leads around what is read-only
        _limits(plan["limits"])
        os.chdir(plan["cwd"])
        os.umask(0o022)
        _drop()
        child = os.fork()
        if child == 0:
            os.setsid()  # a signal to its group reaches nobody outside
            os.execvpe(command[0], command, _environment())
        os.close(0)
        return _reap(child)
    except OSError as error:
        sys.stderr.write(f"[rehearsal] the cage could not be made: {error}\n")
        sys.stderr.flush()
        return 126


def _environment() -> dict[str, str]:
    """The command's variables: those that were carried under other names, where any were."""
    carried = {name[len(CARRIED) :]: value for name, value in os.environ.items() if name.startswith(CARRIED)}
    return carried or dict(os.environ)


def _reap(child: int) -> int:
    while True:
        ended, status = os.wait()
        if ended == child:
            return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def _own_users(ids: list[int] | None) -> None:
    """A user namespace: `ids` are (first id outside, how many) for 0 on; without them the user stays who it is."""
    uid, gid = os.geteuid(), os.getegid()
    if not ids:
        _try(libc.unshare(NEWUSER), "unshare(user)")
        _put("/proc/self/setgroups", "deny")
        _put("/proc/self/uid_map", f"{uid} {uid} 1")
        _put("/proc/self/gid_map", f"{gid} {gid} 1")
        return
    ready, go = os.pipe()
    process = os.getpid()
    writer = os.fork()
    if writer == 0:  # only who has the right to become others may give them away, and that is who is outside
        os.close(go)
        os.read(ready, 1)
        for name in ("uid", "gid"):
            _put(f"/proc/{process}/{name}_map", f"0 {ids[0]} {ids[1]}")
        os._exit(0)
    _try(libc.unshare(NEWUSER), "unshare(user)")
    os.close(ready)
    os.close(go)
    if os.waitpid(writer, 0)[1]:
        raise OSError("the ids of the cage could not be mapped")
    os.setresgid(0, 0, 0)
    os.setgroups([])
    os.setresuid(0, 0, 0)


def _connect(doors: dict[str, Any]) -> socket.socket:
    """To the server that answers at the doors; by way of the directory, as addresses of sockets are short."""
    folder, name = os.path.split(doors["socket"])
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.connect(f"/proc/self/fd/{handle}/{name}")
    os.close(handle)
    return made


def _network(doors: dict[str, Any] | None, server: socket.socket | None) -> None:
    """A loopback interface and nothing else; whoever connects to a door on it is answered by the server outside."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        name = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(control, SIOCGIFFLAGS, name))[1]
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))
    if doors is None or server is None:
        return
    listening = []
    for port in doors["ports"]:
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", port))
        made.listen(128)
        listening.append(made)
    handles = array.array("i", [each.fileno() for each in listening])
    server.sendmsg([json.dumps(doors["ports"]).encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, handles)])
    server.recv(1)  # the server has them
    for each in (*listening, server):
        each.close()


def _file_system(plan: dict[str, Any]) -> int:
    """Make it and go there; a handle on the directory of the limits of the user namespace."""
    root = plan["stage"]
    _mount(None, "/", None, MS_REC | MS_PRIVATE)
    _mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=64m")
    for kind, target, *given in plan["mounts"]:
        _make(kind, root + target, given)
    limits = _processes(root + "/proc")
    _devices(root + "/dev")
    os.chdir(root)
    os.mkdir(".outside")
    _try(libc.pivot_root(b".", b".outside"), "pivot_root")
    os.chdir("/")
    _try(libc.umount2(b"/.outside", MNT_DETACH), "umount")
    os.rmdir("/.outside")
    _attributes("/", ATTR_RDONLY, recursive=False)
    return limits


def _make(kind: str, target: str, given: list[str]) -> None:
    if kind == "link":
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.symlink(given[0], target)
    elif kind == "file":
        os.makedirs(os.path.dirname(target), exist_ok=True)
        _put(target, given[0])
    elif kind == "hide":
        os.makedirs(target, exist_ok=True)
        _mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m")
    elif kind == "overlay":
        lower, upper, work = given
        os.makedirs(target, exist_ok=True)
        options = f"lowerdir={lower},upperdir={upper},workdir={work}"
        _mount("overlay", target, "overlay", MS_NOSUID | MS_NODEV, options)
    elif kind == "memory":
        os.makedirs(target, exist_ok=True)
        _mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV, f"mode=1777,size={given[0]}")
    else:
        _bind(given[0], target, writable=kind == "write")


def _bind(source: str, target: str, *, writable: bool) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.lexists(target):
            _put(target, "")
    _mount(source, target, None, MS_BIND | MS_REC)
    _attributes(target, ATTR_NOSUID | ATTR_NODEV | (0 if writable else ATTR_RDONLY))


def _processes(target: str) -> int:
    """/proc of this PID namespace; a handle on one of its directories while that can still be written."""
    os.makedirs(target, exist_ok=True)
    _mount("proc", target, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    limits = os.open(f"{target}/sys/user", os.O_RDONLY | os.O_DIRECTORY)
    for name in READ_ONLY_PROC:
        path = f"{target}/{name}"
        if os.path.exists(path):
            _mount(path, path, None, MS_BIND | MS_REC)
            _attributes(path, ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV)
    for name in HIDDEN_PROC:
        if os.path.exists(f"{target}/{name}"):
            _mount("/dev/null", f"{target}/{name}", None, MS_BIND)
    return limits


def _devices(target: str) -> None:
    os.makedirs(target, exist_ok=True)
    for name in DEVICES:
        _put(f"{target}/{name}", "")
        _mount(f"/dev/{name}", f"{target}/{name}", None, MS_BIND)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"{target}/{name}")
    os.symlink("/proc/self/fd", f"{target}/fd")
    os.mkdir(f"{target}/shm")
    _mount("tmpfs", f"{target}/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=1g")


def _limits(limits: dict[str, int]) -> None:
    for name, value in limits.items():
        number = getattr(resource, f"RLIMIT_{name}")
        most = resource.getrlimit(number)[1]
        limit = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(number, (limit, limit))


def _drop() -> None:
    """Give up what could change the cage, for this program and all that it starts."""
    keyctl = KEYCTL.get(platform.machine())
    if keyctl:
        libc.syscall(keyctl, 1, 0)  # a new session keyring: the user's may hold keys
    for capability in range(64):
        if capability not in KEPT_CAPABILITIES or os.geteuid() != 0:
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    _try(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    given = [each.encode() if each is not None else None for each in (source, target, kind)]
    _try(libc.mount(*given, ctypes.c_ulong(flags), data.encode() if data else None), f"mount {target}")


def _attributes(target: str, attributes: int, *, recursive: bool = True) -> None:
    """https://man7.org/linux/man-pages/man2/mount_setattr.2.html"""
    wanted = struct.pack("QQQQ", attributes, 0, 0, 0)
    flags = AT_RECURSIVE if recursive else 0
    result = libc.syscall(SYS_MOUNT_SETATTR, AT_FDCWD, target.encode(), flags, wanted, ctypes.c_size_t(len(wanted)))
    _try(result, f"mount_setattr {target}")


def _put(path: str, text: str, folder: int | None = None) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644, dir_fd=folder)
    with open(handle, "w", encoding="utf-8") as file:
        file.write(text)


def _try(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except OSError as problem:
        sys.exit(f"[rehearsal] the cage could not be made: {problem}")
