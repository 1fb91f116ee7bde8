"""Imports end to end, with the real programs: sightline load through a running sightlined, and sightline-admin.

Usage: import_test.py BIN_DIR [unittest arguments]
"""

import collections
import csv
import gzip
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("SIGHTLINE_DATA", ROOT.parent / "shared" / "data"))
BIN = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "build" / "release" / "bin"
TIMEOUT_S = 600

TURTLE = """@prefix : <http://example.org/> .
:hikvision a :Company ; :supplies :optics, :cameras ; :staff 42 .
"""
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


def name(iri):
    """A back-quoted name: how SLQL writes an IRI."""
    return "`" + iri.replace("`", "``") + "`"


def run(program, *words, code=0, stdin=b""):
    outcome = subprocess.run(
        [BIN / program, *map(os.fspath, words)], input=stdin, capture_output=True, timeout=TIMEOUT_S, check=False,
        env={key: value for key, value in os.environ.items() if not key.startswith("SIGHTLINE")})
    text = outcome.stdout.decode(), outcome.stderr.decode()
    assert outcome.returncode == code, f"exit {outcome.returncode}, not {code}\n{text[0]}\n{text[1]}"
    return text


class Server:
    """A sightlined on a free port."""

    def __init__(self, data, *words, listen="127.0.0.1:0"):
        users = [] if listen.startswith("unix:") else ["--without-users"]
        self.process = subprocess.Popen(
            [BIN / "sightlined", "--data", data, "--listen", listen, *users, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        line = self.process.stdout.readline().decode()
        assert line.startswith("sightlined ready"), line
        self.address = line.split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(30)
        self.process.stdout.close()

    def load(self, *words, code=0, stdin=b""):
        return run("sightline", "--server", self.address, "load", *words, code=code, stdin=stdin)

    def rows(self, query):
        return json.loads(run("sightline", "--server", self.address, "--format", "json", "query", query)[0])

    def rows_of_known(self, query):
        """The rows of a query; none when a name in it is not there (yet)."""
        words = [BIN / "sightline", "--server", self.address, "--format", "json", "query", query]
        outcome = subprocess.run(words, capture_output=True, timeout=TIMEOUT_S, check=False)
        if outcome.returncode == 0:
            return json.loads(outcome.stdout)
        assert b"error[SL20" in outcome.stderr, outcome.stderr.decode()
        return []

    def count(self, pattern):
        return self.rows(f"MATCH {pattern} RETURN count(*) AS n")[0]["n"]


def resident_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0


class ImportTest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="sl-import-")
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        self.store = self.folder / "store"

    def file(self, file_name, content):
        path = self.folder / file_name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def triples(self, file_name, count, subjects="s"):
        """A file of `count` facts, all with one predicate."""
        lines = (f"<http://example.org/{subjects}{i}> <http://example.org/p> <http://example.org/o{i % 1000}> .\n" for i in range(count))
        return self.file(file_name, "".join(lines))

    def assert_no_spool(self):
        """Nothing is left of what was being prepared, nor of what was sent."""
        self.assertEqual(list((self.store / "scratch").iterdir()), [])


class LoadTest(ImportTest):
    def test_formats_by_name_and_a_query_over_all(self):
        supplies = name("http://example.org/supplies")
        nt = self.file("more.nt", "<http://example.org/iray> <http://example.org/supplies> <http://example.org/optics> .\n")
        ttl = self.file("base.ttl.gz", gzip.compress(TURTLE.encode()))
        ftm = self.file("people.ftm.json", '{"id": "p-1", "schema": "Person", "datasets": ["d"], "properties": {"name": ["Ada"]}}\n')
        script = self.file("more.slql", "DEFINE CLASS Item; ASSERT (#item/1 :Item) ACCORDING TO #org/desk;")
        with Server(self.store) as server:
            out, err = server.load(nt, ttl, ftm, script)
            self.assertEqual(err, "")
            lines = out.splitlines()
            self.assertRegex(lines[0], r"more\.nt: 1 fact, 1 statement added, 1 definition in \d+\.\d s, \d+ facts/s$")
            self.assertRegex(lines[1], r"base\.ttl\.gz: 4 facts, 1 statement added, 2 definitions in ")
            self.assertRegex(lines[2], r"people\.ftm\.json: 2 facts, 1 statement added, ")
            self.assertRegex(lines[3], r"more\.slql: 1 statement added, 1 definition$")
            rows = server.rows(f"MATCH (s)-[:{supplies}]->(#`http://example.org/optics`) RETURN s")
            self.assertEqual(sorted(row["s"]["id"] for row in rows), ["http://example.org/hikvision", "http://example.org/iray"])
            self.assertEqual(server.count("(c:`http://example.org/Company`)"), 1)
            self.assertEqual(server.count("(p:Person {name: \"Ada\"})"), 1)
            # The dataset is named after the file, and speaks.
            rows = server.rows(f"MATCH (s)-[:{supplies}]->(o) ACCORDING TO #dataset/more RETURN s")
            self.assertEqual([row["s"]["id"] for row in rows], ["http://example.org/iray"])
            self.assert_no_spool()

    def test_options_reach_the_statements(self):
        path = self.file("table", "<http://example.org/a> <http://example.org/p> <http://example.org/b> .\n")
        with Server(self.store, "--clearance", "AMBER") as server:
            server.load("--format", "ntriples", "--dataset", "dataset/x", "--claimant", "org/ap", "--marking", "AMBER", path)
            self.assertEqual(len(server.rows("MATCH (a)-[:`http://example.org/p`]->(b) ACCORDING TO #org/ap RETURN a")), 1)
        # Whoever is not cleared does not see it, whatever he asks.
        with Server(self.store) as server:
            self.assertEqual(server.rows("MATCH (a)-[:`http://example.org/p`]->(b) RETURN a"), [])

    def test_from_standard_input(self):
        with Server(self.store) as server:
            out, _ = server.load("--format", "turtle", "-", stdin=TURTLE.encode())
            self.assertRegex(out, r"stdin: 4 facts, ")

    def test_output_for_programs(self):
        path = self.file("a.nt", "<ex:a> <ex:p> <ex:b> .\nnonsense\n")
        rejects = self.folder / "r.jsonl"
        with Server(self.store) as server:
            out, _ = server.load("--format", "json", "--rejects", rejects, path)
            self.assertEqual(json.loads(out), [{"file": str(path), "statements_added": 1, "statements_existing": 0, "statements_retracted": 0,
                                                "definitions": 1, "facts_added": 1, "rejects": 1}])
            out, _ = server.load("--format", "csv", "--rejects", rejects, path)
            row = next(csv.DictReader(out.splitlines()))
            self.assertEqual((row["facts_added"], row["rejects"]), ("1", "1"))

    def test_rejects(self):
        path = self.file("a.nt", b"<ex:a> <ex:p> <ex:b> .\nnonsense\n<ex:a> <ex:p> \"\xff\" .\n")
        rejects = self.folder / "r.jsonl"
        with Server(self.store) as server:
            _, err = server.load("--rejects", rejects, path)
            self.assertIn(f"2 records were not taken; {rejects} says which and why", err)
            records = [json.loads(line) for line in rejects.read_text().splitlines()]
            self.assertEqual([(record["line"], record["reason"]) for record in records], [(2, "syntax"), (3, "encoding")])
            self.assertEqual(records[0]["file"], str(path))
            self.assertEqual(records[0]["text"], "nonsense")
            rejects.unlink()
            _, err = server.load("--rejects", rejects, "--reject-limit", "1", self.file("b.nt", path.read_bytes()), code=1)
            self.assertIn("SL8013", err)
            self.assertIn("line 2, column 1", err)
            # They are told as they are found, so that the file can be corrected.
            self.assertIn("nonsense", rejects.read_text())
            self.assertEqual(server.count("(a)-[:`ex:p`]->(b)"), 1)
            self.assert_no_spool()

    def test_refusals(self):
        path = self.file("a.nt", "<ex:a> <ex:p> <ex:b> .\n")
        with Server(self.store, "--load-file-mib", "1") as server:
            self.assertIn("SL7002", server.load("--marking", "RED", path, code=1)[1])
            self.assertIn("SL8012", server.load("--dataset", "s/1", path, code=1)[1])
            self.assertIn("--format", server.load(self.file("a.csv", "a"), code=1)[1])
            self.assertIn("SL8012", server.load(self.file("b.nt.gz", b"\x1f\x8b\x08 rubbish, rubbish"), code=1)[1])
            self.assertIn("1048576 bytes", server.load(self.file("c.nt", b"#" * (1 << 20) + b"#\n"), code=1)[1])
            self.assertIn("No such file", server.load(self.folder / "none.nt", code=1)[1])
            self.assertIn("directory", server.load(self.folder, code=1)[1])
            out, err = server.load(path, self.file("d.nt.zst", b"\x28\xb5\x2f\xfd rubbish"), path, code=1)
            self.assertIn("1 of 3 files loaded", err)
            self.assert_no_spool()
        with Server(self.store, "--read-only") as server:
            server.load(path, code=1)

    def test_scripts_may_be_compressed(self):
        with Server(self.store, "--load-script-bytes-max", "4096") as server:
            out, _ = server.load(self.file("a.slql.gz", compressed(SCHEMA + claims(3), "gzip")))
            self.assertRegex(out, r"a\.slql\.gz: 3 statements added, 2 definitions$")
            out, _ = server.load("--format", "slql", self.file("b", compressed(claims(4), "gzip")))
            self.assertRegex(out, r"b: 1 statement added, 3 on record already$")
            # A file of some hundred bytes is not a script of more than it may be.
            _, err = server.load(self.file("c.slql.gz", compressed("RETURN 1" + " " * 5_000, "gzip")), code=1)
            self.assertIn("SL8012", err)
            self.assertIn("4096 bytes", err)
            _, err = server.load(self.file("d.slql.gz", compressed("ASSERT ASSERT", "gzip")), code=1)
            self.assertIn("SL1003", err)
            self.assertEqual(server.count("(a)-[:shows]->(b)"), 4)

    def test_a_wrong_script_is_shown(self):
        with Server(self.store) as server:
            _, err = server.load(self.file("bad.slql", "DEFINE CLASS A;\nASSERT ASSERT;\n"), code=1)
            self.assertIn("bad.slql:2:", err)
            self.assertIn("ASSERT ASSERT", err)

    def test_more_than_the_memory_may_hold(self):
        # The file is longer than a script may be, and than the load's memory.
        path = self.triples("many.nt", 400_000)
        self.assertGreater(path.stat().st_size, 24 << 20)
        with Server(self.store, "--load-memory-mib", "16") as server:
            before = resident_bytes(server.process.pid)
            out, _ = server.load(path)
            self.assertIn("400000 facts", out)
            self.assertLess(resident_bytes(server.process.pid) - before, 250 << 20)
            self.assertEqual(server.count("(a)-[:`http://example.org/p`]->(#`http://example.org/o7`)"), 400)
            self.assert_no_spool()

    def test_a_client_that_leaves_loads_nothing(self):
        # More than any machine loads before the client leaves.
        path = self.triples("many.nt", 2_000_000)
        with Server(self.store) as server:
            client = subprocess.Popen([BIN / "sightline", "--server", server.address, "load", path],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            time.sleep(0.5)
            client.send_signal(signal.SIGINT)
            _, err = client.communicate(timeout=TIMEOUT_S)
            self.assertEqual(client.returncode, 130, err)
            self.assertIn(b"whole or not at all", err)
            # The next writer gets his turn, after which the load has certainly ended.
            server.load(self.file("a.nt", "<ex:a> <ex:p> <ex:b> .\n"))
            self.assertEqual(server.count("(a)-[e]->(b)"), 1)
            self.assert_no_spool()

    def test_readers_read_while_a_file_is_loaded(self):
        with Server(self.store) as server:
            server.load(self.file("a.nt", "<ex:a> <ex:q> <ex:b> .\n"))
            path = self.triples("many.nt", 400_000)
            client = subprocess.Popen([BIN / "sightline", "--server", server.address, "load", path], stdout=subprocess.DEVNULL)
            counts = set()
            while client.poll() is None:
                counts.add(server.count("(a)-[e]->(b)"))
            self.assertEqual(client.returncode, 0)
            counts.add(server.count("(a)-[e]->(b)"))
            self.assertLessEqual(counts, {1, 400_001})
            self.assertIn(1, counts)

    def test_a_server_that_dies_leaves_all_or_nothing(self):
        whole = 0
        for cycle, seconds in enumerate((0.05, 0.2, 0.3, 0.4, 0.6, 3.0)):
            # Facts of its own: what is said twice is one fact.
            path = self.triples("many.nt", 200_000, f"cycle{cycle}/")
            with Server(self.store) as server:
                client = subprocess.Popen([BIN / "sightline", "--server", server.address, "load", path],
                                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(seconds)
                server.process.kill()
                try:
                    is_acknowledged = client.wait(2) == 0
                except subprocess.TimeoutExpired:  # It waits for the server.
                    is_acknowledged = False
                    client.kill()
                    client.wait()
            with Server(self.store) as server:
                count = server.count("(a)-[e]->(b)") if whole > 0 or is_acknowledged or self.is_there(server) else 0
                self.assertEqual(count % 200_000, 0, f"cycle {cycle}")
                loads = count // 200_000
                self.assertIn(loads, {whole, whole + 1}, f"cycle {cycle}")
                if is_acknowledged:
                    self.assertEqual(loads, whole + 1, f"cycle {cycle}")
                whole = loads
                self.assert_no_spool()

    def sender(self, address, *words):
        """A client that is fed through a pipe, so that it is known how far it can be."""
        return subprocess.Popen([BIN / "sightline", "--server", address, "load", "--format", "ntriples", *words, "-"],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def received(self):
        parts = list((self.store / "loads").glob("*.part"))
        return parts[0].read_bytes() if parts else b""

    def feed(self, client, content):
        try:
            client.stdin.write(content)
            client.stdin.flush()
        except BrokenPipeError:
            pass

    def wait_for_bytes(self, count, client):
        """Until so many bytes are there. A client sends what it reads in chunks of 256 KiB: less may be left."""
        while len(self.received()) < count and client.poll() is None:
            time.sleep(0.02)
        self.assertGreaterEqual(len(self.received()), count)

    def test_a_client_that_is_killed_goes_on_where_it_was(self):
        count = 200_000
        content = self.triples("many.nt", count).read_bytes()
        words = ("--load-id", str(uuid.uuid4()), "--dataset", "dataset/many")
        kills = int(os.environ.get("SIGHTLINE_KILL_CYCLES", "20"))
        kills = min(kills, 200)
        chunk = 256 << 10
        with Server(self.store) as server:
            resumed = 0
            for kill in range(1, kills + 1):
                client = self.sender(server.address, *words)
                before = len(self.received())
                through = len(content) * kill // (kills + 1)
                self.feed(client, content[:through])
                # Sometimes when it has sent all that it has, sometimes on its way.
                if kill % 3 == 0:
                    self.wait_for_bytes(max(before, (through // chunk - 1) * chunk), client)
                client.kill()
                client.communicate()
                received = self.received()
                self.assertEqual(received, content[:len(received)], f"kill {kill}")
                self.assertGreaterEqual(len(received), before, f"kill {kill}")
                resumed += before > 0
            self.assertGreater(resumed, kills // 3)
            self.assertFalse(self.is_there(server))
            client = self.sender(server.address, *words)
            out, err = client.communicate(content, timeout=TIMEOUT_S)
            self.assertEqual(client.returncode, 0, err)
            self.assertIn(f"{count} facts".encode(), out)
            self.assertEqual(server.count("(a)-[e]->(b)"), count)
            # Once more, as one would who was killed before he heard of it.
            client = self.sender(server.address, *words)
            out, err = client.communicate(content, timeout=TIMEOUT_S)
            self.assertEqual(client.returncode, 0, err)
            self.assertIn(b"loaded already", err)
            self.assertEqual(server.count("(a)-[e]->(b)"), count)
            self.assertEqual(self.received(), b"")
            self.assert_no_spool()

    def test_a_client_waits_for_a_server_that_is_started_again(self):
        count = 100_000
        content = self.triples("many.nt", count).read_bytes()
        address = f"unix:{self.folder}/socket"
        start = lambda: Server(self.store, listen=address)
        server = start()
        client = self.sender(address)
        for kill in range(1, 4):
            self.feed(client, content[len(content) * (kill - 1) // 4:len(content) * kill // 4])
            self.wait_for_bytes(len(content) * kill // 8, client)
            server.process.kill()
            server.process.wait()
            server.process.stdout.close()
            server = start()
        with server:
            out, err = client.communicate(content[len(content) * 3 // 4:], timeout=TIMEOUT_S)
            self.assertEqual(client.returncode, 0, err)
            self.assertIn(f"{count} facts".encode(), out)
            self.assertEqual(server.count("(a)-[e]->(b)"), count)

    @staticmethod
    def is_there(server):
        return bool(server.rows("MATCH (a)-[e]->(b) RETURN a LIMIT 1"))


SCHEMA = "DEFINE CLASS Item; DEFINE PREDICATE shows FROM Item TO Item;\n"
LAST_LINE = re.compile(r"^[\d,]+ triples? of [\d,]+ statements? in \d+\.\d s, [\d,]+ triples/s; [\d.]+ [KMG]iB on disk, [\d.]+ bytes per triple$")


def claims(count, claimant="org/desk"):
    """A script of `count` statements."""
    return "".join(f"ASSERT (#item/{i} :Item)-[:shows]->(#item/{i + 1} :Item) ACCORDING TO #{claimant};\n" for i in range(count))


def compressed(content, tool):
    return subprocess.run([tool, "-c"], input=content.encode(), capture_output=True, check=True).stdout


class OfflineTest(ImportTest):
    """sightline-admin import: on a directory that no server has open."""

    def import_files(self, *words, code=0):
        out, err = run("sightline-admin", "import", "--db", self.store, "--quiet", "--rejects", self.folder / "rejects.jsonl", *words, code=code)
        if code == 0:
            self.assertRegex(out.splitlines()[-1], LAST_LINE)
        return out, err

    def verify(self):
        run("sightline-admin", "verify", "--db", self.store, "--quiet")

    def test_every_format_whatever_its_compression(self):
        statement = '{"claimant": "org/ap", "facts": [["org/hikvision", "shows", {"node": "prod/optics"}]]}\n'
        ftm = '{"id": "p-1", "schema": "Person", "datasets": ["d"], "properties": {"name": ["Ada"]}}\n'
        table = "entity_id,schema,dataset,prop,prop_type,value\np-2,Person,d,name,name,Grace\n"
        contents = {"a.nt": "<ex:a> <ex:p> <ex:b> .\n", "b.nq": "<ex:a> <ex:p> <ex:b> <ex:g> .\n", "c.ttl": TURTLE, "d.trig": "<ex:g> { <ex:a> <ex:q> 1 }",
                    "e.ftm.json": ftm, "f.statements.csv": table, "g.slql": SCHEMA + claims(3), "h.statements.jsonl": statement}
        kinds = [("", None), (".gz", "gzip")] + [(".zst", "zstd")] * bool(shutil.which("zstd"))
        names = []
        for suffix, tool in kinds:
            self.store = self.folder / f"store{suffix}"
            files = [self.file(file + suffix, content if tool is None else compressed(content, tool)) for file, content in contents.items()]
            self.import_files("--reject-limit", "0", "--memory", "64MiB", *files)
            self.verify()
            with Server(self.store) as server:
                names.append((server.count("(a)-[e]->(b)"), server.count("(i:Item)-[:shows]->(j:Item)"), server.count('(p:Person {name: "Grace"})'),
                              server.count("(#org/hikvision)-[:shows]->(#prod/optics)"), server.count("(a)-[:`ex:p`]->(b)")))
        self.assertEqual(names[0][1:], (3, 1, 1, 1))
        self.assertEqual(set(names), {names[0]})

    def test_a_script_that_is_imported_again_adds_nothing(self):
        script = self.file("a.slql", SCHEMA + claims(50))
        out, _ = self.import_files(script)
        self.assertTrue(out.startswith("150 triples of 50 statements in "), out)
        out, _ = self.import_files(script)
        self.assertTrue(out.startswith("0 triples of 0 statements in "), out)

    def test_a_wrong_script_is_shown_and_leaves_what_came_before(self):
        _, err = self.import_files(self.file("a.slql", SCHEMA + claims(5)), self.file("b.slql", "DEFINE CLASS A;\nASSERT ASSERT;\n"),
                                   self.file("c.nt", "<ex:a> <ex:p> <ex:b> .\n"), code=1)
        self.assertIn("b.slql, line 2, column 14", err)
        self.assertIn("1 of 3 files were imported, nothing of the others.", err)
        self.verify()
        with Server(self.store) as server:
            self.assertEqual(server.count("(a)-[:shows]->(b)"), 5)

    def test_killed_it_leaves_each_script_whole_or_not_and_is_begun_again(self):
        # Each script its own claimant, so that it can be counted.
        count, scripts = 2_000, 4
        files = [self.file("schema.slql", SCHEMA)]
        files += [self.file(f"{i}.slql", claims(count, f"org/{i}")) for i in range(scripts)]
        files.append(self.triples("last.nt", 50_000))
        kills, unfinished = 8, 0
        for kill in range(kills):
            process = subprocess.Popen([BIN / "sightline-admin", "import", "--db", self.store, "--quiet", *files],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            time.sleep(0.15 * (kill + 1))
            process.kill()
            process.communicate()
            if process.returncode == 0:
                break
            if not (self.store / "SIGHTLINE").exists():
                continue
            self.verify()
            with Server(self.store) as server:
                counts = [len(server.rows_of_known(f"MATCH (a)-[:shows]->(b) ACCORDING TO #org/{i} RETURN a")) for i in range(scripts)]
                self.assertLessEqual(set(counts), {0, count}, f"kill {kill}")
                # In their order.
                self.assertEqual(counts, sorted(counts, reverse=True), f"kill {kill}")
                data = len(server.rows_of_known("MATCH (a)-[:`http://example.org/p`]->(b) RETURN a"))
                self.assertIn(data, {0, 50_000})
                unfinished += data == 0
        self.assertGreater(unfinished, 0)
        # The same words again do the rest: scripts that are there add nothing.
        self.import_files(*files)
        self.verify()
        with Server(self.store) as server:
            for i in range(scripts):
                self.assertEqual(len(server.rows(f"MATCH (a)-[:shows]->(b) ACCORDING TO #org/{i} RETURN a")), count)


@unittest.skipUnless((DATA / "ftm_fixtures").is_dir(), f"there is no {DATA}/ftm_fixtures")
class FixtureTest(ImportTest):
    def test_entities_of_follow_the_money(self):
        with Server(self.store) as server:
            # Entities, and the values of their properties with their types.
            for file, entities, facts in (("parteispenden", 475, 2_385 + 475), ("zala", 91, 1_619 + 91)):
                out, err = server.load("--reject-limit", "0", DATA / "ftm_fixtures" / f"{file}.entities.ftm.json")
                self.assertIn(f"{facts} facts, {entities} statements added", out)
            payments = server.count("(p:Payment)")
            lines = (DATA / "ftm_fixtures" / "parteispenden.entities.ftm.json").read_text().splitlines()
            self.assertEqual(payments, sum(json.loads(line)["schema"] == "Payment" for line in lines))


def patterns_of(sparql):
    """The triples of a basic graph pattern of SPARQL: what is no variable stands as N-Triples has it."""
    return re.findall(r"(\S+)\s+(\S+)\s+(\S+)\s+\.", re.search(r"WHERE\s*\{(.*)\}", sparql, re.DOTALL).group(1))


def slql_of(patterns):
    def node(term):
        return f"({term[1:]})" if term.startswith("?") else f"(#{name(term.strip('<>'))})"

    def edge(term):
        return "instanceOf" if term.strip("<>") == RDF_TYPE else name(term.strip("<>"))

    return "MATCH " + ", ".join(f"{node(s)}-[:{edge(p)}]->{node(o)}" for s, p, o in patterns) + " RETURN count(*) AS n"


class Triples:
    """What a basic graph pattern means, worked out plainly: the reference for the counts."""

    def __init__(self, lines):
        self.by_subject, self.by_object = collections.defaultdict(dict), collections.defaultdict(dict)
        for line in lines:
            s, p, o = line.rstrip(" .\n").split(" ", 2)
            self.by_subject[p].setdefault(s, set()).add(o)
            self.by_object[p].setdefault(o, set()).add(s)

    def count(self, patterns):
        rows, left = [{}], list(patterns)
        while left and rows:
            # The pattern of which most is known.
            left.sort(key=lambda pattern: -sum(not term.startswith("?") or term in rows[0] for term in (pattern[0], pattern[2])))
            s, p, o = left.pop(0)
            rows = [{**row, s: subject, o: object_} for row in rows for subject, object_ in self.facts(row.get(s, s), p, row.get(o, o))]
        return len(rows)

    def facts(self, s, p, o):
        if not s.startswith("?"):
            found = self.by_subject[p].get(s, ())
            return [(s, value) for value in found] if o.startswith("?") else [(s, o)] * (o in found)
        if not o.startswith("?"):
            return [(subject, o) for subject in self.by_object[p].get(o, ())]
        return [(subject, value) for subject, values in self.by_subject[p].items() for value in values]


@unittest.skipUnless((DATA / "watdiv").is_dir() and shutil.which("zstd"), f"there is no {DATA}/watdiv, or no zstd")
class WatDivTest(ImportTest):
    def test_every_query_has_the_rows_it_should(self):
        data = DATA / "watdiv" / "watdiv-s10.nt.zst"
        out, _ = run("sightline-admin", "import", "--db", self.store, "--quiet", "--reject-limit", "0", data)
        self.assertTrue(out.startswith("1,083,766 triples of 1 statement in"), out)
        lines = subprocess.run(["zstd", "-dc", data], capture_output=True, check=True).stdout.decode().splitlines()
        self.assertEqual(len(lines), 1_083_766)
        triples = Triples(lines)
        queries = sorted((DATA / "watdiv" / "queries-s10").glob("*.rq"))
        self.assertGreater(len(queries), 80)
        wrong, row_count = [], 0
        with Server(self.store) as server:
            for path in queries:
                patterns = patterns_of(path.read_text(encoding="utf-8"))
                query, expected = slql_of(patterns), triples.count(patterns)
                row_count += expected
                count = server.rows(query)[0]["n"]
                if count != expected:
                    wrong.append(f"{path.stem}: {count} rows, not {expected}\n{query}")
            # These have no constant that could have been chosen otherwise.
            with open(DATA / "watdiv" / "expected-counts.csv", encoding="utf-8") as counts:
                for row in csv.DictReader(counts):
                    if row["query"].startswith("C"):
                        query = slql_of(patterns_of((DATA / "watdiv" / "queries-s10" / f"{row['query']}.rq").read_text(encoding="utf-8")))
                        self.assertEqual(server.rows(query)[0]["n"], int(row["rows"]), row["query"])
        self.assertEqual(wrong, [], f"{len(wrong)} of {len(queries)}")
        self.assertGreater(row_count, 40_000)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
