"""The command line end to end, with the real programs: sightline, and sightlined both as a server and privately.

Usage: cli_test.py BIN_DIR [unittest arguments]
"""

import contextlib
import csv
import io
import json
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
ARTICLE = ROOT / "examples" / "article"
BIN = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "build" / "release" / "bin"
SIGHTLINE = BIN / "sightline"
SIGHTLINED = BIN / "sightlined"
TIMEOUT_S = 120

SCHEMA = """
DEFINE CLASS Company;
DEFINE CLASS Item;
DEFINE PREDICATE supplies FROM Company TO Item MANY;
DEFINE PREDICATE tradeName FROM Company TO STRING ONE;
"""
FACTS = """
ASSERT (#org/hikvision :Company {name: "Hikvision", tradeName: "Hikvision"})-[:supplies]->(#item/optics :Item) ACCORDING TO #org/desk;
ASSERT (#org/iray :Company {name: "iRay", tradeName: "iRay"})-[:supplies]->(#item/optics) ACCORDING TO #org/desk;
ASSERT (#org/mojibake :Company {name: "\u6d77\u5eb7\u5a01\u89c6", tradeName: "\u6d77\u5eb7\u5a01\u89c6"}) ACCORDING TO #org/desk;
"""
# Runs for minutes, if it is let.
LONG = "UNWIND range(1, 1000) AS a UNWIND range(1, 1000) AS b UNWIND range(1, 1000) AS c RETURN count(*) AS n"
NAMES = "MATCH (c:Company) RETURN c.tradeName AS name ORDER BY name"


class Outcome:
    def __init__(self, run):
        self.code = run.returncode
        self.out = run.stdout.decode("utf-8", "replace")
        self.err = run.stderr.decode("utf-8", "replace")
        self.raw = run.stdout

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def environment(**changes):
    result = {name: value for name, value in os.environ.items() if not name.startswith("SIGHTLINE")}
    result.update(changes)
    return result


def sightline(*words, stdin=b"", **changes):
    run = subprocess.run(
        [SIGHTLINE, *[os.fspath(word) if isinstance(word, pathlib.Path) else word for word in words]],
        input=stdin, capture_output=True, timeout=TIMEOUT_S, env=environment(**changes), check=False)
    return Outcome(run)


@contextlib.contextmanager
def server(data, *words):
    """A sightlined on a free port; gives its address."""
    process = subprocess.Popen(
        [SIGHTLINED, "--data", data, "--listen", "127.0.0.1:0", "--without-users", *words], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL)
    try:
        line = process.stdout.readline().decode()
        assert line.startswith("sightlined ready: listening on "), line
        yield line.split()[-1]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(TIMEOUT_S)
        process.stdout.close()


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sl-cli-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.db = self.folder / "store"

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run_ok(self, *words, **options):
        outcome = sightline(*words, **options)
        self.assertEqual(outcome.code, 0, outcome)
        return outcome

    def load_example(self):
        self.run_ok("--db", self.db, "load", self.file("schema.slql", SCHEMA), self.file("facts.slql", FACTS))

    def names(self):
        rows = json.loads(self.run_ok("--db", self.db, "--format", "json", "query", NAMES).out)
        return [row["name"] for row in rows]


