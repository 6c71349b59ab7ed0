"""What hostile code tries in a cage: shell commands that print BROKEN when they got what they went for.

The scene (`scene.py`) sets SECRETS (a folder of a user), OTHER (another build's folder), CACHE, SERVER (its process),
PORT (of another program of this machine) and SOCKET (of another). `OUTSIDE` are those that do work without a cage.
"""

from __future__ import annotations

PYTHON = "python3 -I -S -c"
SECRET = "the-secret-of-the-scene"

_FOUND = f"| grep -qa {SECRET} && echo BROKEN"

#: reading what is none of theirs
READING = {
    "the user's AWS credentials": f"cat $SECRETS/.aws/credentials {_FOUND}",
    "the user's netrc": f"cat $SECRETS/.netrc {_FOUND}",
    "the user's ssh key": f"cat $SECRETS/.ssh/id_ed25519 {_FOUND}",
    "the user's git credentials": f"cat $SECRETS/.git-credentials {_FOUND}",
    "the state of the embedded AWS": f"cat $SECRETS/project/.rehearsal/state.json {_FOUND}",
    "all of the user's files": f"grep -ra secret $SECRETS {_FOUND}",
    "another build's source": f"cat $OTHER/output/src/file {_FOUND}",
    "the list of builds": "[ \"$(ls $OTHER/.. | wc -l)\" -gt 1 ] && echo BROKEN",
    "the environment of every process": f"cat /proc/[0-9]*/environ {_FOUND}",
    "the environment of the server": f"cat /proc/$SERVER/environ {_FOUND}",
    "the files of the server": f"cat /proc/$SERVER/root$SECRETS/.netrc {_FOUND}",
    "the working directory of its parent": f"cat /proc/$PPID/cwd/.rehearsal/state.json {_FOUND}",
    "the root of the first process": f"cat /proc/1/root$SECRETS/.netrc {_FOUND}",
    "the command lines of others": "grep -qa scene[.]py /proc/[0-9]*/cmdline && echo BROKEN",
    "variables of the one who started it": f"env {_FOUND}",
    "the agent of the user's keys": '[ -n "$SSH_AUTH_SOCK" ] && echo BROKEN',
    "open files of its parent": "[ \"$(ls /proc/self/fd | wc -l)\" -gt 4 ] && echo BROKEN",
    "the way out through a link": f"ln -sfn / out; cat out$SECRETS/.netrc {_FOUND}",
    "the way out through dots": f"cat $PWD/../../../../../../../..$SECRETS/.netrc {_FOUND}",
    "the passwords of the machine": "cat /etc/shadow /etc/gshadow 2>/dev/null | grep -q : && echo BROKEN",
    "the users of the machine": "[ \"$(wc -l </etc/passwd)\" -gt 4 ] && echo BROKEN",
    "the disks of the machine": "cat /dev/sd* /dev/vd* /dev/nvme* 2>/dev/null | head -c1 | grep -q . && echo BROKEN",
    "the memory of the machine": "head -c1 /dev/mem /proc/kcore /dev/kmsg 2>/dev/null | grep -qa . && echo BROKEN",
    "a file by its handle": f"{PYTHON} \"import ctypes, os; l = ctypes.CDLL(None, use_errno=True); "
                            "b = ctypes.create_string_buffer(b'\\x08\\0\\0\\0\\1\\0\\0\\0\\2' + bytes(90)); "
                            "print('BROKEN' if l.open_by_handle_at(os.open('/', 0), b, 0) >= 0 else '')\"",
    "the user's keyring": f"{PYTHON} \"import ctypes; l = ctypes.CDLL(None); "
                          "print('BROKEN' if l.syscall(250, 10, b'user', b'scene', 0, 0) > 0 else '')\"",
}  # fmt: skip

