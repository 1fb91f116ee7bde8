"""What strangers do to a port, with the real sightlined: during each attack and after it the next client is served, and memory returns.

The list N of docs/attacks.md, in the clear and over TLS. Usage: network_test.py BIN_DIR [NetworkTest | TlsNetworkTest]
"""

import concurrent.futures
import contextlib
import os
import pathlib
import random
import resource
import socket
import ssl
import struct
import subprocess
import sys
import time
import zlib

import grpc

import harness
from harness import BIN, Client, error_of, query, reason_of
from http2 import (CONTINUATION, DATA, END_HEADERS, END_STREAM, GREETING, HEADERS, PING, PREFACE, PRIORITY, RESET, SETTINGS, call_headers, frame,
                   message)

# How a cut connection shows; over TLS also as an end without the words for it.
CUT = (ConnectionResetError, BrokenPipeError, ssl.SSLError)
# A hang, and not a busy machine.
SERVED_S = 20
# Under an attack the next client is served within so long; where others use the machine too, within a few times what it takes without the attack.
SOON_S = 1
SOON_TIMES = 5
MIB = 1024
HERE = pathlib.Path(__file__).resolve().parent
EXECUTE = "/sightline.v1.QueryService/ExecuteQuery"


CALL = call_headers("/grpc.health.v1.Health/Check")


HEALTH_CALL = frame(HEADERS, END_HEADERS, 1, CALL) + frame(DATA, END_STREAM, 1, message(b""))

# A connection that gRPC gets.
HEALTH_CALL_GREETED = GREETING + HEALTH_CALL