class Formats(Case):
    """What is printed, and that it is the same by --db and by --server."""

    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="sl-cli-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.store = cls.shared / "store"
        for name, text in (("schema.slql", SCHEMA), ("facts.slql", FACTS)):
            (cls.shared / name).write_text(text, encoding="utf-8")
            outcome = sightline("--db", cls.store, "load", cls.shared / name)
            assert outcome.code == 0, outcome

    def ask(self, *words):
        outcome = sightline("--db", self.store, *words)
        self.assertEqual(outcome.code, 0, outcome)
        return outcome

    def test_table(self):
        self.assertEqual(
            self.ask("query", NAMES).out,
            "┌───────────┐\n│ name      │\n├───────────┤\n│ Hikvision │\n│ iRay      │\n│ 海康威视  │\n└───────────┘\n3 rows\n")

    def test_ascii_table(self):
        self.assertTrue(self.ask("--ascii", "query", NAMES).out.startswith("+-----------+\n| name      |\n"))

    def test_quiet(self):
        self.assertNotIn("rows", self.ask("--quiet", "query", NAMES).out)

    def test_csv(self):
        out = self.ask("--format", "csv", "query", "MATCH (c:Company) RETURN c, c.tradeName AS name ORDER BY name").raw
        rows = list(csv.reader(io.StringIO(out.decode(), newline="")))
        self.assertEqual(rows[0], ["c", "c.id", "name"])
        self.assertEqual(rows[1], ["Hikvision", "org/hikvision", "Hikvision"])
        self.assertTrue(out.endswith(b"\r\n"))

    def test_json(self):
        out = self.ask("--format", "json", "query", "MATCH (c:Company)-[:supplies]->(i) RETURN c, i ORDER BY c.tradeName").out
        rows = json.loads(out)
        self.assertEqual([row["c"]["id"] for row in rows], ["org/hikvision", "org/iray"])
        self.assertEqual(rows[0]["c"], {"id": "org/hikvision", "class": "Company", "caption": "Hikvision"})

    def test_formats_for_other_programs(self):
        query = "MATCH (c:Company {tradeName: 'iRay'})-[r:supplies]->(i) RETURN c, r, i, c.tradeName"
        outcomes = {form: self.ask("--format", form, "query", query).out
                    for form in ("tsv", "markdown", "vertical", "dot", "graphml", "gexf")}
        self.assertEqual(outcomes["tsv"].splitlines()[0].split("\t")[:2], ["c", "c.id"])
        self.assertEqual(outcomes["tsv"].splitlines()[1].split("\t")[1], "org/iray")
        self.assertTrue(outcomes["markdown"].startswith("| c | r | i | c.tradeName |\n| --- |"), outcomes["markdown"])
        self.assertIn("c            iRay", outcomes["vertical"])
        self.assertIn('"org/iray" -> "item/optics" [label="supplies"]', outcomes["dot"])
        graphml = xml.etree.ElementTree.fromstring(outcomes["graphml"])
        space = "{http://graphml.graphdrawing.org/xmlns}"
        self.assertEqual([node.get("id") for node in graphml.iter(space + "node")], ["org/iray", "item/optics"])
        self.assertEqual([edge.get("target") for edge in graphml.iter(space + "edge")], ["item/optics"])
        gexf = xml.etree.ElementTree.fromstring(outcomes["gexf"])
        space = "{http://gexf.net/1.3}"
        self.assertEqual([node.get("label") for node in gexf.iter(space + "node")], ["iRay", "item/optics"])
        self.assertEqual([edge.get("label") for edge in gexf.iter(space + "edge")], ["supplies"])

    def test_graphs_know_what_is_denied(self):
        query = "WHY MATCH (s)-[r:supplies]->(o) INCLUDING DENIED RETURN r"
        gexf = xml.etree.ElementTree.fromstring(self.ask("--format", "gexf", "query", query).out)
        values = [value.get("value") for value in gexf.iter("{http://gexf.net/1.3}attvalue") if value.get("for") == "denied"]
        self.assertEqual(set(values), {"false"})

    def test_jsonl(self):
        lines = self.ask("--format", "jsonl", "query", NAMES).out.splitlines()
        self.assertEqual([json.loads(line) for line in lines],
                         [{"name": "Hikvision"}, {"name": "iRay"}, {"name": "海康威视"}])

    def test_empty_result(self):
        query = 'MATCH (c:Company {tradeName: "no one"}) RETURN c.tradeName AS name'
        self.assertIn("0 rows", self.ask("query", query).out)
        self.assertEqual(self.ask("--format", "json", "query", query).out, "[]\n")
        self.assertEqual(self.ask("--format", "jsonl", "query", query).out, "")
        self.assertEqual(self.ask("--format", "csv", "query", query).out, "name\r\n")

    def test_both_ways_print_the_same_bytes(self):
        queries = [NAMES, "MATCH (c:Company)-[:supplies]->(i) RETURN c, i",
                   "WHY MATCH (c:Company)-[:supplies]->(i) RETURN c", "MATCH (x:Nothing) RETURN x", "MATCH (", "SHOW CLASSES"]
        with server(self.store) as address:
            remote = {(query, form): sightline("--server", address, "--format", form, "query", query)
                      for query in queries for form in ("table", "csv", "json", "jsonl", "graphml")}
        for (query, form), theirs in remote.items():
            with self.subTest(query=query, form=form):
                ours = sightline("--db", self.store, "--format", form, "query", query)
                self.assertEqual((ours.code, ours.raw, ours.err), (theirs.code, theirs.raw, theirs.err))

    def test_why_draws_statements(self):
        out = self.ask("query", 'WHY MATCH (c:Company {name: "iRay"})-[:supplies]->(i) RETURN c').out
        self.assertIn("Row 1: iRay", out)
        self.assertIn("asserted by", out)

    def test_parameters(self):
        query = "MATCH (c:Company) WHERE c.tradeName = $name RETURN c.tradeName AS name"
        out = self.ask("--format", "jsonl", "--param", "name=iRay", "query", query).out
        self.assertEqual(out, '{"name":"iRay"}\n')
        hostile = "iRay' OR true //"
        self.assertEqual(self.ask("--format", "jsonl", "--param", "name=" + hostile, "query", query).out, "")

    def test_query_from_file_and_pipe(self):
        path = self.file("q.slql", NAMES)
        expected = self.ask("query", NAMES).out
        self.assertEqual(self.ask("query", "-f", path).out, expected)
        piped = sightline("--db", self.store, "query", "-", stdin=NAMES.encode())
        self.assertEqual((piped.code, piped.out), (0, expected))

    def test_row_limit_exits_with_4_and_says_so(self):
        outcome = sightline("--db", self.store, "--limit-rows", "2", "query", NAMES)
        self.assertEqual(outcome.code, 4, outcome)
        self.assertIn("2 rows", outcome.out)
        self.assertIn("cut short by the row limit", outcome.err)
        exact = sightline("--db", self.store, "--limit-rows", "3", "query", NAMES)
        self.assertEqual(exact.code, 0, exact)

    def test_info(self):
        info = json.loads(self.ask("--format", "json", "info").out)
        self.assertEqual(info["api_version"], "v1")
        self.assertGreater(info["limits"]["rows_max"], 0)
        self.assertIn("rows_max", self.ask("info").out)

    def test_read_only(self):
        outcome = sightline("--db", self.store, "--read-only", "query",
                            'ASSERT (#org/x :Company {name: "x", tradeName: "x"}) ACCORDING TO #org/desk')
        self.assertEqual(outcome.code, 1, outcome)
        self.assertIn("SL7001", outcome.err)

    def test_writes_are_described(self):
        with tempfile.TemporaryDirectory(prefix="sl-cli-") as folder:
            copy = pathlib.Path(folder) / "store"
            shutil.copytree(self.store, copy)
            write = 'ASSERT (#org/new :Company {name: "New", tradeName: "New"}) ACCORDING TO #org/desk'
            self.assertIn("1 statement added", sightline("--db", copy, "query", write).out)
            self.assertIn("1 on record already", sightline("--db", copy, "query", write).out)