#: changing what is none of theirs
WRITING = {
    "programs": "touch /usr/bin/intruder && echo BROKEN",
    "libraries": "touch /usr/lib/intruder /lib/intruder && echo BROKEN",
    "what every program loads": "echo x >/etc/ld.so.preload && echo BROKEN",
    "the settings of the machine": "touch /etc/intruder && echo BROKEN",
    "optional software": "touch /opt/intruder && echo BROKEN",
    "the root directory": "touch /intruder && echo BROKEN",
    "variable data": "touch /var/intruder /srv/intruder 2>/dev/null && echo BROKEN",
    "the Python of the embedded AWS": "touch $PREFIX/intruder && echo BROKEN",
    "its packages": "touch $PREFIX/lib/python3*/site-packages/intruder.pth && echo BROKEN",
    "what its Python runs at its start": f"{PYTHON} \"import os; open(os.path.dirname(os.__file__) + "
                                         "'/sitecustomize.py', 'w'); print('BROKEN')\"",
    "the embedded AWS itself": "touch $PACKAGE/intruder.py && echo BROKEN",
    "another build": "echo x >>$OTHER/output/src/file && echo BROKEN",
    "the user's files": "mkdir -p $SECRETS && echo x >>$SECRETS/.netrc && grep -q x /proc/1/root$SECRETS/.netrc "
                        "&& grep -qa secret $SECRETS/.netrc && echo BROKEN",
    "the kernel's settings": "echo '|/bin/true' >/proc/sys/kernel/core_pattern && echo BROKEN",
    "how many processes there may be": "echo 5 >/proc/sys/kernel/pid_max && echo BROKEN",
    "the machine by a system request": "[ -w /proc/sysrq-trigger ] && echo >/proc/sysrq-trigger && echo BROKEN",
    "devices": "echo 0 >/sys/devices/system/cpu/cpu1/online && echo BROKEN",
    "a disk by a device of its own": "mknod disk b 254 0 && head -c1 disk && echo BROKEN",
    "memory by a device of its own": "mknod mem c 1 1 && head -c1 mem && echo BROKEN",
    "read-only mounts": "mount -o remount,rw /usr && echo BROKEN",
    "read-only mounts, bound again": "mount --bind /usr /tmp && echo BROKEN",
    "read-only mounts by attributes": f"{PYTHON} \"import ctypes, struct; l = ctypes.CDLL(None); "
                                      "a = struct.pack('QQQQ', 0, 1, 0, 0); "
                                      "print('BROKEN' if l.syscall(442, -100, b'/usr', 0, a, 32) == 0 else '')\"",
    "its own root": "chroot / true && mkdir -p a && chroot a /bin/true && echo BROKEN",
    "the name of the machine": "hostname intruder && echo BROKEN",
    "the clock": "date -s 2001-01-01 && echo BROKEN",
}  # fmt: skip

