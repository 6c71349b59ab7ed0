"""Runs inside an endpoint's sandbox: starts the server of an image and hands on to it what comes by /opt/ml/socket.

A server listens on port 8080 of its container, whose network is its own. Its arguments are the server's command.
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

PORT = 8080
CHUNK = 1 << 16


def main() -> None:
    """Until the server ends; then as it ended."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    try:
        server = subprocess.Popen(sys.argv[1:])
    except OSError as error:
        sys.exit(f"exec: {sys.argv[1]}: {error.strerror}")
    os.chdir("/opt/ml")  # the address of a socket is short
    Path("socket").unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind("socket")
    listening.listen(64)
    threading.Thread(target=accept, args=(listening,), daemon=True).start()
    sys.exit(server.wait())


def accept(listening: socket.socket) -> None:
    """Each connection in threads of its own."""
    while True:
        came, _ = listening.accept()
        threading.Thread(target=relay, args=(came,), daemon=True).start()


def relay(came: socket.socket) -> None:
    """Both ways, until one side closes; nothing at all while the server does not listen."""
    with came:
        try:
            inner = socket.create_connection(("127.0.0.1", PORT), timeout=5)
        except OSError:
            return
        with inner:
            inner.settimeout(None)
            back = threading.Thread(target=pump, args=(inner, came), daemon=True)
            back.start()
            pump(came, inner)
            back.join()


def pump(source: socket.socket, target: socket.socket) -> None:
    """Everything from one to the other."""
    with suppress(OSError):
        while part := source.recv(CHUNK):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    main()