class BadInput(Case):
    def refused(self, code, *words, **options):
        outcome = sightline(*words, **options)
        self.assertEqual(outcome.code, code, outcome)
        self.assertEqual(outcome.out, "", outcome)
        self.assertTrue(outcome.err, "nothing is said")
        self.assertNotIn("Traceback", outcome.err)
        return outcome.err

    def test_malformed_query(self):
        self.load_example()
        err = self.refused(1, "--db", self.db, "query", "MATCH (s RETURN s")
        self.assertRegex(err, r"^error\[SL1\d\d\d\]: ")
        self.assertIn(" 1 | MATCH (s RETURN s\n", err)
        self.assertIn("^", err)
        path = self.file("q.slql", "MATCH (c:Company)\nRETURN c.tradeName ORDER\n")
        self.assertIn("q.slql:", self.refused(1, "--db", self.db, "query", "-f", path))

    def test_unknown_names(self):
        self.load_example()
        self.assertIn("error[SL2011]", self.refused(1, "--db", self.db, "query", "MATCH (c:Compny) RETURN c"))
        self.assertIn("error[SL2001]", self.refused(1, "--db", self.db, "query", "MATCH (c:Company) RETURN d"))
        self.assertIn("error[SL2014]", self.refused(1, "--db", self.db, "query", "MATCH (c) WHERE c.tradeName = $n RETURN c"))

    def test_empty_query(self):
        self.load_example()
        for text in ("", "   ", "// nothing"):
            err = self.refused(1, "--db", self.db, "query", text)
            if not text.strip():
                self.assertTrue(err.startswith("error[SL1006]: "), err)

    def test_a_parameter_that_names_nothing(self):
        self.load_example()
        err = self.refused(1, "--db", self.db, "query", "--param", "who=#org/nobody", "RETURN $who AS who")
        self.assertTrue(err.startswith("error[SL8004]: "), err)

    def test_invalid_utf8(self):
        self.load_example()
        path = self.file("latin1.slql", "MATCH (c)\nWHERE c.tradeName = 'Zürich' RETURN c".encode("latin-1"))
        err = self.refused(1, "--db", self.db, "query", "-f", path)
        self.assertIn("error[SL1004]", err)
        self.assertIn("is not UTF-8", err)
        self.assertIn("latin1.slql:2:23", err)
        self.assertIn("latin1.slql:2:23", self.refused(1, "--db", self.db, "load", path))

    def test_oversized_query(self):
        self.load_example()
        err = self.refused(1, "--db", self.db, "query", "-", stdin=b"RETURN " + b"1" * (1 << 20))
        self.assertIn("longer than 1048576 bytes", err)
        self.assertIn("longer than", self.refused(1, "--db", self.db, "load", "-", stdin=b" " * (17 << 20)))

    def test_deep_nesting(self):
        self.load_example()
        deep = 200_000
        self.refused(1, "--db", self.db, "query", "-", stdin=b"RETURN " + b"(" * deep + b"1" + b")" * deep)

    def test_missing_file(self):
        self.assertIn("No such file", self.refused(1, "--db", self.db, "query", "-f", self.folder / "none.slql"))
        self.assertIn("No such file", self.refused(1, "--db", self.db, "load", self.folder / "none.slql"))
        self.assertIn("directory", self.refused(1, "--db", self.db, "load", self.folder))

    def test_bad_command_lines(self):
        for words in (["query"], ["load"], [], ["frobnicate"], ["--format", "xml", "info"],
                      ["--db", "a", "--server", "b:1", "info"], ["--server", "nonsense", "info"],
                      ["--db", "a", "--clearance", "purple", "info"], ["--param", "x", "query", "RETURN 1"],
                      ["--timeout", "soon", "info"]):
            with self.subTest(words=words):
                self.refused(2, *words)

    def test_no_server(self):
        self.assertIn("cannot connect to 127.0.0.1:1", self.refused(3, "--server", "127.0.0.1:1", "query", "RETURN 1"))
        self.assertIn("unix:", self.refused(3, "--server", f"unix:{self.folder}/socket", "info"))
        # The environment's server is used, and named when it fails.
        self.assertIn("127.0.0.1:2", self.refused(3, "info", SIGHTLINE_SERVER="127.0.0.1:2"))

    def test_missing_store_is_not_made_by_a_query(self):
        self.refused(3, "--db", self.db, "query", "SHOW CLASSES")
        self.assertFalse(self.db.exists())

    def test_folder_that_is_not_ours(self):
        self.db.mkdir()
        (self.db / "thesis.txt").write_text("years of work", encoding="utf-8")
        self.refused(3, "--db", self.db, "load", self.file("schema.slql", SCHEMA))
        self.assertEqual([path.name for path in self.db.iterdir()], ["thesis.txt"])

    def test_second_process_on_the_same_store(self):
        self.load_example()
        with server(self.db):
            err = self.refused(3, "--db", self.db, "query", NAMES)
        self.assertRegex(err, "in use|another process|lock")
        self.assertEqual(self.names(), ["Hikvision", "iRay", "海康威视"])

    def test_control_characters_in_data_cannot_command_the_terminal(self):
        self.load_example()
        self.run_ok("--db", self.db, "--param", 'n="\\u001b[2J\\u009b\\u202e\\n"', "query",
                    "ASSERT (#org/evil :Company {name: $n, tradeName: $n}) ACCORDING TO #org/desk")
        for form in ("table", "json", "jsonl"):
            out = self.run_ok("--db", self.db, "--format", form, "query", NAMES).out
            for character in "\x1b\x9b":
                self.assertNotIn(character, out, form)


