"""Connections that greet and then say nothing, in a process of their own: it has its own limit of descriptors, and its own time.

Usage: idle_clients.py HOST PORT COUNT [CA]. Prints how many the server has greeted, waits for a line on its standard input, prints how many are still
open, and ends.
"""

import concurrent.futures
import contextlib
import resource
import select
import socket
import ssl
import struct
import sys

from http2 import GREETING, SETTINGS

PATIENCE_S = 60
# Of what is said both sides wait for each other: that of several goes on meanwhile.
AT_ONCE = 16


def connected(i, address, context):
    """None where the server has no place, or greets with anything but SETTINGS."""
    connection = socket.socket()
    # Closed, it leaves nothing behind: the ports of many connections are free again at once.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.settimeout(PATIENCE_S)
    try:
        # Several addresses: a client has no more than 28,000 ports of its own.
        connection.bind((f"127.0.0.{2 + i % 8}", 0))
        connection.connect(address)
        if context is not None:
            connection = context.wrap_socket(connection, server_hostname="localhost")
        connection.sendall(GREETING)
        if connection.recv(4096)[3:4] == bytes([SETTINGS]):
            return connection
    except OSError:
        pass
    connection.close()
    return None


def is_open(connection):
    """The server has nothing more to say to one that is idle: what there is to read is its end."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return not poll.poll(0)


def main():
    host, port, count, *ca = sys.argv[1:]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    context = None
    if ca:
        context = ssl.create_default_context(cafile=ca[0])
        context.set_alpn_protocols(["h2"])
    # What stays free is for Python itself.
    wanted = min(int(count), hard - 50)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as threads:
        held = list(filter(None, threads.map(lambda i: connected(i, (host, int(port)), context), range(wanted))))
    print(len(held), flush=True)
    sys.stdin.readline()
    print(sum(map(is_open, held)), flush=True)
    for connection in held:
        with contextlib.suppress(OSError):
            connection.close()


if __name__ == "__main__":
    main()