#: other processes, and rights that it does not have
RIGHTS = {
    "kill the server": "kill -9 $SERVER && echo BROKEN",
    "kill all that there is": "kill -9 -1; kill -9 0; kill -0 $SERVER && echo BROKEN",
    "stop who started it": "kill -STOP 1; kill -0 $SERVER && echo BROKEN",
    "trace the server": f"{PYTHON} \"import ctypes, os; l = ctypes.CDLL(None); "
                        "print('BROKEN' if l.ptrace(16, int(os.environ['SERVER']), 0, 0) == 0 else '')\"",
    "read the server's memory": "head -c1 /proc/$SERVER/mem && echo BROKEN",
    "a user namespace of its own": "unshare --user true && echo BROKEN",
    "root in a user namespace": "unshare --user --map-root-user mount -t tmpfs t /tmp && echo BROKEN",
    "a mount namespace": "unshare --mount true && echo BROKEN",
    "a network namespace": "unshare --net true && echo BROKEN",
    "the namespaces of the server": "nsenter --target $SERVER --mount true && echo BROKEN",
    "the namespaces of the first process": "nsenter --target 1 --net --mount mount -o remount,rw /usr && echo BROKEN",
    "a file that makes root": "cp /bin/sh sh && chmod u+s sh && ./sh -c 'grep -q NoNewPrivs:.0 /proc/self/status' "
                              "&& echo BROKEN",
    "sudo": "sudo -n true 2>/dev/null && echo BROKEN",
    "capabilities on a file": "cp /bin/cat cat && setcap cap_sys_admin+ep cat 2>/dev/null && echo BROKEN",
    "a capability that reaches out": "[ $((0x$(awk '/CapBnd/{print $2}' /proc/self/status) & ~0x4fb)) -ne 0 ] "
                                     "&& echo BROKEN",
    "the kernel's modules": f"{PYTHON} \"import ctypes; l = ctypes.CDLL(None, use_errno=True); "
                            "l.syscall(176, b'x', 0); print('BROKEN' if ctypes.get_errno() == 2 else '')\"",
    "a program in the kernel": f"{PYTHON} \"import ctypes; l = ctypes.CDLL(None); "
                               "a = bytes([17, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0]) + bytes(112); "
                               "print('BROKEN' if l.syscall(321, 5, a, 128) > 0 else '')\"",
    "more processes than it may have": f"{PYTHON} \"import os, signal, sys\nn = 0\ntry:\n while n < 6000:\n"
                                       "  if os.fork() == 0: signal.pause()\n  n += 1\n"
                                       " print('BROKEN')\nexcept OSError: pass\n\"",
    "a file without end": f"{PYTHON} \"import os; f = os.open('big', 66); os.ftruncate(f, 1 << 40); print('BROKEN')\"",
    "a core dump": "[ $(ulimit -c) != 0 ] && echo BROKEN",
}  # fmt: skip

_TCP = (
    f'{PYTHON} "import socket, sys; s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 2); '
    f"print('BROKEN' if b'{SECRET}' in s.recv(99) else '')\""
)
_PROXY = (
    f"{PYTHON} \"import socket, sys; s = socket.create_connection(('127.0.0.1', 3128), 5); s.sendall(sys.argv[1]"
    f".encode() + b'\\r\\n\\r\\n'); s.settimeout(5); print('BROKEN' if b' 200 ' in s.recv(99) else '')\""
)

#: the network of this machine
NETWORK = {
    "a port of this machine": f"{_TCP} 127.0.0.1 $PORT",
    "the same by IPv6": f"{_TCP} ::1 $PORT",
    "the same by an address of the machine": f"{_TCP} $ADDRESS $PORT",
    "the same by the unspecified address": f"{_TCP} 0.0.0.0 $PORT",
    "metadata": f"{_TCP} 169.254.169.254 80",
    "credentials of containers": f"{_TCP} 169.254.170.2 80",
    "a socket of this machine": f"{PYTHON} \"import socket, os; s = socket.socket(socket.AF_UNIX); "
                                "s.connect(os.environ['SOCKET']); print('BROKEN')\"",
    "an abstract socket": f"{PYTHON} \"import socket; s = socket.socket(socket.AF_UNIX); "
                          "s.connect('\\0scene-' + __import__('os').environ['PORT']); print('BROKEN')\"",
    "the socket of Docker": "[ -S /var/run/docker.sock ] && echo BROKEN",
    "the bus of the system": "[ -S /run/dbus/system_bus_socket ] && echo BROKEN",
    "a port through the proxy": f"{_PROXY} \"CONNECT 127.0.0.1:$PORT HTTP/1.1\"",
    "a port through the proxy by name": f"{_PROXY} \"CONNECT localhost:$PORT HTTP/1.1\"",
    "a port through the proxy by another name": f"{_PROXY} \"CONNECT x.localhost:$PORT HTTP/1.1\"",
    "a port through the proxy as one number": f"{_PROXY} \"CONNECT 2130706433:$PORT HTTP/1.1\"",
    "a port through the proxy as hexadecimal": f"{_PROXY} \"CONNECT 0x7f.1:$PORT HTTP/1.1\"",
    "a port through the proxy by IPv6": f"{_PROXY} \"CONNECT [::1]:$PORT HTTP/1.1\"",
    "a port through the proxy by mapped IPv6": f"{_PROXY} \"CONNECT [::ffff:127.0.0.1]:$PORT HTTP/1.1\"",
    "a port through the proxy by an address": f"{_PROXY} \"CONNECT $ADDRESS:$PORT HTTP/1.1\"",
    "a port through the proxy by nothing": f"{_PROXY} \"CONNECT 0.0.0.0:$PORT HTTP/1.1\"",
    "a page through the proxy": f"{_PROXY} \"GET http://127.0.0.1:$PORT/ HTTP/1.1\"",
    "metadata through the proxy": f"{_PROXY} \"CONNECT 169.254.169.254:80 HTTP/1.1\"",
    "raw packets": f"{PYTHON} \"import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW); print('BROKEN')\"",
}  # fmt: skip