class Load(Case):
    def test_counts_and_reloading(self):
        self.run_ok("--db", self.db, "load", self.file("schema.slql", SCHEMA))
        facts = self.file("facts.slql", FACTS)
        first = self.run_ok("--db", self.db, "load", facts)
        self.assertIn("3 statements added", first.out)
        again = self.run_ok("--db", self.db, "load", facts)
        self.assertIn("3 on record already", again.out)

    def test_json(self):
        out = self.run_ok("--db", self.db, "--format", "json", "load", self.file("a.slql", SCHEMA),
                          self.file("b.slql", FACTS)).out
        self.assertEqual([row["statements_added"] for row in json.loads(out)], [0, 3])

    def test_a_bad_line_is_named_and_nothing_of_the_file_stays(self):
        self.load_example()
        bad = FACTS + '\nASSERT (#org/late :Company {name: "Late", tradeName: "Late"}) ACCORDING TO #org/desk;\n  ASSERT (#org/x :Compny) ACCORDING TO #org/desk;\n'
        good = self.file("good.slql", 'ASSERT (#org/good :Company {name: "Good", tradeName: "Good"}) ACCORDING TO #org/desk;')
        never = self.file("never.slql", 'ASSERT (#org/never :Company {name: "Never", tradeName: "Never"}) ACCORDING TO #org/desk;')
        outcome = sightline("--db", self.db, "load", good, self.file("bad.slql", bad), never)
        self.assertEqual(outcome.code, 1, outcome)
        line = bad.split("\n").index("  ASSERT (#org/x :Compny) ACCORDING TO #org/desk;") + 1
        self.assertIn(f"bad.slql:{line}:", outcome.err)
        self.assertIn("error[SL2011]", outcome.err)
        self.assertIn("1 of 3 files loaded", outcome.err)
        self.assertEqual(self.names(), ["Good", "Hikvision", "iRay", "海康威视"])

    def test_a_syntax_error_is_named_with_line_and_column(self):
        self.load_example()
        outcome = sightline("--db", self.db, "load", self.file("bad.slql", FACTS + "\n  ASSERT ASSERT;\n"))
        self.assertEqual(outcome.code, 1, outcome)
        self.assertRegex(outcome.err, rf"bad\.slql:{FACTS.count(chr(10)) + 2}:\d+")

    def test_a_lost_answer_is_not_called_a_refusal(self):
        self.run_ok("--db", self.db, "load", self.file("schema.slql", SCHEMA))
        with server(self.db) as address:
            # Long enough that no machine loads it within the time.
            facts = self.file("facts.slql", FACTS * 300)
            outcome = sightline("--server", address, "--timeout", "1ms", "load", facts, facts)
        self.assertEqual(outcome.code, 1, outcome)
        self.assertIn("whole or not at all", outcome.err)
        self.assertNotIn("nothing of", outcome.err)

    def test_standard_input(self):
        self.run_ok("--db", self.db, "load", "-", stdin=SCHEMA.encode())
        outcome = sightline("--db", self.db, "load", "-", stdin=b"NONSENSE;")
        self.assertEqual(outcome.code, 1, outcome)
        self.assertIn("stdin:1:1", outcome.err)


