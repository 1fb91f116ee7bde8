"""Settings, metrics, logs, traces and health of the real server, and that nothing secret shows in any of them (API checklist A7).

Usage: observability_test.py BIN_DIR. Exits with 77 (skipped) where Debian's python3-grpcio is not installed.
SIGHTLINE_WRITE_PAGES=1 writes the table of metrics in docs/monitoring.md anew.
"""

import contextlib
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request

import harness
from harness import BIN, grpc

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIMEOUT_S = 60
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"
SERVING, NOT_SERVING = 1, 2
GRAPH = """
DEFINE CLASS Company; DEFINE CLASS Product; DEFINE PREDICATE supplies FROM Company TO Product;
ASSERT (#org/hikvision :Company {name: "Hikvision"})-[:supplies]->(#prod/optics :Product {name: "optics"}) ACCORDING TO #org/voice;
"""


def environment(**more):
    return {**{k: v for k, v in os.environ.items() if not k.startswith("SIGHTLINE")}, **more}


def text_field(number, text):
    """A field of a protobuf message. Requests are made of bytes, so that no stubs are needed."""
    data = text.encode()
    size, length = len(data), b""
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + data


class Server:
    """A running sightlined, with the lines of its log as they come."""

    def __init__(self, data, *words, log_format="json", **more):
        self.process = subprocess.Popen(
            [BIN / "sightlined", "--data", data, "--listen", "127.0.0.1:0", "--log-format", log_format, *map(str, words)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(**more))
        self.raw = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        line = self.process.stdout.readline()
        if not line.startswith("sightlined ready"):
            self.process.wait(TIMEOUT_S)
            self.reader.join(TIMEOUT_S)
            raise AssertionError(line + "".join(self.raw))
        self.address = line.split()[-1]
        self.channel = grpc.insecure_channel(self.address)
        self.metrics_address = self.event("ready").get("metrics") if log_format == "json" else None
        self.token = next((text.strip() for text in list(self.raw) if text.startswith("slt_")), None)

    def read(self):
        for line in self.process.stderr:
            self.raw.append(line)

    def events(self, name):
        return [event for event in (json.loads(line) for line in list(self.raw) if line.startswith("{")) if event["event"] == name]

    def event(self, name, count=1, **wanted):
        """The count-th event of this name, with these members; waits for it."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            found = [event for event in self.events(name) if all(event.get(k) == v for k, v in wanted.items())]
            if len(found) >= count:
                return found[count - 1]
            time.sleep(0.02)
        raise AssertionError(f"no {name} {wanted} in\n" + "".join(self.raw))

    def metadata(self, *more):
        return tuple(more) + ((("authorization", f"Bearer {self.token}"),) if self.token else ())

    def query(self, text, *metadata):
        """The initial metadata of the call, as a dictionary, and its messages."""
        call = self.channel.unary_stream("/sightline.v1.QueryService/ExecuteQuery")(
            text_field(1, text), metadata=self.metadata(*metadata), timeout=30)
        messages = list(call)
        return dict(call.initial_metadata()), messages

    def health(self, service=""):
        answer = self.channel.unary_unary("/grpc.health.v1.Health/Check")(text_field(1, service) if service else b"", timeout=10)
        return answer[1] if len(answer) == 2 else 0

    def wait_for_health(self, wanted):
        end = time.monotonic() + 30
        while self.health() != wanted:
            if time.monotonic() > end:
                raise AssertionError(f"health is not {wanted}\n" + "".join(self.raw))
            time.sleep(0.05)

    def metrics(self):
        with urllib.request.urlopen(f"http://{self.metrics_address}/metrics", timeout=10) as answer:
            return answer.read().decode()

    def value(self, sample):
        for line in self.metrics().splitlines():
            name, _, value = line.rpartition(" ")
            if name == sample:
                return float(value)
        raise AssertionError(f"no {sample}")

    def stop(self):
        self.channel.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(TIMEOUT_S)
        self.reader.join(TIMEOUT_S)
        self.process.stdout.close()
        self.process.stderr.close()
        return code


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sl-observe-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.data = self.folder / "store"

    @contextlib.contextmanager
    def server(self, *words, **more):
        server = Server(self.data, *words, **more)
        try:
            yield server
        finally:
            code = server.stop()
        self.assertEqual(code, 0)

    def client(self, server, *words, stdin="", check=0):
        done = subprocess.run([BIN / "sightline", "--server", server.address, *map(str, words)], input=stdin, capture_output=True, text=True,
                              timeout=TIMEOUT_S, env=environment(**({"SIGHTLINE_TOKEN": server.token} if server.token else {})), check=False)
        self.assertEqual(done.returncode, check, done.stdout + done.stderr)
        return done


class Settings(Case):
    def test_a_file_the_environment_and_flags(self):
        file = self.folder / "s.toml"
        file.write_text(f'data = "{self.data}"\nquery_rows = 11\nquery_steps = 12\nqueued = 13\n', encoding="utf-8")
        done = subprocess.run([BIN / "sightlined", "--config", file, "--check-config", "--queued", "15"], capture_output=True, text=True,
                              timeout=TIMEOUT_S, env=environment(SIGHTLINED_QUERY_STEPS="14"), check=True)
        for line in (rf"query_rows = 11 +# {file}:2:1", r"query_steps = 14 +# SIGHTLINED_QUERY_STEPS", r"queued = 15 +# --queued",
                     r"stall_ms = 60000 +# default", r"# tls_key +# not set"):
            self.assertRegex(done.stdout, rf"(?m)^{line}$")
        self.assertFalse(self.data.exists())

    def test_mistakes_have_a_place_and_exit_with_two(self):
        file = self.folder / "s.toml"
        for text, said in (("data = 'd'\nquery_row = 1\n", f"{file}:2:1: there is no setting 'query_row'; did you mean query_rows?"),
                           ("data = \n", f"{file}:1:8: "), ("data = 'd'\nrunning = 0\n", f"{file}:2:1: running: '0' is no whole number")):
            file.write_text(text, encoding="utf-8")
            for words in (["--check-config"], []):
                done = subprocess.run([BIN / "sightlined", "--config", file, *words], capture_output=True, text=True, timeout=TIMEOUT_S,
                                      env=environment(), check=False)
                self.assertEqual(done.returncode, 2)
                self.assertIn(said, done.stderr)

    def test_sighup_reads_the_file_again(self):
        file = self.folder / "s.toml"
        file.write_text("without_users = true\n", encoding="utf-8")
        with self.server("--config", file) as server:
            server.query("RETURN 1")
            self.assertEqual(server.events("call"), [])
            file.write_text("without_users = true\nlog_level = 'debug'\nslow_query_ms = 1\nquery_rows = 5\n", encoding="utf-8")
            server.process.send_signal(signal.SIGHUP)
            self.assertEqual(server.event("reloaded")["need_restart"], "query_rows")
            server.query("UNWIND range(1, 300000) AS n RETURN count(n)")
            print_of_it = server.event("slow_query")["fingerprint"]
            self.assertEqual(server.event("call", fingerprint=print_of_it)["code"], "OK")
            # What is wrong changes nothing, and is said.
            file.write_text("log_level = 'loud'\n", encoding="utf-8")
            server.process.send_signal(signal.SIGHUP)
            self.assertIn("log_level: 'loud' is none of", server.event("reload_failed")["error"])
            server.query("UNWIND range(1, 300000) AS n RETURN count(n)")
            server.event("call", fingerprint=print_of_it, count=2)

    def test_without_a_file_sighup_stops(self):
        server = Server(self.data, "--without-users")
        server.process.send_signal(signal.SIGHUP)
        self.assertEqual(server.process.wait(TIMEOUT_S), 0)
        server.stop()


class Metrics(Case):
    def families(self, text):
        """Name -> (type, help, labels)."""
        found = {}
        for line in text.splitlines():
            words = line.split(" ", 3)
            if line.startswith("# HELP"):
                found[words[2]] = [None, words[3], set()]
            elif line.startswith("# TYPE"):
                found[words[2]][0] = words[3]
            elif line:
                name, labels = re.match(r"([a-z_]+)(?:\{(.*)\})? ", line).groups()
                family = name if name in found else re.sub("_(bucket|count|sum)$", "", name)
                found[family][2] |= {label for label in re.findall(r'([a-z_]+)="', labels or "") if label != "le"}
        return found

    def test_the_table_in_the_documentation_is_what_there_is(self):
        with self.server("--metrics-listen", "127.0.0.1:0") as server:
            server.query("RETURN 1")
            # Somebody who does not speak HTTP/2, so that there is one that was cut.
            with socket.create_connection(tuple(server.address.split(":"))) as stranger:
                stranger.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + b" " * 100)
                # The server may greet with its SETTINGS (RFC 9113, 3.4) before it has read a byte: read up to the end, which is
                # a reset where the server closes before it has read everything.
                stranger.settimeout(10)
                with contextlib.suppress(ConnectionResetError):
                    while stranger.recv(100):
                        pass
            server.event("connection_cut", reason="it does not speak HTTP/2", host="127.0.0.1")
            families = self.families(server.metrics())
        rows = []
        for name, (kind, text, labels) in sorted(families.items()):
            # The web server's own, of the library.
            if name.startswith("exposer_"):
                continue
            self.assertRegex(name, r"^(sightline|process)(_[a-z]+)+$")
            self.assertEqual(kind == "counter", name.endswith("_total"), name)
            self.assertLessEqual(labels, {"method", "code", "lane", "budget", "family", "reason", "version"}, name)
            rows.append(f"| `{name}` | {kind} | {', '.join(f'`{label}`' for label in sorted(labels))} | {text} |\n")
        table = "| Name | Type | Labels | Meaning |\n|---|---|---|---|\n" + "".join(rows)
        page = ROOT / "docs/monitoring.md"
        begin, end = "<!-- metrics: begin -->\n", "<!-- metrics: end -->\n"
        before, rest = page.read_text(encoding="utf-8").split(begin)
        written, after = rest.split(end)
        if os.environ.get("SIGHTLINE_WRITE_PAGES"):
            page.write_text(before + begin + table + end + after, encoding="utf-8")
        else:
            self.assertEqual(written, table)
        # Rules and the board ask for nothing that there is not.
        rules = (ROOT / "packaging/alerts.yml").read_text(encoding="utf-8")
        for expression in re.findall(r"(?m)^ *expr: (.*)$", rules) + self.expressions_of_board():
            self.assertTrue(used := self.used(expression, families), expression)
            self.assertLessEqual(set(used), set(families), expression)
            labels = {"instance", "job", "le"}.union(*(families[name][2] for name in used))
            asked = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", expression))
            asked |= {label for group in re.findall(r"\bby \(([^)]*)\)", expression) for label in group.split(", ")}
            self.assertLessEqual(asked, labels, expression)

    def used(self, expression, families):
        names = re.findall(r"\b(?:sightline|process)_[a-z_]+|\bup\b", expression)
        if names == ["up"]:
            # Prometheus' own.
            families.setdefault("up", [None, "", set()])
        return [name if name in families else re.sub("_(bucket|count|sum)$", "", name) for name in names]

    def expressions_of_board(self):
        """Of packaging/grafana/sightline.json, whose panels stand beside one another and say what they show."""
        board = json.loads((ROOT / "packaging/grafana/sightline.json").read_text(encoding="utf-8"))
        places, expressions = set(), []
        self.assertEqual(len({panel["id"] for panel in board["panels"]}), len(board["panels"]))
        for panel in board["panels"]:
            self.assertTrue(panel["title"])
            at = panel["gridPos"]
            covered = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            self.assertFalse(covered & places, panel["title"])
            self.assertLessEqual(at["x"] + at["w"], 24)
            places |= covered
            if panel["type"] != "row":
                self.assertTrue(panel["description"].endswith("."), panel["title"])
                self.assertTrue(panel["targets"], panel["title"])
                expressions += [target["expr"] for target in panel["targets"]]
        self.assertGreater(len(expressions), 30)
        return expressions

    def test_what_happens_is_counted(self):
        with self.server("--metrics-listen", "127.0.0.1:0", "--without-users", "--query-rows", 10) as server:
            self.client(server, "load", "-", stdin=GRAPH)
            for _ in range(3):
                server.query("MATCH (a)-[:supplies]->(b) RETURN a")
            with self.assertRaises(grpc.RpcError):
                server.query("MATCH (a RETURN a")
            server.query("UNWIND range(1, 100) AS n RETURN n")
            method = 'method="QueryService/ExecuteQuery"'
            self.assertEqual(server.value(f'sightline_rpc_requests_total{{code="OK",{method}}}'), 4)
            self.assertEqual(server.value(f'sightline_rpc_requests_total{{code="INVALID_ARGUMENT",{method}}}'), 1)
            self.assertEqual(server.value(f"sightline_rpc_duration_seconds_count{{{method}}}"), 5)
            self.assertGreater(server.value(f"sightline_rpc_sent_bytes_total{{{method}}}"), 100)
            self.assertEqual(server.value('sightline_query_budgets_exceeded_total{budget="rows"}'), 1)
            self.assertEqual(server.value("sightline_query_rows_total"), 13)
            self.assertGreater(server.value("sightline_query_facts_touched_total"), 0)
            self.assertEqual(server.value("sightline_statements_added_total"), server.value("sightline_store_statements"))
            self.assertGreaterEqual(server.value('sightline_queue_wait_seconds_count{lane="read"}'), 5)
            self.assertGreater(server.value("sightline_store_revision"), 0)
            self.assertGreater(server.value("sightline_wal_syncs_total"), 0)
            self.assertGreater(server.value("sightline_wal_bytes_total"), 100)
            self.assertGreater(server.value("sightline_wal_sync_seconds_total"), 0)
            self.assertGreater(server.value("sightline_disk_free_bytes"), 0)
            self.assertEqual(server.value("sightline_store_takes_writes"), 1)
            # A call ends on the server before its client hears of it, all but its bookkeeping.
            end = time.monotonic() + 10
            while server.value("sightline_rpc_running") > 0:
                self.assertLess(time.monotonic(), end)

    def test_metrics_are_for_this_machine_alone_and_off_unless_asked_for(self):
        done = subprocess.run([BIN / "sightlined", "--data", self.data, "--metrics-listen", "0.0.0.0:9464"], capture_output=True, text=True,
                              timeout=TIMEOUT_S, env=environment(), check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("loopback only", done.stderr)
        with self.server() as server:
            self.assertIsNone(server.metrics_address)

    def test_a_port_that_is_taken_is_exit_code_four(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            done = subprocess.run([BIN / "sightlined", "--data", self.data, "--listen", "127.0.0.1:0", "--metrics-listen",
                                   f"127.0.0.1:{taken.getsockname()[1]}"], capture_output=True, text=True, timeout=TIMEOUT_S, env=environment(), check=False)
        self.assertEqual(done.returncode, 4)
        self.assertIn("Cannot serve metrics on 127.0.0.1:", done.stderr)

    def test_who_holds_the_metrics_port_does_not_hold_the_server(self):
        with self.server("--metrics-listen", "127.0.0.1:0", "--without-users") as server:
            host, port = server.metrics_address.split(":")
            slow = [socket.create_connection((host, int(port))) for _ in range(50)]
            for each in slow:
                each.sendall(b"GET /metrics HTTP/1.1\r\nHo")
            begin = time.monotonic()
            server.query("RETURN 1")
            self.assertLess(time.monotonic() - begin, 5)
            for each in slow:
                each.close()
            end = time.monotonic() + 60
            while True:
                with contextlib.suppress(OSError):
                    server.metrics()
                    break
                self.assertLess(time.monotonic(), end)


class Logs(Case):
    def test_a_slow_query_is_told_without_what_it_asks_about(self):
        with self.server("--without-users", "--slow-query-ms", 1) as server:
            server.query('UNWIND range(1, 300000) AS n WITH n WHERE toString(n) <> "Hidden Name" AND n <> 424242 RETURN count(n) AS c')
            event = server.event("slow_query")
            self.assertEqual(event["query"], "UNWIND range ( ? , ? ) AS n WITH n WHERE toString ( n ) <> ? AND n <> ? RETURN COUNT ( n ) AS c"
                             .replace("COUNT", "count"))
            for member in ("fingerprint", "plan"):
                self.assertRegex(event[member], "^[0-9a-f]{16}$")
            self.assertEqual((event["code"], event["rows"], event["user"]), ("OK", 1, "local"))
            self.assertGreaterEqual(event["duration_ms"], 1)
            self.assertGreater(event["execute_us"], 0)
            # The same question has the same prints, another one has others.
            server.query('UNWIND range(1, 300001) AS n WITH n WHERE toString(n) <> "Other" AND n <> 7 RETURN count(n) AS c')
            again = server.event("slow_query", count=2)
            self.assertEqual((again["fingerprint"], again["plan"]), (event["fingerprint"], event["plan"]))
            server.query("UNWIND range(1, 300000) AS n RETURN sum(n)")
            other = server.event("slow_query", count=3)
            self.assertNotEqual(other["fingerprint"], event["fingerprint"])
            self.assertNotEqual(other["plan"], event["plan"])

    def test_a_query_that_its_time_stops_is_slow_and_counted(self):
        with self.server("--without-users", "--query-seconds", 0.05, "--slow-query-ms", 10, "--metrics-listen", "127.0.0.1:0") as server:
            with self.assertRaises(grpc.RpcError) as failed:
                server.query("UNWIND range(1, 10000) AS a UNWIND range(1, 10000) AS b RETURN count(*)")
            self.assertEqual(failed.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
            self.assertEqual(server.event("slow_query")["code"], "DEADLINE_EXCEEDED")
            self.assertEqual(server.value('sightline_query_budgets_exceeded_total{budget="time"}'), 1)
            self.assertEqual(server.value("sightline_slow_queries_total"), 1)

    def test_every_line_is_json_from_the_start_to_the_end(self):
        server = Server(self.data, "--without-users", "--log-level", "debug")
        server.query("RETURN 1")
        server.stop()
        events = [json.loads(line) for line in server.raw]
        self.assertEqual([event["event"] for event in events if event["level"] != "debug"], ["ready", "draining", "stopped"])
        call = next(event for event in events if event["event"] == "call")
        self.assertEqual((call["method"], call["user"], call["code"], call["rows"]), ("QueryService/ExecuteQuery", "local", "OK", 1))
        for event in events:
            self.assertRegex(event["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")

    def test_text_is_logfmt(self):
        server = Server(self.data, "--without-users", log_format="text")
        server.stop()
        self.assertRegex(server.raw[0], r"^\d{4}-\S+Z info ready address=127\.0\.0\.1:\d+ version=\S+ data=\S+ statements=0\n$")

    def test_who_does_not_read_the_log_does_not_stop_the_server(self):
        read_end, write_end = os.pipe()
        process = subprocess.Popen([BIN / "sightlined", "--data", self.data, "--listen", "127.0.0.1:0", "--without-users", "--log-level", "debug"],
                                   stdout=subprocess.PIPE, stderr=write_end, text=True, env=environment())
        os.close(write_end)
        try:
            channel = grpc.insecure_channel(process.stdout.readline().split()[-1])
            ask = channel.unary_unary("/sightline.v1.AdminService/GetServerInfo")
            for _ in range(1500):
                ask(b"", timeout=20)
            channel.close()
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(TIMEOUT_S), 0)
        finally:
            process.kill()
            process.stdout.close()
            os.close(read_end)


class Traces(Case):
    def test_a_callers_trace_goes_on_in_reply_log_and_audit(self):
        with self.server("--log-level", "debug", "--slow-query-ms", 1) as server:
            sent = (("traceparent", f"00-{TRACE}-{SPAN}-01"), ("tracestate", "congo=t61rcWkgMzE"))
            reply, _ = server.query("UNWIND range(1, 300000) AS n RETURN count(n)", *sent)
            version, trace, span, flags = reply["traceparent"].split("-")
            self.assertEqual((version, trace, flags), ("00", TRACE, "01"))
            self.assertNotEqual(span, SPAN)
            self.assertEqual(reply["tracestate"], "congo=t61rcWkgMzE")
            call = server.event("call", trace_id=TRACE)
            self.assertEqual((call["span_id"], call["parent_id"], call["user"]), (span, SPAN, "admin"))
            self.assertEqual(server.event("slow_query", trace_id=TRACE)["span_id"], span)
        records = [json.loads(line) for file in (self.data / "audit").glob("*.jsonl") for line in file.read_text(encoding="utf-8").splitlines()]
        self.assertEqual([record["event"] for record in records if record.get("trace") == TRACE], ["begin", "end"])
        checked = subprocess.run([BIN / "sightline-admin", "audit", "--audit", self.data / "audit"], capture_output=True, text=True, check=False)
        self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_what_is_not_valid_is_ignored(self):
        with self.server("--without-users") as server:
            for headers in ((("traceparent", "nonsense"),), (("traceparent", f"00-{'0' * 32}-{SPAN}-01"),), (),
                            (("traceparent", f"00-{TRACE}-{SPAN}-01"), ("traceparent", f"00-{TRACE}-{SPAN}-01")),
                            (("traceparent", f"00-{TRACE}-{SPAN}-01x"),)):
                reply, messages = server.query("RETURN 1", *headers)
                self.assertRegex(reply["traceparent"], "^00-[0-9a-f]{32}-[0-9a-f]{16}-00$")
                self.assertNotIn(TRACE, reply["traceparent"])
                self.assertNotIn("tracestate", reply)
                self.assertEqual(len(messages), 3)


class Health(Case):
    def test_a_full_disk_turns_health_and_back_and_reading_goes_on(self):
        with self.server("--without-users", "--metrics-listen", "127.0.0.1:0") as server:
            self.client(server, "load", "-", stdin=GRAPH)
            for service in ("", "sightline.v1.QueryService", "sightline.v1.StatementService"):
                self.assertEqual(server.health(service), SERVING)
            # No file of the server's may grow: as on a full disk, each write fails.
            no_limit = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (1, no_limit[1]))
            # A load is noted on the disk first; a write comes as far as the store's log. (The command line would try for a minute.)
            error = harness.error_of(lambda: harness.Client(server.channel, server.token).load(GRAPH.replace("hikvision", "other")))
            self.assertEqual(error.code(), grpc.StatusCode.UNAVAILABLE)
            self.assertIn("File too large", error.details())
            for said in ("File too large", "takes no writes"):
                self.assertIn(said, self.client(server, "query", "ASSERT (#org/c :Company) ACCORDING TO #org/a", check=3).stderr)
            server.wait_for_health(NOT_SERVING)
            self.assertEqual(server.health("sightline.v1.StatementService"), NOT_SERVING)
            self.assertEqual(server.health("sightline.v1.QueryService"), SERVING)
            self.assertIn("takes no writes", server.event("store_read_only")["reason"])
            self.assertEqual(server.value("sightline_store_takes_writes"), 0)
            self.assertIn("org/hikvision", self.client(server, "--format", "csv", "query", "MATCH (a)-[:supplies]->(b) RETURN a").stdout)
            # Nobody writes; it recovers all the same.
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, no_limit)
            server.wait_for_health(SERVING)
            self.assertEqual(server.health("sightline.v1.StatementService"), SERVING)
            server.event("store_takes_writes")
            self.assertEqual(server.value("sightline_store_takes_writes"), 1)
            self.client(server, "load", "-", stdin=GRAPH.replace("hikvision", "other"))

    def test_a_service_that_there_is_not_is_not_found(self):
        with self.server("--without-users") as server:
            with self.assertRaises(grpc.RpcError) as failed:
                server.health("sightline.v1.NoService")
            self.assertEqual(failed.exception.code(), grpc.StatusCode.NOT_FOUND)


class Canaries(Case):
    """API checklist A7: a secret in a token, a parameter or a marked value is in no log, metric, error, audit record, process argument
    or environment of the server."""

    def test_nothing_secret_shows(self):
        canaries = {name: f"CANARY{name}{os.urandom(8).hex()}" for name in ("Parameter", "Value", "Literal", "Header", "Id", "Quoted", "Request")}
        seen = {}
        with self.server("--log-level", "debug", "--slow-query-ms", 1, "--metrics-listen", "127.0.0.1:0", "--admin-token-file",
                         self.folder / "admin.token") as server:
            server.token = (self.folder / "admin.token").read_text(encoding="utf-8").strip()
            canaries["Token"] = server.token.split("_")[2]
            self.client(server, "load", "-", stdin=GRAPH + f"""
                ASSERT (#org/{canaries["Id"]} :Company {{name: "{canaries["Value"]}"}})-[:supplies]->(#prod/optics)
                  ACCORDING TO #org/voice {{marking: "RED"}};""")
            # A reader who may not see it, and asks.
            admin = server.token
            self.client(server, "user", "create", "bob")
            bob = self.client(server, "token", "issue", "--user", "bob").stdout.strip()
            canaries["BobsToken"] = bob.split("_")[2]
            replies = []
            for token in (bob, admin, bob[:-4] + "0000"):
                server.token = token
                # The last one is turned away.
                code = 1 if token not in (bob, admin) else 0
                for text in ("MATCH (c:Company) WHERE $who IN c.name RETURN c, c.name",
                             f'UNWIND range(1, 200000) AS n WITH n WHERE toString(n) <> "{canaries["Literal"]}" RETURN count(n) AS c',
                             f'MATCH (c:`{canaries["Quoted"]}`) RETURN c' if code else "RETURN 1"):
                    words = ["--param", f"who={json.dumps(canaries['Parameter'])}"] if "$who" in text else []
                    replies.append((token, self.client(server, *words, "query", text, check=code)))
                # What fails.
                replies.append((token, self.client(server, "--param", f"who={json.dumps(canaries['Parameter'])}", "query",
                                                   "MATCH (c) RETURN 1 / 0 + $wh", check=1)))
                self.client(server, "query", f'MATCH (c) WHERE "{canaries["Literal"]} IN c.name RETURN c', check=1)
                # A quote too many, so that a literal is names to the lexer, in a text that takes its time.
                with contextlib.suppress(grpc.RpcError):
                    server.query(f'RETURN "it"s {canaries["Literal"]} ' + "x " * 100_000)
                with contextlib.suppress(grpc.RpcError):
                    server.query("RETURN 1", ("x-secret", canaries["Header"]), ("tracestate", canaries["Header"]),
                                 ("traceparent", canaries["Header"]))
                with contextlib.suppress(grpc.RpcError):
                    server.channel.unary_unary("/sightline.v1.StatementService/WriteStatements")(
                        text_field(1, canaries["Request"]) + text_field(2, canaries["Request"]), metadata=server.metadata(), timeout=20)
            server.token = admin
            pid = server.process.pid
            seen["metrics"] = server.metrics()
            seen["cmdline"] = pathlib.Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
            seen["environ"] = pathlib.Path(f"/proc/{pid}/environ").read_text(encoding="utf-8")
            # Bob is told neither the value nor the id of what he may not see, in whatever he gets.
            for token, reply in replies:
                said = reply.stdout + reply.stderr
                if token == bob:
                    self.assertNotIn(canaries["Value"], said)
                    self.assertNotIn(canaries["Id"], said)
                for name in ("Token", "BobsToken"):
                    self.assertNotIn(canaries[name], said)
            server.event("slow_query")
            server.event("call", code="UNAUTHENTICATED")
        seen["log"] = "".join(server.raw)
        self.assertIn('"slow_query"', seen["log"])
        self.assertNotEqual(list((self.data / "audit").glob("*.jsonl")), [])
        for file in (self.data / "audit").glob("*.jsonl"):
            seen[file.name] = file.read_text(encoding="utf-8")
        for file in self.data.glob("LOG*"):
            seen[file.name] = file.read_bytes().decode(errors="replace")
        for place, text in seen.items():
            for name, canary in canaries.items():
                self.assertNotIn(canary, text, f"{name} in {place}")


if __name__ == "__main__":
    unittest.main()
