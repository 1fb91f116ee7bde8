"""What strangers do to a port, with the real sightlined: during each attack and after it, the next client is served, and memory returns.

Usage: attack_test.py BIN_DIR
"""

import contextlib
import os
import pathlib
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

BIN = pathlib.Path(sys.argv.pop(1)).resolve()
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RESET, SETTINGS, PING, CONTINUATION = 0, 1, 3, 4, 6, 9
END_STREAM, END_HEADERS = 1, 4
# A hang, and not a busy machine.
SERVED_S = 20
# HPACK (RFC 7541): POST, http, /grpc.health.v1.Health/Check, application/grpc, trailers.
CALL = (b"\x83\x86\x44\x1c/grpc.health.v1.Health/Check\x41\x01x\x5f\x10application/grpc\x40\x02te\x08trailers")


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


GREETING = PREFACE + frame(SETTINGS, 0, 0)


class AttackTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sl-attack-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.sockets = []
        self.addCleanup(self.close_all)

    def close_all(self):
        for connection in self.sockets:
            connection.close()
        self.sockets = []

    @contextlib.contextmanager
    def server(self, descriptors=None):
        def limit():
            if descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
        process = subprocess.Popen(
            [BIN / "sightlined", "--data", self.folder / "store", "--listen", "127.0.0.1:0", "--without-users"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, preexec_fn=limit, text=True)
        try:
            line = process.stdout.readline()
            self.assertTrue(line.startswith("sightlined ready"), line)
            self.process, self.address = process, line.split()[-1]
            self.serves()
            self.resident_before = self.resident_kib()
            yield
            self.close_all()
            self.serves()
        finally:
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(60), 0)
            process.stdout.close()

    def resident_kib(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(text.split("VmRSS:")[1].split()[0])

    def connect(self):
        host, port = self.address.rsplit(":", 1)
        connection = socket.create_connection((host, int(port)), timeout=SERVED_S)
        self.sockets.append(connection)
        return connection

    def serves(self):
        begin = time.monotonic()
        done = subprocess.run(
            [BIN / "sightline", "--server", self.address, "--format", "csv", "query", "RETURN 1 AS n"], capture_output=True, text=True, timeout=SERVED_S,
            env={k: v for k, v in os.environ.items() if not k.startswith("SIGHTLINE")}, check=False)
        self.assertEqual(done.stdout.split(), ["n", "1"], done.stderr)
        return time.monotonic() - begin

    def is_cut(self, connection):
        connection.settimeout(SERVED_S)
        try:
            while connection.recv(65536):
                pass
            return True
        except (ConnectionResetError, BrokenPipeError):
            return True
        except socket.timeout:
            return False

    def send_until_cut(self, connection, part, times):
        """Whether the server cut the connection before all of it was sent, or right after."""
        try:
            for _ in range(times):
                connection.sendall(part)
        except (ConnectionResetError, BrokenPipeError):
            return True
        return self.is_cut(connection)

    def test_a_call_by_hand_is_answered(self):
        """The attacks below are variants of this."""
        with self.server():
            connection = self.connect()
            connection.sendall(GREETING + frame(HEADERS, END_HEADERS, 1, CALL) + frame(DATA, END_STREAM, 1, b"\0\0\0\0\0"))
            connection.settimeout(SERVED_S)
            answer = b""
            while b"\0\0\0\0\x02\x08\x01" not in answer:
                answer += connection.recv(65536)

    def test_more_connections_than_descriptors(self):
        with self.server(descriptors=700):
            for _ in range(1500):
                with contextlib.suppress(OSError):
                    self.connect().sendall(GREETING)
            self.close_all()
            self.serves()

    def test_idle_connections_make_room(self):
        with self.server():
            for _ in range(1100):
                with contextlib.suppress(OSError):
                    self.connect().sendall(GREETING)
            time.sleep(1.5)
            self.serves()

    def test_half_a_greeting(self):
        with self.server():
            for _ in range(900):
                with contextlib.suppress(OSError):
                    self.connect().sendall(PREFACE[:10])
            self.serves()
            self.assertTrue(self.is_cut(self.sockets[0]))

    def test_a_header_without_end(self):
        with self.server():
            connection = self.connect()
            # A literal header of 600 MB, and HEADERS frames of a MiB each that never end the block.
            connection.sendall(GREETING)
            self.assertTrue(self.send_until_cut(connection, frame(HEADERS, 0, 1, b"\x00\x01x\x7f\x80\x80\x80\x80\x02" + b"y" * (1 << 20)), 600))
            self.serves()
            self.assertLess(self.resident_kib(), self.resident_before + 64 * 1024)

    def test_a_flood_of_continuations(self):
        with self.server():
            connection = self.connect()
            connection.sendall(GREETING + frame(HEADERS, 0, 1, CALL))
            self.assertTrue(self.send_until_cut(connection, frame(CONTINUATION, 0, 1, b"\x00\x01x\x01y" * 100), 400_000))
            empty = self.connect()
            empty.sendall(GREETING + frame(HEADERS, 0, 1, CALL))
            self.assertTrue(self.send_until_cut(empty, frame(CONTINUATION, 0, 1), 1000))
            self.assertLess(self.resident_kib(), self.resident_before + 64 * 1024)

    def test_streams_opened_and_reset(self):
        with self.server():
            connection = self.connect()
            connection.sendall(GREETING)
            cut = False
            try:
                for i in range(200_000):
                    stream = 2 * i + 1
                    connection.sendall(frame(HEADERS, END_HEADERS, stream, CALL) + frame(RESET, 0, stream, b"\0\0\0\x08"))
            except (ConnectionResetError, BrokenPipeError):
                cut = True
            self.assertTrue(cut)

    def test_a_flood_of_settings_and_pings(self):
        for part in (frame(SETTINGS, 0, 0, b"\0\x03\0\0\0\x64"), frame(PING, 0, 0, b"12345678")):
            with self.server():
                connection = self.connect()
                connection.sendall(GREETING)
                self.assertTrue(self.send_until_cut(connection, part * 100, 1000))

    def test_noise(self):
        with self.server():
            for noise in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00", b"\0" * 100, b"SSH-2.0-x\r\n", PREFACE + b"\xff" * 100):
                connection = self.connect()
                connection.sendall(noise)
                self.assertTrue(self.is_cut(connection), noise)


if __name__ == "__main__":
    unittest.main(verbosity=1)