#: what is left behind for the next build: each is done in one cage, and looked for in the next
LEAVING = {
    "a changed package in the cache": ("echo evil >$CACHE/package/module.py", "grep -q evil $CACHE/package/module.py"),
    "a new package in the cache": ("mkdir $CACHE/evil && touch $CACHE/evil/x", "[ -e $CACHE/evil ]"),
    "a package removed from the cache": ("rm -rf $CACHE/package", "! [ -e $CACHE/package/module.py ]"),
    "compiled code in the cache": ("mkdir -p $CACHE/package/__pycache__; touch $CACHE/package/__pycache__/module.pyc",
                                   "[ -e $CACHE/package/__pycache__/module.pyc ]"),
    "a link in the cache": ("ln -sfn /tmp $CACHE/package/link", "[ -L $CACHE/package/link ]"),
    "files in /tmp": ("touch /tmp/evil", "[ -e /tmp/evil ]"),
    "files in /var/tmp": ("touch /var/tmp/evil", "[ -e /var/tmp/evil ]"),
    "files in /dev/shm": ("touch /dev/shm/evil", "[ -e /dev/shm/evil ]"),
    "files in /run": ("touch /run/evil", "[ -e /run/evil ]"),
    "git's settings": ("git config --global core.hooksPath /tmp", "git config --global core.hooksPath"),
    "what Python starts with": ("echo 'print(1)' >$HOME/.pythonrc", "[ -e $HOME/.pythonrc ]"),
    "a process": ("setsid sleep 4242.5 & sleep .1", "grep -qa 4242[.]5 /proc/[0-9]*/cmdline"),
    "a listening port": (f"{PYTHON} \"import socket, time; s = socket.create_server(('127.0.0.1', 7331)); "
                         "time.sleep(9)\" & sleep .2",
                         f"{PYTHON} \"import socket; socket.create_connection(('127.0.0.1', 7331), 2)\""),
    "shared memory": (f"{PYTHON} \"import ctypes; ctypes.CDLL(None).shmget(4242, 4096, 0o1666)\"",
                      "grep -q 4242 /proc/sysvipc/shm"),
}  # fmt: skip

_KINDS = {"read": READING, "write": WRITING, "rights": RIGHTS, "network": NETWORK}
ATTEMPTS = {f"{kind}: {name}": command for kind, group in _KINDS.items() for name, command in group.items()}

#: of these, what does work outside of a cage: they prove that the attempts are real
OUTSIDE = (
    "read: the user's AWS credentials", "read: the user's netrc", "read: the user's ssh key",
    "read: the state of the embedded AWS", "read: another build's source", "read: the list of builds",
    "read: the environment of every process", "read: the files of the server", "read: the command lines of others",
    "read: variables of the one who started it", "read: the agent of the user's keys",
    "read: the way out through a link", "read: the way out through dots", "write: another build",
    "network: a port of this machine", "network: the same by the unspecified address",
    "network: a socket of this machine", "network: an abstract socket",
)  # fmt: skip