class Shell(Case):
    def setUp(self):
        super().setUp()
        self.load_example()

    def test_piped_statements_and_commands(self):
        script = ":format jsonl\n:param n=iRay\nMATCH (c:Company)\nWHERE c.tradeName = $n\nRETURN c.tradeName AS name;\n:format\n:param\n:quit\nRETURN never;\n"
        outcome = self.run_ok("--db", self.db, "shell", stdin=script.encode())
        self.assertEqual(outcome.out, '{"name":"iRay"}\njsonl\nn = iRay\n')
        # A backslash is the same as a colon.
        self.assertEqual(self.run_ok("--db", self.db, "shell", stdin=script.replace(":f", "\\f").replace(":p", "\\p").encode()).out, outcome.out)

    def test_statements_of_a_file(self):
        good = self.file("good.slql", f"\\format jsonl\n// names\n{NAMES};\nRETURN 1 AS one")
        out = self.run_ok("--db", self.db, "shell", stdin=f"\\i {good}\n".encode()).out
        self.assertEqual(out.splitlines()[0], '{"name":"Hikvision"}')
        self.assertEqual(out.splitlines()[-1], '{"one":1}')
        bad = self.file("bad.slql", f"RETURN 1 AS one;\n\nMATCH (c:Nonsense)\nRETURN c;\nRETURN 2 AS two;")
        outcome = sightline("--db", self.db, "--format", "jsonl", "shell", stdin=f"\\i {bad}\nRETURN 3 AS three;\n".encode())
        self.assertEqual((outcome.code, outcome.out), (1, '{"one":1}\n'))
        self.assertIn("bad.slql:3:10", outcome.err)
        loop = self.folder / "loop.slql"
        loop.write_text(f"\\i {loop}\n", encoding="utf-8")
        self.assertIn("deep", sightline("--db", self.db, "shell", stdin=f"\\i {loop}\n".encode()).err)

    def test_plans_and_settings(self):
        script = f"\\set limit 1\n{NAMES};\n\\set limit default\n\\plan\n\\set\n\\help WHY\n"
        outcome = sightline("--db", self.db, "--format", "jsonl", "shell", stdin=script.encode())
        self.assertEqual(outcome.code, 4, outcome)
        self.assertIn('{"name":"Hikvision"}\n', outcome.out)
        self.assertIn("ScanNode", outcome.out)
        self.assertIn("format   jsonl", outcome.out)
        self.assertIn("what each rests on", outcome.out)
        for command in ("\\why x", "\\why 1", "\\set limit x", "\\format xml", "\\watch", "\\i", "\\help frobnicate"):
            self.assertEqual(sightline("--db", self.db, "shell", stdin=command.encode() + b"\n").code, 1, command)

    def test_an_empty_line_and_the_end_run_a_statement(self):
        outcome = self.run_ok("--db", self.db, "--format", "jsonl", "shell", stdin=f"{NAMES}\n\n{NAMES}".encode())
        self.assertEqual(outcome.out.count("Hikvision"), 2)

    def test_stops_at_the_first_failure(self):
        outcome = sightline("--db", self.db, "shell", stdin=f"MATCH (;\n{NAMES};\n".encode())
        self.assertEqual(outcome.code, 1, outcome)
        self.assertEqual(outcome.out, "")
        self.assertEqual(sightline("--db", self.db, "shell", stdin=b":frobnicate\n").code, 1)


