"""Users, tokens and TLS end to end, with the real programs.

Usage: access_test.py BIN_DIR
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

BIN = pathlib.Path(sys.argv.pop(1)).resolve()
TIMEOUT_S = 60
COUNT = "MATCH (a)-[:supplies]->(b) RETURN count(*) AS n"


def run(*words, token=None, stdin="", check=None):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SIGHTLINE")}
    if token is not None:
        environment["SIGHTLINE_TOKEN"] = token
    done = subprocess.run(
        [BIN / "sightline", *map(str, words)], input=stdin, capture_output=True, text=True, timeout=TIMEOUT_S, env=environment, check=False)
    if check is not None and done.returncode != check:
        raise AssertionError(f"exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sl-access-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.data = self.folder / "store"
        self.server_errors = ""

    @contextlib.contextmanager
    def server(self, *words, listen="127.0.0.1:0"):
        errors = self.folder / "stderr"
        with open(errors, "w", encoding="utf-8") as log:
            process = subprocess.Popen(
                [BIN / "sightlined", "--data", self.data, "--listen", listen, *words], stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            line = process.stdout.readline()
            self.server_errors = errors.read_text(encoding="utf-8")
            self.assertTrue(line.startswith("sightlined ready: listening on "), line + self.server_errors)
            self.pid = process.pid
            yield line.split()[-1]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(TIMEOUT_S)
            process.stdout.close()
            self.server_errors = errors.read_text(encoding="utf-8")

    def first_token(self):
        lines = self.server_errors.splitlines()
        self.assertEqual(sum(line.startswith("slt_") for line in lines), 1, lines)
        return lines[-1]


class Tokens(Case):
    def test_the_first_start_shows_a_token_once(self):
        with self.server() as address:
            token = self.first_token()
            shown = run("--server", address, "--format", "csv", "user", "show", token=token, check=0).stdout
            self.assertIn("admin,administrator,TLP:RED", shown)
        with self.server() as address:
            self.assertNotIn("slt_", self.server_errors)
            run("--server", address, "user", "show", token=token, check=0)

    def test_a_load_is_its_senders_own(self):
        path = self.folder / "a.nt"
        path.write_text("<ex:a> <ex:p> <ex:b> .\n", encoding="utf-8")
        with self.server() as address:
            admin = self.first_token()
            tokens = {}
            for user, role in (("bob", "writer"), ("eve", "reader")):
                run("--server", address, "user", "create", user, "--role", role, token=admin, check=0)
                tokens[user] = run("--server", address, "token", "issue", "--user", user, token=admin, check=0).stdout.strip()
            words = ("--server", address, "load", "--load-id", "123e4567-e89b-12d3-a456-426614174000", "--dataset", "dataset/a", path)
            self.assertNotIn("already", run(*words, token=admin, check=0).stderr)
            # Bob's load of this name is another, of which he has heard nothing.
            done = run(*words, token=tokens["bob"], check=0)
            self.assertIn("1 fact", done.stdout)
            self.assertNotIn("already", done.stderr)
            self.assertIn("already", run(*words, token=tokens["bob"], check=0).stderr)
            refused = run(*words, token=tokens["eve"], check=None)
            self.assertNotEqual(refused.returncode, 0)
            self.assertNotIn("already", refused.stderr)
            rows = run("--server", address, "--format", "csv", "query", "MATCH (a)-[:`ex:p`]->(b) RETURN count(*) AS n", token=admin, check=0)
            self.assertEqual(rows.stdout.split(), ["n", "1"])

    def test_the_first_token_goes_to_a_file_for_its_owner_alone(self):
        file = self.folder / "admin.token"
        with self.server("--admin-token-file", file) as address:
            self.assertNotIn("slt_", self.server_errors)
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
            run("--server", address, "--token-file", file, "query", "RETURN 1", check=0)

    def test_without_a_token_nothing_is_read_or_written(self):
        with self.server() as address:
            for token in (None, "nonsense", "slt_" + "0" * 16 + "_" + "0" * 64):
                for words in (["query", COUNT], ["load", "-"], ["user", "list"], ["token", "list"], ["token", "issue"]):
                    done = run("--server", address, *words, token=token, stdin="ASSERT (#a)-[:supplies]->(#b) ACCORDING TO #c")
                    self.assertEqual(done.returncode, 1, (words, done.stderr))
                    self.assertEqual(done.stdout, "")
                    self.assertIn("UNAUTHENTICATED", done.stderr)
            # What the program needs to know of a server before it has a token.
            run("--server", address, "info", check=0)

    def test_roles_and_clearance_hold(self):
        with self.server() as address:
            admin = self.first_token()
            def call(*words, token=admin, **options):
                return run("--server", address, *words, token=token, **options)
            call("user", "create", "mia", "--role", "writer", "--may-read", "RED", "--holds", "desk", check=0)
            call("user", "create", "bob", check=0)
            mia = call("token", "issue", "--user", "mia", check=0).stdout.strip()
            bob = call("token", "issue", "--user", "bob", check=0).stdout.strip()
            script = ('ASSERT (#a)-[:supplies]->(#b) ACCORDING TO #c {marking: "RED"};'
                      'ASSERT (#a)-[:supplies]->(#d) ACCORDING TO #c;')
            call("query", "DEFINE CLASS Thing; DEFINE PREDICATE supplies FROM Thing TO Thing", token=mia, check=0)
            call("load", "-", token=mia, stdin=script, check=0)
            self.assertEqual(call("--format", "csv", "query", COUNT, token=mia, check=0).stdout.split(), ["n", "2"])
            self.assertEqual(call("--format", "csv", "query", COUNT, token=bob, check=0).stdout.split(), ["n", "1"])
            for words in (["query", "ASSERT (#a)-[:supplies]->(#x) ACCORDING TO #c"], ["load", "-"], ["user", "list"],
                          ["user", "create", "eve"], ["user", "update", "bob", "--role", "administrator"],
                          ["user", "delete", "mia"], ["token", "issue", "--user", "mia"], ["token", "list", "--user", "*"]):
                done = call(*words, token=bob, stdin=script)
                self.assertEqual(done.returncode, 1, (words, done.stdout, done.stderr))
            # Of a token that is not his he is told what he would be told if there were none.
            mias = mia.split("_")[1]
            self.assertEqual(call("token", "revoke", mias, token=bob).stderr.replace(mias, ""),
                             call("token", "revoke", "0" * 16, token=bob).stderr.replace("0" * 16, ""))
            # A narrower token of hers.
            narrow = call("token", "issue", "--role", "reader", "--may-read", "CLEAR", token=mia, check=0).stdout.strip()
            self.assertEqual(call("--format", "csv", "query", COUNT, token=narrow, check=0).stdout.split(), ["n", "1"])
            self.assertEqual(call("load", "-", token=narrow, stdin=script).returncode, 1)
            # It cannot make a wider one of itself, nor one that outlives it.
            child = call("token", "issue", "--role", "administrator", "--may-read", "RED", "--lifetime", "1h", token=narrow, check=0).stdout.strip()
            self.assertIn("mia,reader,TLP:CLEAR", call("--format", "csv", "user", "show", token=child, check=0).stdout)
            self.assertEqual(call("token", "issue", "--lifetime", "never", token=narrow).returncode, 1)
            # What is taken from her is taken from her tokens, at once.
            call("user", "update", "mia", "--may-read", "CLEAR", check=0)
            self.assertEqual(call("--format", "csv", "query", COUNT, token=mia, check=0).stdout.split(), ["n", "1"])
            call("user", "update", "mia", "--disable", check=0)
            self.assertEqual(call("query", COUNT, token=mia).returncode, 1)
            call("user", "delete", "bob", check=0)
            self.assertIn("UNAUTHENTICATED", call("query", COUNT, token=bob).stderr)
            # The last administrator stays.
            self.assertIn("administrator", call("user", "delete", "admin").stderr)
            self.assertNotIn("slt_", call("token", "list", "--user", "*", check=0).stdout)

    def test_a_revoked_token_ends_its_streams(self):
        with self.server("--query-seconds", "60") as address:
            admin = self.first_token()
            run("--server", address, "user", "create", "bob", token=admin, check=0)
            bob = run("--server", address, "token", "issue", "--user", "bob", token=admin, check=0).stdout.strip()
            environment = {**os.environ, "SIGHTLINE_TOKEN": bob}
            reader = subprocess.Popen(
                [BIN / "sightline", "--server", address, "--format", "jsonl", "query", "UNWIND range(1, 900000) AS n RETURN n"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
            reader.stdout.read(1000)
            run("--server", address, "token", "revoke", bob.split("_")[1], token=admin, check=0)
            _, errors = reader.communicate(timeout=TIMEOUT_S)
            self.assertNotEqual(reader.returncode, 0)
            self.assertIn(b"UNAUTHENTICATED", errors)

    def test_tokens_expire(self):
        with self.server() as address:
            admin = self.first_token()
            short = run("--server", address, "token", "issue", "--lifetime", "1s", token=admin, check=0).stdout.strip()
            time.sleep(1.1)
            self.assertEqual(run("--server", address, "query", COUNT, token=short).returncode, 1)

    def test_a_store_at_hand_is_its_owners(self):
        run("--db", self.data, "query", "RETURN 1")
        run("--db", self.data, "load", "-", stdin="DEFINE CLASS Thing", check=0)
        run("--db", self.data, "user", "create", "ops", "--role", "administrator", check=0)
        token = run("--db", self.data, "token", "issue", "--user", "ops", "--lifetime", "never", check=0).stdout.strip()
        with self.server() as address:
            self.assertNotIn("slt_", self.server_errors)
            run("--server", address, "user", "list", token=token, check=0)

    def test_users_are_in_backups_and_verify_knows_them(self):
        run("--db", self.data, "user", "create", "ops", "--role", "administrator", check=3)
        run("--db", self.data, "load", "-", stdin="DEFINE CLASS Thing", check=0)
        run("--db", self.data, "user", "create", "ops", "--role", "administrator", check=0)
        def admin(*words):
            return subprocess.run([BIN / "sightline-admin", *map(str, words)], check=True, capture_output=True, text=True, timeout=TIMEOUT_S)
        admin("verify", "--db", self.data)
        admin("backup", "--db", self.data, "--backups", self.folder / "backups")
        admin("restore", "--db", self.folder / "restored", "--backups", self.folder / "backups")
        self.assertIn("ops", run("--db", self.folder / "restored", "user", "list", check=0).stdout)

    def test_limits_are_set_shown_and_hold(self):
        with self.server() as address:
            admin = self.first_token()
            call = lambda *words, **options: run("--server", address, "--format", "csv", *words, **options)
            call("user", "create", "bob", "--max-rows", 5, "--max-time", "90s", "--max-memory-mib", 64, token=admin, check=0)
            call("role", "update", "reader", "--max-queries", 3, "--max-facts", 1000, token=admin, check=0)
            self.assertIn('bob,reader,TLP:CLEAR,"","","90 s, 5 rows, 64 MiB",enabled', call("user", "list", token=admin, check=0).stdout.replace(",,", ',"",'))
            self.assertEqual(call("role", "list", token=admin, check=0).stdout.split()[1:4], ['reader,"1000', "facts,", "3"])
            bob = call("token", "issue", "--user", "bob", token=admin, check=0).stdout.strip()
            rows = lambda: len(call("query", "UNWIND range(1, 100) AS n RETURN n", token=bob).stdout.split()) - 1
            self.assertEqual(rows(), 5)
            # What is not said stays; 0 takes a limit away.
            call("user", "update", "bob", "--max-rows", 7, token=admin, check=0)
            self.assertIn("90 s, 7 rows, 64 MiB", call("user", "list", token=admin, check=0).stdout)
            self.assertEqual(rows(), 7)
            call("user", "update", "bob", "--max-rows", 0, "--max-time", 0, "--max-memory-mib", 0, token=admin, check=0)
            self.assertEqual(rows(), 100)
            self.assertEqual(call("role", "list", token=bob).returncode, 1)
            self.assertEqual(call("user", "update", "bob", "--max-time", "soon", token=admin).returncode, 2)

    def test_secrets_are_seen_nowhere(self):
        with self.server() as address:
            admin = self.first_token()
            secret = admin.split("_")[2]
            run("--server", address, "query", COUNT, token=admin)
            bad = run("--server", address, "query", COUNT, token=admin[:-1] + "g")
            self.assertNotIn(secret[:-1], bad.stdout + bad.stderr)
            cmdline = pathlib.Path(f"/proc/{self.pid}/cmdline").read_bytes()
            self.assertNotIn(secret.encode(), cmdline)
        for file in self.data.rglob("*"):
            if file.is_file():
                self.assertNotIn(secret.encode(), file.read_bytes(), file)
        self.assertEqual(self.server_errors.count(secret), 1)


class Audit(Case):
    def records(self, folder=None):
        lines = []
        for file in sorted((folder or self.data / "audit").glob("audit-*.jsonl")):
            lines += [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        return lines

    def verify(self, folder):
        return subprocess.run([BIN / "sightline-admin", "audit", "--audit", folder], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)

    def test_every_call_is_on_record_and_no_value_is(self):
        with self.server() as address:
            admin = self.first_token()
            call = lambda *words, **options: run("--server", address, *words, **options)
            call("load", "-", token=admin, stdin='DEFINE CLASS Thing; DEFINE PREDICATE p FROM Thing TO Thing; ASSERT (#canary1)-[:p]->(#b) ACCORDING TO #c',
                 check=0)
            call("query", "MATCH (#canary1)-[:p]->(x) RETURN x, 'canary2'", token=admin, check=0)
            call("query", "MATCH (#other)-[:p]->(x) RETURN x, 'else'", token=admin, check=0)
            call("query", "MATCH (x:Nothing) RETURN x", token=admin)
            call("query", "RETURN 1", token="canary3")
            call("user", "create", "bob", token=admin, check=0)
            bob = call("token", "issue", "--user", "bob", token=admin, check=0).stdout.strip()
            call("user", "list", token=bob)
            call("info", check=0)
        records = self.records()
        text = "\n".join(map(json.dumps, records))
        for secret in ("canary", admin.split("_")[2], bob.split("_")[2]):
            self.assertNotIn(secret, text)
        ends = [record for record in records if record["event"] == "end"]
        self.assertEqual([(r["method"].rsplit("/", 1)[1], r["outcome"], r.get("rows", 0), r.get("added", 0)) for r in ends],
                         [("BulkLoad", "OK", 0, 1), ("ExecuteQuery", "OK", 1, 0), ("ExecuteQuery", "OK", 0, 0),
                          ("ExecuteQuery", "INVALID_ARGUMENT", 0, 0), ("CreateUser", "OK", 0, 0), ("IssueToken", "OK", 0, 0)])
        self.assertTrue(all(r["user"] == "admin" for r in ends))
        begins = {r["call"]: r for r in records if r["event"] == "begin"}
        self.assertEqual(set(begins), {r["call"] for r in ends})
        queries = [begins[r["call"]]["fingerprint"] for r in ends if r["method"].endswith("ExecuteQuery")]
        self.assertEqual(queries[0], queries[1])
        self.assertNotEqual(queries[0], queries[2])
        self.assertEqual([(r["method"].rsplit("/", 1)[1], r["outcome"]) for r in records if r["event"] == "denied"],
                         [("ExecuteQuery", "UNAUTHENTICATED"), ("ListUsers", "PERMISSION_DENIED")])
        self.assertEqual(self.verify(self.data / "audit").returncode, 0)
        file = self.data / "audit" / "audit-000001.jsonl"
        file.write_text(file.read_text(encoding="utf-8").replace('"rows":1', '"rows":0'), encoding="utf-8")
        self.assertEqual(self.verify(self.data / "audit").returncode, 3)

    def test_it_goes_on_where_it_was(self):
        for _ in range(3):
            with self.server("--audit", self.folder / "log"):
                if "slt_" in self.server_errors:
                    token = self.first_token()
            with self.server("--audit", self.folder / "log") as address:
                run("--server", address, "query", "RETURN 1", token=token, check=0)
        self.assertFalse((self.data / "audit").exists())
        self.assertEqual([record["n"] for record in self.records(self.folder / "log")], list(range(1, 7)))

    def test_without_it_nothing_is_answered_where_that_is_asked_for(self):
        # A file system of its own, which can be full: the size of what a process may write.
        for words, code in ((["--audit-required"], 3), ([], 0)):
            with self.server("--audit", self.folder / "log", *words) as address:
                if "slt_" in self.server_errors:
                    token = self.first_token()
                run("--server", address, "query", "RETURN 1", token=token, check=0)
                subprocess.run(["prlimit", f"--pid={self.pid}", "--fsize=1:"], check=True)
                done = run("--server", address, "query", "RETURN 1", token=token)
                self.assertEqual(done.returncode, code, done.stderr)
                if code:
                    self.assertIn("audit log", done.stderr)
                subprocess.run(["prlimit", f"--pid={self.pid}", "--fsize=unlimited:"], check=True)
                run("--server", address, "query", "RETURN 1", token=token, check=0)
            # Its first words met the same limit as the log did.
            self.assertIn(" audit_recovered", self.server_errors)
        self.assertEqual(self.verify(self.folder / "log").returncode, 0)


class RunningQueries(Case):
    def test_are_listed_and_cancelled(self):
        with self.server() as address:
            admin = self.first_token()
            run("--server", address, "user", "create", "bob", token=admin, check=0)
            bob = run("--server", address, "token", "issue", "--user", "bob", token=admin, check=0).stdout.strip()

            def queries(token):
                return json.loads(run("--server", address, "--format", "json", "queries", "list", token=token, check=0).stdout)

            environment = {k: v for k, v in os.environ.items() if not k.startswith("SIGHTLINE")} | {"SIGHTLINE_TOKEN": bob}
            product = "UNWIND range(1, 1000000) AS a UNWIND range(1, 1000) AS b RETURN count(*)"
            with subprocess.Popen([BIN / "sightline", "--server", address, "query", product], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  text=True, env=environment) as running:
                deadline = time.monotonic() + TIMEOUT_S
                while not (mine := queries(bob)) and time.monotonic() < deadline:
                    time.sleep(0.02)
                self.assertEqual([(q["user"], q["query"]) for q in mine], [("bob", product)])
                self.assertEqual([(q["user"], q["query"], q["id"]) for q in queries(admin)], [("bob", "", mine[0]["id"])])
                run("--server", address, "queries", "cancel", mine[0]["id"], token=admin, check=0)
                _, errors = running.communicate(timeout=TIMEOUT_S)
                self.assertNotEqual(running.returncode, 0)
                self.assertIn("cancelled", errors.lower())
            while queries(admin) and time.monotonic() < deadline:
                time.sleep(0.02)
            done = run("--server", address, "queries", "cancel", mine[0]["id"], token=bob)
            self.assertEqual(done.returncode, 1)
            self.assertIn("There is no running query", done.stderr)


class Tls(Case):
    def openssl(self, *words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, cwd=self.folder)

    def authority(self, name):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                     "-keyout", f"{name}.key", "-out", f"{name}.pem")

    def certificate(self, name, authority, names):
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                     "-keyout", f"{name}.key", "-out", f"{name}.csr")
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={names}\n", encoding="ascii")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-CAcreateserial",
                     "-days", "2", "-extfile", extensions, "-out", f"{name}.pem")

    def setUp(self):
        super().setUp()
        self.authority("ca")
        self.authority("other")
        self.certificate("server", "ca", "DNS:localhost,IP:127.0.0.1")
        self.certificate("mia", "ca", "DNS:mia.example.org")
        self.certificate("eve", "other", "DNS:mia.example.org")
        self.tls = ["--tls-certificate", self.folder / "server.pem", "--tls-key", self.folder / "server.key"]
        self.trust = ["--tls-ca", self.folder / "ca.pem"]

    def identity(self, name):
        return ["--tls-certificate", self.folder / f"{name}.pem", "--tls-key", self.folder / f"{name}.key"]

    def test_a_token_travels_encrypted(self):
        with self.server(*self.tls) as address:
            token = self.first_token()
            run("--server", address, *self.trust, "query", "RETURN 1", token=token, check=0)
            # Not in the clear, and not to somebody else.
            self.assertEqual(run("--server", address, "query", "RETURN 1", token=token).returncode, 3)
            self.assertEqual(run("--server", address, "--tls-ca", self.folder / "other.pem", "query", "RETURN 1", token=token).returncode, 3)

    def test_a_token_does_not_leave_the_machine_in_the_clear(self):
        done = run("--server", "192.0.2.1:7432", "query", "RETURN 1", token="slt_x")
        self.assertEqual(done.returncode, 2)
        self.assertIn("TLS", done.stderr)

    def test_a_certificate_is_an_identity(self):
        with self.server(*self.tls, "--tls-client-ca", self.folder / "ca.pem", listen="0.0.0.0:0") as address:
            token = self.first_token()
            address = "localhost:" + address.rsplit(":", 1)[1]
            mia = ["--server", address, *self.trust, *self.identity("mia")]
            self.assertIn("UNAUTHENTICATED", run(*mia, "query", "RETURN 1").stderr)
            run(*mia, "user", "create", "mia", "--certificate", "mia.example.org", token=token, check=0)
            self.assertIn("mia,reader", run(*mia, "--format", "csv", "user", "show", check=0).stdout)
            # Without one, or with one of another authority, nobody gets past the handshake.
            self.assertEqual(run("--server", address, *self.trust, "query", "RETURN 1", token=token).returncode, 3)
            self.assertEqual(run("--server", address, *self.trust, *self.identity("eve"), "query", "RETURN 1").returncode, 3)

    def test_certificates_that_are_renewed_count_without_a_restart(self):
        with self.server(*self.tls, "--tls-client-ca", self.folder / "ca.pem", listen="0.0.0.0:0") as address:
            token = self.first_token()
            address = "localhost:" + address.rsplit(":", 1)[1]
            shutil.copy(self.folder / "ca.pem", self.folder / "first.pem")
            trust, renewed = ["--tls-ca", self.folder / "first.pem"], ["--tls-ca", self.folder / "other.pem"]
            ask = lambda trusted, name: run("--server", address, *trusted, *self.identity(name), "query", "RETURN 1", token=token).returncode
            self.assertEqual((ask(trust, "mia"), ask(trust, "eve")), (0, 3))
            # Another authority signs all of them from now on.
            self.certificate("next", "other", "DNS:localhost,IP:127.0.0.1")
            for new, old in (("next.key", "server.key"), ("next.pem", "server.pem"), ("other.pem", "ca.pem")):
                shutil.copy(self.folder / new, self.folder / "new")
                os.replace(self.folder / "new", self.folder / old)
            end = time.monotonic() + 30
            while ask(renewed, "eve") != 0:
                self.assertLess(time.monotonic(), end)
            self.assertEqual(ask(renewed, "mia"), 3)

    def test_an_address_from_which_wrong_tokens_come_is_locked_out(self):
        # Loopback does not count, so this takes another address of this machine. Nothing is sent to the one named here.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(("192.0.2.1", 9))
            except OSError as error:
                self.skipTest(f"no address but loopback: {error}")
            host = probe.getsockname()[0]
        self.certificate("server", "ca", f"DNS:localhost,IP:127.0.0.1,IP:{host}")
        words = ["--tls-client-ca", self.folder / "ca.pem", "--failed-logins-max", "3", "--login-lock-seconds", "3"]
        with self.server(*self.tls, *words, listen="0.0.0.0:0") as address:
            token = self.first_token()
            port = address.rsplit(":", 1)[1]
            ask = lambda host, token: run("--server", f"{host}:{port}", *self.trust, *self.identity("mia"), "query", "RETURN 1", token=token)
            for _ in range(3):
                self.assertIn("UNAUTHENTICATED", ask(host, "wrong").stderr)
            self.assertIn("Too many wrong tokens have come from this address", ask(host, token).stderr)
            self.assertEqual(ask("localhost", token).returncode, 0)
            time.sleep(3.1)
            self.assertEqual(ask(host, token).returncode, 0)
        self.assertEqual(self.server_errors.count(" login_failed "), 3)
        self.assertIn(f"host={host}", self.server_errors)

    def test_what_is_wrong_with_the_files_is_said(self):
        def refused(*words):
            done = subprocess.run([BIN / "sightlined", "--data", self.data, "--listen", "127.0.0.1:0", *map(str, words)],
                                  capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
            self.assertNotEqual(done.returncode, 0)
            return done.stderr
        self.assertIn("missing.pem", refused("--tls-certificate", self.folder / "missing.pem", "--tls-key", self.folder / "server.key"))
        (self.folder / "server.key").chmod(0o644)
        self.assertIn("chmod 600", refused(*self.tls))
        (self.folder / "mia.key").chmod(0o600)
        self.assertIn("do not go together",
                      refused("--tls-certificate", self.folder / "server.pem", "--tls-key", self.folder / "mia.key"))


if __name__ == "__main__":
    unittest.main(verbosity=1)
