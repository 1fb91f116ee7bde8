"""Looking after a running server, end to end, with the real programs.

Usage: admin_test.py BIN_DIR
"""

import concurrent.futures
import csv
import io
import json
import os
import signal
import socket
import subprocess
import threading
import time
import unittest

from access_test import BIN, TIMEOUT_S, Case, run

SCHEMA = "DEFINE CLASS Thing; DEFINE PREDICATE p FROM Thing TO Thing;"


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


class AdminCase(Case):
    def start(self, *words):
        """A server with backups, an administrator, and a client for it."""
        server = self.server("--backups", self.folder / "backups", *words)
        self.address = server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        self.admin = self.first_token()

    def call(self, *words, token=None, **options):
        return run("--server", self.address, *words, token=token or self.admin, **options)

    def rows(self, *words, **options):
        return rows_of(self.call("--format", "csv", *words, check=0, **options).stdout)

    def user(self, name, *words):
        self.call("user", "create", name, *words, check=0)
        return self.call("token", "issue", "--user", name, check=0).stdout.strip()

    def offline(self, *words, check=0):
        done = subprocess.run([BIN / "sightline-admin", *map(str, words)], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        self.assertEqual(done.returncode, check, done.stdout + done.stderr)
        return done.stdout


COMMANDS = [["statistics"], ["read-only"], ["read-only", "on"], ["read-only", "off"], ["backup"], ["backups"], ["verify"],
            ["verify", "--backup", "newest"], ["compact"], ["operations"], ["operations", "1"], ["cancel", "1"], ["audit"]]


class Rights(AdminCase):
    def test_who_is_no_administrator_is_refused_everything(self):
        self.start()
        self.call("admin", "backup", check=0)
        reader, writer = self.user("bob"), self.user("mia", "--role", "writer", "--may-read", "RED")
        narrowed = self.call("token", "issue", "--role", "writer", check=0).stdout.strip()
        for token in (reader, writer, narrowed):
            for words in COMMANDS:
                done = self.call("admin", *words, token=token)
                self.assertEqual((done.returncode, done.stdout), (1, ""), (words, done.stderr))
                self.assertIn("PERMISSION_DENIED", done.stderr)
        for words in COMMANDS:
            self.assertIn("UNAUTHENTICATED", self.call("admin", *words, token="nonsense").stderr)
        self.assertEqual(len(self.rows("admin", "operations")), 1)
        self.call("load", "-", stdin=SCHEMA, check=0)

    def test_counts_of_the_whole_store_are_for_those_who_see_it(self):
        self.start()
        self.call("load", "-", stdin=SCHEMA + "ASSERT (#a)-[:p]->(#b) ACCORDING TO #c;", check=0)
        low = self.user("low", "--role", "administrator", "--may-read", "AMBER")

        def what_he_sees():
            seen = []
            for words in (["statistics"], ["backups"], ["operations"]):
                done = self.call("--format", "json", "admin", *words, token=low, check=0)
                seen.append(done.stdout)
            return seen
        self.call("admin", "verify", check=0)
        self.call("admin", "compact", check=0)
        before = what_he_sees()
        self.assertNotIn("storage", json.loads(before[0]))
        self.assertEqual(json.loads(before[0])["content"]["facts"], 1)
        self.assertNotIn("quads", before[2])
        # What is hidden from him changes nothing that he is told.
        hidden = "".join(f'ASSERT (#a)-[:p]->(#h{i}) ACCORDING TO #c {{marking: "RED"}};' for i in range(50))
        self.call("load", "-", stdin=hidden, check=0)
        self.assertEqual(what_he_sees(), before)
        whole = json.loads(self.call("--format", "json", "admin", "statistics", check=0).stdout)
        self.assertEqual((whole["content"]["statements"], whole["storage"]["statements"]), (51, 51))
        self.assertEqual(whole["content"]["predicates"], {"p": 51})
        self.assertEqual(whole["storage"]["delta_quads"], 50)
        self.assertEqual(whole["storage"]["runs"], 1)
        self.assertGreater(whole["storage"]["disk_free_bytes"], 0)

    def test_statistics_without_content_are_quick(self):
        self.start()
        whole = json.loads(self.call("--format", "json", "admin", "statistics", "--storage-only", check=0).stdout)
        self.assertNotIn("content", whole)
        self.assertEqual(whole["storage"]["quads"], 0)


class ReadOnly(AdminCase):
    def write(self, **options):
        return self.call("query", "ASSERT (#a)-[:p]->(#b) ACCORDING TO #c", **options)

    def test_nobody_writes_until_it_is_off_again(self):
        self.start()
        self.call("load", "-", stdin=SCHEMA + "ASSERT (#x)-[:p]->(#y) ACCORDING TO #c;", check=0)
        self.assertEqual(self.rows("admin", "read-only")[0]["read_only"], "off")
        state = self.rows("admin", "read-only", "on", "--reason", "the disk is being replaced")[0]
        self.assertEqual((state["read_only"], state["reason"], state["user"]), ("on", "the disk is being replaced", "admin"))
        for done in (self.write(), self.call("load", "-", stdin="ASSERT (#a)-[:p]->(#b) ACCORDING TO #c;"),
                     self.call("load", "--format", "ntriples", "-", stdin="<http://a> <http://p> <http://b> .\n")):
            self.assertEqual(done.returncode, 1)
            self.assertIn("SL7003", done.stderr)
            self.assertIn("the disk is being replaced", done.stderr)
        # Reads, users and the store's own work go on.
        self.assertEqual(self.rows("query", "MATCH (a)-[:p]->(b) RETURN count(*) AS n"), [{"n": "1"}])
        self.user("bob")
        self.call("admin", "compact", check=0)
        self.assertIn("read_only", self.call("info", check=0).stdout)
        self.call("admin", "read-only", "off", check=0)
        self.write(check=0)

    def test_it_outlives_the_server(self):
        with self.server() as address:
            token = self.first_token()
            run("--server", address, "admin", "read-only", "on", "--reason", "incident 7", token=token, check=0)
        with self.server() as address:
            done = run("--server", address, "query", "DEFINE CLASS X", token=token)
            self.assertIn("incident 7", done.stderr)
            run("--server", address, "admin", "read-only", "off", token=token, check=0)
        with self.server() as address:
            run("--server", address, "query", "DEFINE CLASS X", token=token, check=0)
        with self.server("--read-only") as address:
            done = run("--server", address, "admin", "read-only", "off", token=token)
            self.assertEqual(done.returncode, 1)
            self.assertIn("--read-only", done.stderr)
        with self.server() as address:
            run("--server", address, "query", "DEFINE CLASS Y", token=token, check=0)

    def test_after_its_answer_nothing_is_written(self):
        self.start()
        self.call("load", "-", stdin=SCHEMA, check=0)
        stop = threading.Event()

        def write(k):
            number = 0
            while not stop.is_set():
                number += 1
                done = self.call("query", f"ASSERT (#w{k}n{number})-[:p]->(#b) ACCORDING TO #c")
                if done.returncode != 0:
                    assert "SL7003" in done.stderr, done.stderr
                    return
        def count():
            return self.rows("query", "MATCH (a)-[:p]->(b) RETURN count(*) AS n")[0]["n"]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            writers = [pool.submit(write, k) for k in range(4)]
            time.sleep(0.5)
            said = self.call("--format", "csv", "admin", "read-only", "on", check=0)
            self.assertNotIn("still under way", said.stderr)
            then = count()
            time.sleep(0.5)
            self.assertEqual(count(), then)
            stop.set()
            for writer in writers:
                writer.result()


class Operations(AdminCase):
    def test_a_backup_of_a_server_that_is_written_to_restores_to_one_revision(self):
        self.start("--backups-keep", "3")
        self.call("load", "-", stdin=SCHEMA, check=0)
        stop = threading.Event()
        written = []

        def write():
            # One revision each, so that all facts up to one are there, and none after it.
            while not stop.is_set():
                self.call("query", f"ASSERT (#a)-[:p]->(#n{len(written) + 1}) ACCORDING TO #c", check=0)
                written.append(len(written) + 1)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            writer = pool.submit(write)
            bounds = []
            for _ in range(4):
                before = len(written)
                made = self.rows("admin", "backup")[0]
                self.assertEqual((made["kind"], made["state"]), ("backup", "succeeded"))
                bounds.append((before, len(written) + 1))
            stop.set()
            writer.result()
        backups = self.rows("admin", "backups")
        self.assertEqual([backup["number"] for backup in backups], ["2", "3", "4"])
        self.assertTrue(all(int(backup["bytes"]) > 0 for backup in backups))
        self.assertEqual(self.rows("admin", "verify", "--backup", "newest")[0]["result"][:8], "backup 4")
        self.call("admin", "verify", "--backup", "2", check=0)
        self.assertEqual(self.call("admin", "verify", "--backup", "1").returncode, 1)
        for number, (least, most) in zip((2, 3, 4), bounds[1:]):
            restored = self.folder / f"restored-{number}"
            self.offline("restore", "--db", restored, "--backups", self.folder / "backups", "--id", number)
            self.offline("verify", "--db", restored)
            done = run("--db", restored, "--format", "csv", "query", "MATCH (#a)-[:p]->(n) RETURN n", check=0)
            found = {int(row["n.id"][1:]) for row in rows_of(done.stdout)}
            self.assertEqual(found, set(range(1, len(found) + 1)))
            self.assertTrue(least <= len(found) <= most, (least, len(found), most))

    def test_the_store_is_verified_and_compacted_while_it_is_used(self):
        self.start()
        self.call("load", "-", stdin=SCHEMA + "ASSERT (#a)-[:p]->(#b) ACCORDING TO #c;", check=0)
        verified = self.rows("admin", "verify")[0]
        self.assertEqual((verified["name"], verified["result"], verified["user"]), ("operations/1", "sound", "admin"))
        compacted = self.rows("admin", "compact")[0]
        self.assertEqual(compacted["result"], "1 quads in 1 runs")
        # One that is begun and left is found later.
        begun = self.rows("admin", "verify", "--no-wait")[0]
        while self.rows("admin", "operations", "3")[0]["state"] == "running":
            time.sleep(0.05)
        self.assertEqual(begun["name"], "operations/3")
        self.assertEqual([row["name"] for row in self.rows("admin", "operations")], ["operations/3", "operations/2", "operations/1"])
        self.assertEqual(self.rows("admin", "cancel", "3")[0]["state"], "succeeded")
        for words in (["operations", "9"], ["cancel", "9"]):
            self.assertIn("NOT_FOUND", self.call("admin", *words).stderr)

    def test_damage_is_found_and_named(self):
        self.start()
        self.call("load", "-", stdin=SCHEMA + "ASSERT (#a)-[:p]->(#b) ACCORDING TO #c;", check=0)
        self.call("admin", "backup", check=0)
        files = sorted((self.folder / "backups").rglob("*.sst"))
        content = bytearray(files[0].read_bytes())
        content[len(content) // 2] ^= 1
        files[0].chmod(0o600)
        files[0].write_bytes(content)
        done = self.call("--format", "csv", "admin", "verify", "--backup", "newest")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(rows_of(done.stdout)[0]["state"], "failed")

    def test_without_a_place_there_are_no_backups(self):
        with self.server() as address:
            for words in (["backup"], ["backups"], ["verify", "--backup", "1"]):
                done = run("--server", address, "admin", *words, token=self.first_token())
                self.assertEqual(done.returncode, 1)
                self.assertIn("--backups", done.stderr)

    def test_a_server_that_stops_cuts_its_operations_short(self):
        self.start()
        self.call("load", "-", stdin=SCHEMA, check=0)
        self.call("admin", "verify", "--no-wait", check=0)
        began = time.monotonic()
        os.kill(self.pid, signal.SIGTERM)
        deadline = began + 15
        while time.monotonic() < deadline and run("--server", self.address, "info").returncode == 0:
            time.sleep(0.1)
        self.assertLess(time.monotonic(), deadline)


class Audit(AdminCase):
    def test_it_is_read_as_it_is_kept(self):
        self.start()
        bob = self.user("bob")
        self.call("query", "RETURN 1", token=bob, check=0)
        kept = (self.data / "audit" / "audit-000001.jsonl").read_text(encoding="utf-8").splitlines()
        told = self.call("--format", "jsonl", "admin", "audit", check=0).stdout.splitlines()
        self.assertEqual(told[:len(kept)], kept)
        self.assertTrue(all(json.loads(line)["user"] == "bob"
                            for line in self.call("--format", "jsonl", "admin", "audit", "--user", "bob", check=0).stdout.splitlines()))
        numbers = [int(row["number"]) for row in self.rows("admin", "audit", "--after", "3")]
        self.assertEqual(numbers, list(range(4, 4 + len(numbers))))
        self.assertTrue(self.rows("admin", "audit", "--since", "1h"))
        self.assertEqual(self.rows("admin", "audit", "--since", "2999-01-01"), [])
        self.assertIn("ExecuteQuery", self.call("admin", "audit", check=0).stdout)
        self.assertEqual(self.call("admin", "audit", "--since", "soon").returncode, 2)

    def test_it_is_followed(self):
        self.start()
        follower = subprocess.Popen(
            [BIN / "sightline", "--server", self.address, "--format", "jsonl", "admin", "audit", "--follow", "--user", "bob"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "SIGHTLINE_TOKEN": self.admin})
        bob = self.user("bob")
        self.call("query", "RETURN 1", token=bob, check=0)
        first = json.loads(follower.stdout.readline())
        self.assertEqual((first["event"], first["user"]), ("begin", "bob"))
        self.assertEqual(json.loads(follower.stdout.readline())["event"], "end")
        follower.send_signal(signal.SIGINT)
        follower.communicate(timeout=TIMEOUT_S)
        self.assertEqual(follower.returncode, 130)

    def test_who_follows_is_cut_off_with_his_token(self):
        self.start()
        token = self.call("token", "issue", check=0).stdout.strip()
        follower = subprocess.Popen([BIN / "sightline", "--server", self.address, "admin", "audit", "--follow"],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "SIGHTLINE_TOKEN": token})
        follower.stdout.readline()
        self.call("token", "revoke", token.split("_")[1], check=0)
        _, errors = follower.communicate(timeout=TIMEOUT_S)
        self.assertIn("UNAUTHENTICATED", errors)

    def test_where_there_is_none_that_is_said(self):
        with self.server("--no-audit") as address:
            self.assertIn("no audit log", run("--server", address, "admin", "audit", token=self.first_token()).stderr)

    def test_what_administrators_do_is_on_record(self):
        self.start()
        self.call("admin", "read-only", "on", check=0)
        self.call("admin", "verify", check=0)
        ends = [json.loads(line) for line in self.call("--format", "jsonl", "admin", "audit", check=0).stdout.splitlines()]
        done = {(r["method"].rsplit("/", 1)[1], r.get("detail", "")) for r in ends if r["event"] == "end"}
        self.assertIn(("SetReadOnly", "on"), done)
        self.assertIn(("StartVerify", ""), done)


class ServiceManager(Case):
    def test_it_is_told_when_the_server_is_ready_alive_and_stopping(self):
        name = self.folder / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(name))
            manager.settimeout(TIMEOUT_S)
            os.environ.update(NOTIFY_SOCKET=str(name), WATCHDOG_USEC="200000")
            try:
                with self.server() as address:
                    self.assertEqual(manager.recv(500).decode(), f"READY=1\nSTATUS=listening on {address}")
                    for _ in range(3):
                        self.assertEqual(manager.recv(500), b"WATCHDOG=1")
            finally:
                del os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"]
            messages = []
            while not messages or not messages[-1].startswith(b"STOPPING=1"):
                messages.append(manager.recv(500))


if __name__ == "__main__":
    unittest.main(verbosity=1)