class Processes(Case):
    """Signals, pipes, and what is left behind."""

    def setUp(self):
        super().setUp()
        self.load_example()
        self.temp = self.folder / "temp"
        self.temp.mkdir()

    def start(self, *words, **options):
        return subprocess.Popen([SIGHTLINE, *[os.fspath(word) for word in words]], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=environment(TMPDIR=os.fspath(self.temp)), **options)

    def wait_for_server(self):
        limit = time.monotonic() + 60
        while not list(self.temp.glob("sightline-*/socket")):
            self.assertLess(time.monotonic(), limit)
            time.sleep(0.01)

    def test_nothing_is_left_behind(self):
        self.run_ok("--db", self.db, "query", NAMES, TMPDIR=os.fspath(self.temp))
        self.assertEqual(list(self.temp.iterdir()), [])

    def test_the_socket_is_for_this_user_alone(self):
        process = self.start("--db", self.db, "shell", stdin=subprocess.PIPE)
        self.wait_for_server()
        folder, = self.temp.iterdir()
        self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o700)
        process.communicate(timeout=TIMEOUT_S)
        self.assertEqual(process.returncode, 0)

    def test_ctrl_c_ends_a_query_with_130(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(signal=number):
                process = self.start("--db", self.db, "query", LONG)
                self.wait_for_server()
                time.sleep(0.5)
                process.send_signal(number)
                out, err = process.communicate(timeout=TIMEOUT_S)
                self.assertEqual(process.returncode, code, (out, err))
                self.assertEqual(list(self.temp.iterdir()), [])

    def test_watch(self):
        process = self.start("--db", self.db, "--format", "jsonl", "query", "--watch", "100ms", "RETURN 1 AS one")
        for _ in range(3):
            self.assertEqual(process.stdout.readline(), b'{"one":1}\n')
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), 130)
        process.stdout.close()
        process.stderr.close()

    def test_a_closed_pipe_ends_quietly(self):
        process = self.start("--db", self.db, "--format", "jsonl", "query",
                             "UNWIND range(1, 300000) AS a RETURN a, 'padding padding padding' AS b")
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
        process.stderr.close()
        self.assertEqual(process.wait(TIMEOUT_S), 141, err)
        self.assertEqual(err, b"")

    def test_a_full_disk_is_told(self):
        with open("/dev/full", "wb") as full:
            run = subprocess.run([SIGHTLINE, "--db", self.db, "query", NAMES], stdout=full, stderr=subprocess.PIPE,
                                 timeout=TIMEOUT_S, env=environment(), check=False)
        self.assertEqual(run.returncode, 4, run)
        self.assertIn(b"No space left", run.stderr)

    def test_the_server_dies_with_a_killed_client(self):
        process = self.start("--db", self.db, "shell", stdin=subprocess.PIPE)
        self.wait_for_server()
        process.kill()
        process.communicate(timeout=TIMEOUT_S)
        # The store is free again once the private server has ended.
        limit = time.monotonic() + 60
        while sightline("--db", self.db, "query", NAMES).code != 0:
            self.assertLess(time.monotonic(), limit)
            time.sleep(0.05)

    def test_the_private_server_grants_a_long_timeout(self):
        self.load_example()
        outcome = sightline("--db", self.db, "--timeout", "1h", "info")
        self.assertEqual(outcome.code, 0, outcome)
        self.assertRegex(outcome.out, r"time_ms_max\W+3,?600,?000\b")

    def test_timeout(self):
        outcome = sightline("--db", self.db, "--timeout", "200ms", "query", LONG)
        self.assertIn(outcome.code, (1, 4), outcome)


@unittest.skipUnless((ARTICLE / "demo").exists(), "the article is not here")
class Article(Case):
    def test_the_headline(self):
        self.run_ok("--db", self.db, "load", *[ARTICLE / f"{name}.slql" for name in ("schema", "entities", "claims", "analyst")])
        query = 'MATCH (s)-[:supplies]->("optics")-[*..3]->("armored vehicles") RETURN s'
        rows = json.loads(self.run_ok("--db", self.db, "--format", "json", "query", query).out)
        self.assertEqual(sorted(row["s"]["caption"] for row in rows),
                         ["Hikvision", "Wuhan Global Sensor Technology", "Wuhan Tongsheng Technology"])
        why = self.run_ok("--db", self.db, "query", "WHY " + query).out
        self.assertIn("Row 1:", why)
        self.assertIn('"', why)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=1)
