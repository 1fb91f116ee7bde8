"""Frames of HTTP/2 (RFC 9113) by hand, for what no library sends, or not as fast."""

import collections
import socket
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RESET, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 2, 3, 4, 6, 7, 8, 9
END_STREAM, END_HEADERS, ACK = 1, 4, 1
Frame = collections.namedtuple("Frame", "kind flags stream payload")


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def message(data):
    """gRPC's framing: not compressed, and the length."""
    return b"\0" + struct.pack(">I", len(data)) + data


def call_headers(path):
    """HPACK (RFC 7541): POST, http, path, authority, application/grpc, trailers."""
    path = path.encode()
    return b"\x83\x86\x44" + bytes([len(path)]) + path + b"\x41\x01x\x5f\x10application/grpc\x40\x02te\x08trailers"


def authorization(value):
    """Never indexed: entry 23 of the static table with a text of at most 126 bytes."""
    return b"\x1f\x08" + bytes([len(value)]) + value.encode()


GREETING = PREFACE + frame(SETTINGS, 0, 0)


class Connection:
    """One to HOST:PORT. Answers SETTINGS and PING, and opens the connection's window as wide as it goes."""

    def __init__(self, address, patience_s=60):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), patience_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.waiting = bytearray(GREETING + frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", (1 << 31) - 1 - 65535)))
        self.received = bytearray()
        self.headers = {}

    def close(self):
        self.socket.close()

    def call(self, stream, path, data, credentials):
        """A unary call; sent with flush."""
        if path not in self.headers:
            # Texts of the static table and literals that are not indexed: each block is one by itself.
            self.headers[path] = call_headers(path).replace(b"\x44", b"\x04", 1).replace(b"\x41\x01x\x5f", b"\x01\x01x\x0f\x10", 1).replace(b"\x40\x02te", b"\x00\x02te", 1)
        self.waiting += frame(HEADERS, END_HEADERS, stream, self.headers[path] + authorization(credentials))
        self.waiting += frame(DATA, END_STREAM, stream, message(data))

    def flush(self):
        self.socket.sendall(self.waiting)
        self.waiting.clear()

    def receive(self):
        """The frames that come next: one at least."""
        frames = []
        while not frames:
            part = self.socket.recv(1 << 18)
            if not part:
                raise ConnectionResetError("the server has closed")
            self.received += part
            at = 0
            while len(self.received) - at >= 9:
                length = int.from_bytes(self.received[at:at + 3], "big")
                if len(self.received) - at < 9 + length:
                    break
                kind, flags = self.received[at + 3], self.received[at + 4]
                stream = int.from_bytes(self.received[at + 5:at + 9], "big") & 0x7FFFFFFF
                frames.append(Frame(kind, flags, stream, bytes(self.received[at + 9:at + 9 + length])))
                at += 9 + length
            del self.received[:at]
        for each in frames:
            if each.kind in (SETTINGS, PING) and not each.flags & ACK:
                self.waiting += frame(each.kind, ACK, 0, each.payload if each.kind == PING else b"")
        return frames