class NetworkTest(harness.Case):
    # Of the many connections of an attack: all of them.
    part = 1
    server_words, client_words, idle_words, credentials = (), (), (), None
    # What an idle connection costs the server at most, with all that it brings.
    idle_kib = 6

    def setUp(self):
        super().setUp()
        self.sockets = []
        self.addCleanup(self.close_all)

    def close_all(self):
        for connection in self.sockets:
            connection.close()
        self.sockets = []

    @contextlib.contextmanager
    def attacked(self, *words, script="", descriptors=None, memory_mib=64):
        """A server that serves before, and after; in between nothing that stays is to have grown by more than so much."""
        with self.world(*self.server_words, *words, script=script, descriptors=descriptors, credentials=self.credentials) as (server, client):
            self.host, self.port = server.address.rsplit(":", 1)
            self.serves()
            begin = time.monotonic()
            self.serves()
            self.soon_s = max(SOON_S, SOON_TIMES * (time.monotonic() - begin))
            before = server.resident_kib()
            yield server, client
            self.close_all()
            self.serves_soon()
            self.eventually(lambda: server.resident_kib() < before * 1.1 + memory_mib * MIB, "memory did not return")

    def connect(self, source="127.0.0.1"):
        return self.spoken_to(self.connected(source))

    def connected(self, source):
        connection = socket.socket()
        # Closed, it leaves nothing behind: the ports of many connections are free again at once.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.settimeout(SERVED_S)
        connection.bind((source, 0))
        self.sockets.append(connection)
        connection.connect((self.host, int(self.port)))
        return connection

    def crowd(self, count, words):
        """So many connections that say this, a few at a time; some are refused."""
        def come(i):
            with contextlib.suppress(OSError):
                # Several addresses: a client has no more than 28,000 ports of its own.
                self.connect(f"127.0.0.{2 + i % 8}").sendall(words)
        with concurrent.futures.ThreadPoolExecutor(16) as threads:
            list(threads.map(come, range(count)))

    def spoken_to(self, connection):
        """What is said to the server is said on this."""
        return connection

    def serves(self):
        """With a program and a connection of its own."""
        done = subprocess.run(
            [BIN / "sightline", "--server", f"{self.host}:{self.port}", *self.client_words, "--format", "csv", "query", "RETURN 1 AS n"], capture_output=True, text=True,
            timeout=SERVED_S, env={k: v for k, v in os.environ.items() if not k.startswith("SIGHTLINE")}, check=False)
        self.assertEqual(done.stdout.split(), ["n", "1"], done.stderr)

    def serves_soon(self):
        """Also where it has to come again: a refused connection tells nothing of when."""
        end = time.monotonic() + SERVED_S
        while True:
            with contextlib.suppress(AssertionError):
                return self.serves()
            self.assertLess(time.monotonic(), end, "the next client is not served")
            time.sleep(0.2)

    def answers(self, client):
        """On a connection that stands. Also where it has to ask again: while answers are computed in every place, a call is told that the server is busy."""
        self.eventually(lambda: harness.status_of(lambda: client.query("RETURN 1 AS n")) == "OK", "the results' places do not come free")

    def is_served_soon(self):
        """The time of a client who comes, asks and goes, from the start of its program: at best, as chance has a part in it."""
        times = []
        while not times or (min(times) > self.soon_s and len(times) < 5):
            begin = time.monotonic()
            self.serves_soon()
            times.append(time.monotonic() - begin)
        self.assertLess(min(times), self.soon_s, "the next client waits")

    def is_cut(self, connection):
        connection.settimeout(SERVED_S)
        try:
            while connection.recv(65536):
                pass
            return True
        except CUT:
            return True
        except socket.timeout:
            return False

    def send_until_cut(self, connection, part, times):
        """Whether the server cut the connection before all of it was sent, or right after."""
        try:
            for _ in range(times):
                connection.sendall(part)
        except CUT:
            return True
        return self.is_cut(connection)

    def health(self, connection):
        """Whether a call by hand is answered on it."""
        connection.settimeout(SERVED_S)
        connection.sendall(HEALTH_CALL)
        answer = b""
        while b"\0\0\0\0\x02\x08\x01" not in answer:
            part = connection.recv(65536)
            if not part:
                return False
            answer += part
        return True

    def test_a_call_by_hand_is_answered(self):
        """The attacks below are variants of this."""
        with self.attacked():
            connection = self.connect()
            connection.sendall(GREETING)
            self.assertTrue(self.health(connection))

    # --- N1, N2: connections

    @contextlib.contextmanager
    def idle_clients(self, count):
        """How many connections are held, by another process; they must be open in the end still."""
        words = [sys.executable, HERE / "idle_clients.py", self.host, self.port, str(count), *self.idle_words]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as clients:
            held = int(clients.stdout.readline())
            yield held
            still, _ = clients.communicate("\n", timeout=SERVED_S)
            self.assertEqual(int(still), held)

    def test_n1_ten_thousand_idle_connections(self):
        """And a thousand unread streams: all at once, and held. Each takes one descriptor; where the system does not allow as many, as many as fit."""
        wanted = 10_000 // self.part
        descriptors_max = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        fits = min(descriptors_max - 50, (descriptors_max - 512) * 2 // 3)
        with self.attacked("--connections-max", wanted + 200, "--queued", 2000) as (server, client):
            self.assertEqual(client.rows("RETURN 1 AS n"), [(1,)])
            before, descriptors = server.resident_kib(), server.descriptors()
            with self.idle_clients(wanted) as held:
                kib_each = (server.resident_kib() - before) / held
                print(f"{held} idle connections held, {kib_each:.1f} KiB and {(server.descriptors() - descriptors) / held:.2f} descriptors each",
                      file=sys.stderr)
                self.assertEqual(held, min(wanted, fits))
                self.assertLess(kib_each, self.idle_kib)
                self.assertLess(server.descriptors(), descriptors + held * 1.01)
                self.is_served_soon()
                self.unread_streams(10)
                for _ in range(3):
                    self.serves_soon()
                    self.answers(client)
            self.close_all()
            self.eventually(lambda: server.descriptors() < descriptors + 30, "descriptors did not return")

    def test_n1_more_idle_connections_than_there_are_places(self):
        places = 1_000 // self.part
        with self.attacked("--connections-max", places) as (server, _):
            descriptors = server.descriptors()
            self.crowd(4 * places, GREETING)
            self.serves_soon()
            self.assertGreater(server.descriptors() - descriptors, places / 2)
            self.assertLessEqual(server.descriptors() - descriptors, places + 3)
            self.close_all()
            self.eventually(lambda: server.descriptors() < descriptors + 30, "descriptors did not return")

    def test_n1_idle_connections_make_room(self):
        places = 1_000 // self.part
        with self.attacked("--connections-max", places):
            self.crowd(places * 11 // 10, GREETING)
            time.sleep(1.5)
            self.serves()

    def test_n2_more_connections_than_descriptors(self):
        with self.attacked(descriptors=700):
            self.crowd(1500 // self.part + 200, GREETING)
            self.close_all()
            self.serves()

    def test_n2_descriptors_run_out_and_come_back(self):
        """gRPC's own listener never accepts again after this (CVE-2023-4785)."""
        with self.attacked() as (server, client):
            self.assertEqual(client.rows("RETURN 1 AS n"), [(1,)])

            def limit(descriptors):
                subprocess.run(["prlimit", f"--pid={server.pid}", f"--nofile={descriptors}:"], check=True)
            limit(server.descriptors() + 4)
            self.crowd(300, HEALTH_CALL_GREETED)
            # Who was connected before is still served.
            self.assertEqual(client.rows("RETURN 1 AS n"), [(1,)])
            self.close_all()
            limit(10_000)
            begin = time.monotonic()
            self.serves_soon()
            self.assertLess(time.monotonic() - begin, 5 + SERVED_S / 2)

    # --- N3: who is slow

    def test_n3_half_a_greeting(self):
        with self.attacked("--greeting-ms", 1500):
            first = self.connect()
            first.sendall(PREFACE[:10])
            self.crowd(4000 // self.part, PREFACE[:10])
            self.serves_soon()
            self.assertTrue(self.is_cut(first))

    def test_n3_calls_that_are_never_sent_to_their_end_hold_no_place(self):
        """Each connection has a call open, of which the rest never comes."""
        places = 1_000 // self.part
        with self.attacked("--connections-max", places):
            half = GREETING + frame(HEADERS, END_HEADERS, 1, call_headers(EXECUTE)) + frame(DATA, 0, 1, b"\0\0\0\x10\0half")
            self.crowd(places * 11 // 10, half)
            self.serves_soon()

    def test_n3_a_body_byte_by_byte(self):
        with self.attacked():
            slow = self.connect()
            body = message(query.ExecuteQueryRequest(query="RETURN 1 AS n").SerializeToString())
            slow.sendall(GREETING + frame(HEADERS, END_HEADERS, 1, call_headers(EXECUTE)))
            for i in range(len(body)):
                slow.sendall(frame(DATA, END_STREAM if i + 1 == len(body) else 0, 1, body[i:i + 1]))
                time.sleep(0.02)
                if i % 8 == 0:
                    self.serves()
            # Slow is no crime: it is answered.
            answer = b""
            while b"grpc-status" not in answer:
                part = slow.recv(65536)
                self.assertTrue(part)
                answer += part

    # --- N4: streams that nobody reads

    def test_n4_a_thousand_streams_that_are_never_read(self):
        with self.attacked("--stall-ms", 8_000, "--queued", 2000, memory_mib=128) as (server, client):
            before = server.resident_kib()
            self.unread_streams(10)
            # While they stand there, long before they are cut, another client's queries are answered: one that waits for its reader makes room.
            begin = time.monotonic()
            for _ in range(3):
                self.serves_soon()
            self.assertLess(time.monotonic() - begin, 7)
            self.assertLess(server.peak_kib(), before + 1000 * MIB)
            self.answers(client)
            # Those who read nothing are cut in the end, and what they held is given back.
            for connection in self.sockets:
                resets, end = 0, time.monotonic() + harness.PATIENCE_S
                while resets < 100 and time.monotonic() < end:
                    resets += self.streams_ended(connection)
                self.assertGreaterEqual(resets, 100)

    def unread_streams(self, connections):
        """A hundred large answers on each, of which not a byte may be sent: INITIAL_WINDOW_SIZE 0."""
        request = message(query.ExecuteQueryRequest(query="UNWIND range(1, 900000) AS n RETURN n, 'some text' AS t").SerializeToString())
        for _ in range(connections):
            connection = self.connect()
            connection.sendall(PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0)))
            for i in range(100):
                stream = 2 * i + 1
                connection.sendall(frame(HEADERS, END_HEADERS, stream, call_headers(EXECUTE)) + frame(DATA, END_STREAM, stream, request))

    def streams_ended(self, connection):
        """How many of the frames that have come end a stream."""
        connection.settimeout(harness.PATIENCE_S)
        ended = 0
        buffer = connection.recv(1 << 20)
        if not buffer:
            raise ConnectionResetError("the server has closed")
        while buffer:
            while len(buffer) < 9 or len(buffer) < 9 + int.from_bytes(buffer[:3], "big"):
                buffer += connection.recv(1 << 20)
            length = int.from_bytes(buffer[:3], "big")
            kind, flags = buffer[3], buffer[4]
            ended += kind == RESET or (kind in (HEADERS, DATA) and flags & END_STREAM)
            buffer = buffer[9 + length:]
        return ended

    # --- N5: HTTP/2

    def test_n5_a_header_without_end(self):
        with self.attacked() as (server, _):
            connection = self.connect()
            # A literal header of 600 MB, and HEADERS frames of a MiB each that never end the block.
            connection.sendall(GREETING)
            self.assertTrue(self.send_until_cut(connection, frame(HEADERS, 0, 1, b"\x00\x01x\x7f\x80\x80\x80\x80\x02" + b"y" * (1 << 20)), 600))
            self.serves()

    def test_n5_a_flood_of_continuations(self):
        with self.attacked():
            connection = self.connect()
            connection.sendall(GREETING + frame(HEADERS, 0, 1, CALL))
            self.assertTrue(self.send_until_cut(connection, frame(CONTINUATION, 0, 1, b"\x00\x01x\x01y" * 100), 400_000))
            empty = self.connect()
            empty.sendall(GREETING + frame(HEADERS, 0, 1, CALL))
            self.assertTrue(self.send_until_cut(empty, frame(CONTINUATION, 0, 1), 1000))

    def test_n5_streams_opened_and_reset(self):
        with self.attacked():
            connection = self.connect()
            connection.sendall(GREETING)
            cut = False
            try:
                for i in range(200_000):
                    stream = 2 * i + 1
                    connection.sendall(frame(HEADERS, END_HEADERS, stream, CALL) + frame(RESET, 0, stream, b"\0\0\0\x08"))
            except CUT:
                cut = True
            self.assertTrue(cut)

    def test_n5_a_hundred_thousand_streams(self):
        """Begun, and never ended. That a connection has a hundred at most is nothing to one who does not listen."""
        with self.attacked():
            connection = self.connect()
            connection.sendall(GREETING)
            begun = b"".join(frame(HEADERS, END_HEADERS, 2 * i + 1, call_headers(EXECUTE)) for i in range(100_000))
            self.assertTrue(self.send_until_cut(connection, begun, 1))

    def test_n5_floods_of_small_frames(self):
        """SETTINGS, PING, priorities that depend on one another in a circle, frames of no length."""
        circle = b"".join(frame(PRIORITY, 0, 2 * i + 1, struct.pack(">IB", 2 * ((i + 1) % 50) + 1, 255)) for i in range(50))
        for part in (frame(SETTINGS, 0, 0, b"\0\x03\0\0\0\x64"), frame(PING, 0, 0, b"12345678"), circle):
            with self.subTest(part=part[:9]), self.attacked(memory_mib=32):
                connection = self.connect()
                connection.sendall(GREETING)
                self.assertTrue(self.send_until_cut(connection, part * 100, 1000))
        with self.attacked():
            connection = self.connect()
            connection.sendall(GREETING + frame(HEADERS, END_HEADERS, 1, call_headers(EXECUTE)))
            self.assertTrue(self.send_until_cut(connection, frame(DATA, 0, 1) * 1000, 1000))

    def test_n5_headers_that_are_small_until_they_are_unpacked(self):
        with self.attacked() as (server, client):
            before = server.resident_kib()
            # One entry of 4,000 bytes for the table, then as many references to it as a block may hold: 60 MB.
            entry = b"\x40\x01x\x7f" + bytes([(4000 - 127) & 0x7f | 0x80, (4000 - 127) >> 7]) + b"y" * 4000
            bomb = frame(HEADERS, END_HEADERS, 1, CALL + entry + b"\xbe" * 12_000)
            # A length in as many bytes as one likes: RFC 7541, 5.1.
            varint = frame(HEADERS, END_HEADERS, 1, CALL + b"\x00\x7f" + b"\x80" * 15_000 + b"\x01")
            for block in (bomb, varint):
                for _ in range(20):
                    connection = self.connect()
                    with contextlib.suppress(OSError):
                        connection.sendall(GREETING + block + frame(DATA, END_STREAM, 1, message(b"")))
                        connection.settimeout(1)
                        connection.recv(65536)
                self.assertEqual(client.rows("RETURN 1 AS n"), [(1,)])
            self.assertLess(server.peak_kib(), before + 128 * MIB)

    def test_n5_noise(self):
        with self.attacked():
            for noise in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00", b"\0" * 100, b"SSH-2.0-x\r\n", PREFACE + b"\xff" * 100):
                connection = self.connect()
                connection.sendall(noise)
                self.assertTrue(self.is_cut(connection), noise)

    # --- N6: messages

    def test_n6_messages_that_are_too_long(self):
        with self.attacked() as (server, client):
            before = server.resident_kib()
            for size in (4 * MIB * 1024 + 1, 16 << 20):
                error = error_of(lambda s=size: client.raw(EXECUTE, b"\x0a" + b"x" * s))
                self.assertEqual(error.code().name, "RESOURCE_EXHAUSTED")
            # Many at once, each as long as a message may claim to be, and all that comes of them.
            for i in range(40):
                connection = self.connect()
                connection.settimeout(0.2)
                with contextlib.suppress(OSError):
                    connection.sendall(GREETING + frame(HEADERS, END_HEADERS, 1, call_headers(EXECUTE)) + frame(DATA, 0, 1, b"\0\x7f\xff\xff\xff"))
                    for _ in range(1000):
                        connection.sendall(frame(DATA, 0, 1, b"z" * 16384))
            self.serves()
            self.assertLess(server.peak_kib(), before + 256 * MIB)
            # A field that nobody knows, a MiB long.
            known = query.ExecuteQueryRequest(query="RETURN 1 AS n").SerializeToString()
            unknown = known + b"\xfa\x3f\x80\x80\x40" + b"u" * (1 << 20)
            try:
                parts = client.raw(EXECUTE, unknown)
            except grpc.RpcError as gone:
                # What was too long before may have ended the client's connection, of which it hears now.
                self.assertEqual(gone.code().name, "UNAVAILABLE")
                parts = client.raw(EXECUTE, unknown)
            self.assertEqual(len(parts), 3)

    def test_n6_a_compressed_bomb(self):
        with self.attacked() as (server, client):
            before = server.resident_kib()
            # 128 MiB of zeros, in an eighth of a MiB.
            for encoding, wrapping in ((b"gzip", 31), (b"deflate", 15)):
                packer = zlib.compressobj(6, zlib.DEFLATED, wrapping)
                packed = b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(128)) + packer.flush()
                connection = self.connect()
                header = call_headers(EXECUTE) + b"\x40\x0dgrpc-encoding" + bytes([len(encoding)]) + encoding
                body = b"\x01" + struct.pack(">I", len(packed)) + packed
                connection.sendall(GREETING + frame(HEADERS, END_HEADERS, 1, header))
                with contextlib.suppress(OSError):
                    for at in range(0, len(body), 8192):
                        connection.sendall(frame(DATA, END_STREAM if at + 8192 >= len(body) else 0, 1, body[at:at + 8192]))
                        # The window opens as what was sent is taken.
                        time.sleep(0.02)
                    # Its answer, or the connection's end.
                    while not self.streams_ended(connection):
                        pass
            self.assertLess(server.peak_kib(), before + 64 * MIB)
            self.assertEqual(client.rows("RETURN 1 AS n"), [(1,)])

    def test_n6_a_call_cut_off_at_every_byte(self):
        with self.attacked() as (server, client):
            request = message(query.ExecuteQueryRequest(query="RETURN 1 AS n").SerializeToString())
            whole = GREETING + frame(HEADERS, END_HEADERS, 1, call_headers(EXECUTE)) + frame(DATA, END_STREAM, 1, request)
            self.assertEqual(client.rows("RETURN 1 AS n"), [(1,)])
            descriptors = server.descriptors()
            for end in range(len(whole)):
                connection = self.connect()
                connection.sendall(whole[:end])
                connection.close()
            self.sockets = []
            self.assertEqual(client.rows("RETURN 1 AS n"), [(1,)])
            self.eventually(lambda: server.descriptors() <= descriptors, "connections were not given up")

    def test_n6_a_call_with_every_byte_changed(self):
        """And one bit flipped, at random: nothing falls over."""
        with self.attacked() as (_, client):
            request = message(query.ExecuteQueryRequest(query="RETURN 1 AS n").SerializeToString())
            whole = bytearray(GREETING + frame(HEADERS, END_HEADERS, 1, call_headers(EXECUTE)) + frame(DATA, END_STREAM, 1, request))
            chance = random.Random(6)
            for at in range(len(PREFACE), len(whole)):
                changed = bytearray(whole)
                changed[at] ^= 1 << chance.randrange(8)
                connection = self.connect()
                with contextlib.suppress(OSError):
                    connection.sendall(changed)
            self.assertEqual(client.rows("RETURN 1 AS n"), [(1,)])

    # --- N7, N8

    def test_n7_what_anyone_may_call(self):
        """Health and reflection, which show no data; the library's own insides are not open."""
        with self.guarded_world() as (server, _):
            with contextlib.closing(server.channel()) as channel:
                stranger = Client(channel)
                self.assertEqual(stranger.raw("/grpc.health.v1.Health/Check"), [b"\x08\x01"])
                reflection = channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", lambda b: b, lambda b: b)
                names = b"".join(reflection(iter([b"\x3a\x00"]), timeout=SERVED_S))
                self.assertIn(b"sightline.v1.QueryService", names)
                self.assertNotIn(b"channelz", names)
                for method in ("/grpc.channelz.v1.Channelz/GetServers", "/grpc.channelz.v1.Channelz/GetTopChannels",
                               "/grpc.admin.v1.Admin/Get", "/envoy.service.status.v3.ClientStatusDiscoveryService/FetchClientStatus"):
                    self.assertEqual(error_of(lambda m=method: stranger.raw(m)).code().name, "UNIMPLEMENTED", method)

    def test_n8_deadlines(self):
        heavy = "UNWIND range(1, 3000) AS a UNWIND range(1, 3000) AS b UNWIND range(1, 3000) AS c RETURN count(*) AS n"
        with self.attacked("--query-seconds", 1, "--query-seconds-max", 3) as (server, client):
            self.assertEqual(error_of(lambda: client.query(heavy, timeout=0.001)).code().name, "DEADLINE_EXCEEDED")
            # None, and one of nine years: the server has its own.
            for timeout in (None, 300_000_000):
                begin = time.monotonic()
                error = error_of(lambda t=timeout: client.query(heavy, timeout=t))
                self.assertIn(reason_of(error), ("SL5002", "SL5001"))
                self.assertLess(time.monotonic() - begin, 1 + SERVED_S)
            used = server.processor_s()
            time.sleep(0.5)
            self.assertLess(server.processor_s() - used, 0.4, "a query runs on")

    def test_n8_pings_for_nothing(self):
        """gRPC answers a client that pings too often with GOAWAY, long before the guard would."""
        with self.attacked():
            connection = self.connect()
            connection.sendall(GREETING)
            connection.settimeout(SERVED_S)
            connection.recv(65536)
            with contextlib.suppress(OSError):
                for _ in range(20):
                    connection.sendall(frame(PING, 0, 0, b"12345678"))
                    time.sleep(0.02)
            self.assertTrue(self.is_cut(connection))

    # --- N9: loads that break off

    def test_n9_a_client_that_dies_while_it_loads(self):
        script = "DEFINE CLASS Thing; DEFINE PREDICATE p FROM Thing TO Thing;"
        with self.attacked(script=script) as (server, client):
            for i in range(200):
                channel = server.channel(self.credentials)

                def broken():
                    yield harness.load_open(file_name="x.slql")
                    yield harness.load_chunk(0, b"ASSERT (#a)-[:p]->(#b) ACCORDING TO #c;" * (i + 1))
                    channel.close()
                    time.sleep(0.01)
                with contextlib.suppress(grpc.RpcError, ValueError):
                    list(Client(channel).writes.BulkLoad(broken(), timeout=SERVED_S))
            self.assertEqual(client.rows("MATCH (a)-[:p]->(b) RETURN count(*) AS n"), [(0,)])
            client.load("ASSERT (#a)-[:p]->(#b) ACCORDING TO #c")
            self.assertEqual(client.rows("MATCH (a)-[:p]->(b) RETURN count(*) AS n"), [(1,)])

    def test_n9_chunks_that_do_not_fit_together(self):
        with self.attacked() as (_, client):
            text = b"DEFINE CLASS Thing;"

            def load(*rest):
                return list(client.writes.BulkLoad(iter([harness.load_open(file_name="x.slql"), *rest]), timeout=SERVED_S))[-1].result
            first, second, end = harness.load_chunk(0, text[:9]), harness.load_chunk(9, text[9:]), harness.load_finish(text)
            bad = harness.statements.BulkLoadRequest(chunk=harness.statements.BulkLoadChunk(offset=0, data=text, crc32c=1))
            for name, code, rest in (
                    ("a gap", "OUT_OF_RANGE", [first, harness.load_chunk(10, text[10:]), end]), ("reordered", "OUT_OF_RANGE", [second, first, end]),
                    ("negative", "OUT_OF_RANGE", [harness.load_chunk(-1, text)]), ("no end", "INVALID_ARGUMENT", [first, second]),
                    ("cut off", "INVALID_ARGUMENT", [first, end]), ("damaged", "INVALID_ARGUMENT", [bad]),
                    ("opened twice", "INVALID_ARGUMENT", [harness.load_open(file_name="x.slql"), first, second, end])):
                with self.subTest(name):
                    error = error_of(lambda r=rest: load(*r))
                    self.assertEqual(error.code().name, code)
            self.assertEqual(client.rows("SHOW CLASSES"), [])
            # One that comes twice does no harm.
            self.assertEqual(load(first, first, second, first, end).definitions, 1)
            self.assertEqual(len(client.rows("SHOW CLASSES")), 1)


class TlsNetworkTest(NetworkTest):
    """The same over TLS, with fewer connections, as each costs a handshake; and what TLS adds."""

    part = 4
    idle_kib = 20

    def setUp(self):
        super().setUp()
        self.certificates = harness.Certificates(self.folder)
        self.certificates.authority("ca")
        self.certificates.certificate("server", "ca", "DNS:localhost,IP:127.0.0.1")
        self.server_words = self.certificates.server_words()
        self.client_words = ("--tls-ca", self.folder / "ca.pem")
        self.idle_words = (self.folder / "ca.pem",)
        self.credentials = self.certificates.credentials()
        self.context = self.context_for("h2")

    def context_for(self, *protocols):
        context = ssl.create_default_context(cafile=self.folder / "ca.pem")
        if protocols:
            context.set_alpn_protocols(protocols)
        return context

    def spoken_to(self, connection):
        # Whom the server has no place for is turned away before he has said a word.
        return self.wrapped(connection, self.context)

    def wrapped(self, connection, context):
        spoken = context.wrap_socket(connection, server_hostname="localhost")
        self.sockets[self.sockets.index(connection)] = spoken
        return spoken

    def bare(self, source="127.0.0.1"):
        return NetworkTest.spoken_to(self, self.connected(source))

    def hello(self):
        """The first words of a client."""
        words = ssl.MemoryBIO()
        half = self.context.wrap_bio(ssl.MemoryBIO(), words, server_hostname="localhost")
        with contextlib.suppress(ssl.SSLWantReadError):
            half.do_handshake()
        return words.read()

    def test_n3_handshakes_that_do_not_end(self):
        with self.attacked("--greeting-ms", 1500) as (_, client):
            words = self.hello()
            for i in range(1200):
                with contextlib.suppress(OSError):
                    # Nothing, half of a hello, or all of one and no answer to what comes back.
                    self.bare(f"127.0.0.{2 + i % 8}").sendall(words[:(0, len(words) // 2, len(words))[i % 3]])
            self.serves_soon()
            self.assertEqual(client.rows("RETURN 1 AS n"), [(1,)])
            # One that sends nothing is cut in the end, and one that stops within its handshake too.
            for connection in self.sockets[-3:]:
                self.assertTrue(self.is_cut(connection))

    def test_n3_a_hello_byte_by_byte(self):
        with self.attacked("--greeting-ms", 1500):
            slow, begin = self.bare(), time.monotonic()
            with self.assertRaises(CUT):
                for byte in self.hello():
                    slow.sendall(bytes([byte]))
                    time.sleep(0.05)
            self.assertLess(time.monotonic() - begin, 1.5 + SERVED_S / 2)

    def test_n3_a_flood_of_handshakes(self):
        """From other addresses, while some are connected and the next one comes: both are served within a second."""
        with self.attacked() as (server, client), contextlib.ExitStack() as floods:
            hello = self.folder / "hello"
            hello.write_bytes(self.hello())
            begun, used = [], server.processor_s()
            for i in range(2):
                words = [sys.executable, HERE / "handshake_flood.py", self.host, self.port, f"127.0.0.{2 + i}", hello]
                begun.append(floods.enter_context(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)))
            # The server has its hands full.
            self.eventually(lambda: server.processor_s() - used > 0.5, "there is no flood")
            for _ in range(3):
                self.is_served_soon()
                begin = time.monotonic()
                self.assertEqual(client.rows("RETURN 1 AS n"), [(1,)])
                self.assertLess(time.monotonic() - begin, self.soon_s)
            for flood in begun:
                flood.stdin.close()
                self.assertGreater(int(flood.stdout.readline()), 100)

    def test_a_certificate_that_ends_ends_its_connection(self):
        """Also one that is shown all the time; whoever comes again with a new one is let in."""
        self.certificates.certificate("tom", "ca", "DNS:tom.example.org")
        with self.server(*self.server_words, "--tls-client-ca", self.folder / "ca.pem") as server:
            token = server.first_token()
            self.certificates.certificate("mia", "ca", "DNS:mia.example.org", seconds=4)
            with contextlib.closing(server.channel(self.certificates.credentials("tom"))) as channel:
                tom = Client(channel, token)
                with contextlib.closing(server.channel(self.certificates.credentials("mia"))) as soon_ended:
                    mia = Client(soon_ended, token)
                    self.assertEqual(mia.rows("RETURN 1 AS n"), [(1,)])
                    self.eventually(lambda: harness.status_of(lambda: mia.query("RETURN 1 AS n")) == "UNAVAILABLE", "it is still served")
                self.assertEqual(tom.rows("RETURN 1 AS n"), [(1,)])
            self.certificates.certificate("mia", "ca", "DNS:mia.example.org")
            with contextlib.closing(server.channel(self.certificates.credentials("mia"))) as renewed:
                self.assertEqual(Client(renewed, token).rows("RETURN 1 AS n"), [(1,)])
            self.assertIn("its certificate has ended", server.errors())

    def test_n5_noise_instead_of_tls(self):
        with self.attacked():
            words = self.hello()
            for noise in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", GREETING, b"\0" * 100, b"\x16\x03\x01\x00\x05\x01\xff\xff\xff\xff", words + b"\xff" * 100,
                          words + words, b"\x16\x03\x01\xff\xff" + b"x" * 70_000):
                connection = self.bare()
                self.assertTrue(self.send_until_cut(connection, noise, 1), noise[:20])

    def test_n5_tls_that_is_not_for_http2(self):
        """Another protocol, none, and versions that are not secure any more."""
        with self.attacked():
            for protocols in ((), ("http/1.1",)):
                with contextlib.suppress(ssl.SSLError, ConnectionResetError):
                    self.assertTrue(self.is_cut(self.wrapped(self.bare(), self.context_for(*protocols))))
            old = self.context_for("h2")
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
            old.set_ciphers("ALL:@SECLEVEL=0")
            with self.assertRaises(CUT):
                self.wrapped(self.bare(), old)
            second = self.context_for("h2")
            second.maximum_version = ssl.TLSVersion.TLSv1_2
            connection = self.wrapped(self.bare(), second)
            connection.sendall(GREETING)
            self.assertTrue(self.health(connection))

    def test_n5_a_record_that_is_damaged(self):
        with self.attacked():
            for _ in range(5):
                connection = self.connect()
                connection.sendall(GREETING)
                # Under TLS, past what keeps its bytes whole.
                with socket.socket(fileno=os.dup(connection.fileno())) as under:
                    under.sendall(b"\x17\x03\x03\x00\x40" + b"x" * 64)
                self.assertTrue(self.is_cut(connection))

    def test_n5_strangers_without_a_certificate_end_in_the_handshake(self):
        self.certificates.certificate("mia", "ca", "DNS:mia.example.org")
        with self.server(*self.server_words, "--tls-client-ca", self.folder / "ca.pem") as server:
            token = server.first_token()
            self.host, self.port = server.address.rsplit(":", 1)
            part = frame(HEADERS, 0, 1, b"\x00\x01x\x7f\x80\x80\x80\x80\x02" + b"y" * (1 << 20))
            for _ in range(20):
                # TLS 1.3 tells a client only with its first answer that it is not let in.
                with contextlib.suppress(OSError):
                    stranger = self.connect()
                    stranger.sendall(GREETING)
                    self.assertTrue(self.send_until_cut(stranger, part, 600))
            with contextlib.closing(server.channel(self.certificates.credentials("mia"))) as channel:
                self.assertEqual(Client(channel, token).rows("RETURN 1 AS n"), [(1,)])

    def test_a_certificate_is_whose_connection_it_is(self):
        """Each caller is who his own connection says, many at once; what he claims in headers is nothing."""
        names = ("mia", "tom")
        for name in names:
            self.certificates.certificate(name, "ca", f"DNS:{name}.example.org")
        with self.server(*self.server_words, "--tls-client-ca", self.folder / "ca.pem") as server:
            with contextlib.ExitStack() as stack:
                channels = {name: stack.enter_context(contextlib.closing(server.channel(self.certificates.credentials(name)))) for name in names}
                admin = Client(channels["mia"], server.first_token())
                access = harness.access
                for name in names:
                    user = access.User(name=name, role=access.ROLE_READER, certificate_names=[f"{name}.example.org"])
                    admin.access.CreateUser(access.CreateUserRequest(user=user), metadata=admin.metadata, timeout=SERVED_S)
                claims = (("x-forwarded-client-cert", "Subject=CN=admin"), ("x-peer", "sightline/0000000000000000"), ("x509-common-name", "admin"))
                asked = []
                for i in range(400):
                    name = names[i % 2]
                    stub = Client(channels[name]).access
                    asked.append((name, stub.GetIdentity.future(access.GetIdentityRequest(), metadata=claims, timeout=SERVED_S)))
                for name, answer in asked:
                    self.assertEqual(answer.result().user, name)


if __name__ == "__main__":
    harness.main()
