"""Who may do what, and who is whom: every RPC with every kind of credential, forged tokens, mixed up callers, injected text.

The list A of docs/attacks.md; access_test.py tells the same as users see it. Usage: permission_test.py BIN_DIR
"""

import contextlib
import itertools
import json
import pathlib
import random
import re
import statistics
import threading
import time

import grpc

import harness
import http2
from harness import BIN, Client, access, admin as admin_messages, entity, error_of, message_class, query, reason_of, statements, status_of, text, types_pb2
from google.protobuf.duration_pb2 import Duration

ROOT = pathlib.Path(__file__).resolve().parents[2]
IDENTITY = "/sightline.v1.AccessService/GetIdentity"
SCHEMA = "DEFINE CLASS Thing; DEFINE PREDICATE p FROM Thing TO %; DEFINE PREDICATE note FROM % TO STRING;"
ROLES = {"reader": access.ROLE_READER, "writer": access.ROLE_WRITER, "administrator": access.ROLE_ADMINISTRATOR}
# Which roles a permission of the table lets in.
ALLOWED = {"Connect": set(ROLES), "Read": set(ROLES), "Write": {"writer", "administrator"}, "Administer": {"administrator"}}


def method_table():
    source = (ROOT / "server/auth/method_table.cc").read_text(encoding="utf-8")
    return dict(re.findall(r'\{"(/sightline\.v1\.\w+/\w+)",\s*Permission::k(\w+)\}', source))


def call(channel, name, method, metadata, timeout=10):
    """The code that an empty request ends with; "OK" also for a stream that would go on."""
    request, response = message_class(method.input_type), message_class(method.output_type)
    shape = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"
    stub = getattr(channel, shape)(name, request_serializer=request.SerializeToString, response_deserializer=response.FromString)
    argument = iter([request()]) if method.client_streaming else request()
    try:
        result = stub(argument, timeout=timeout, metadata=metadata)
        if method.server_streaming:
            next(iter(result), None)
            result.cancel()
        return "OK", ""
    except grpc.RpcError as error:
        return error.code().name, error.details()


class PermissionTest(harness.Case):
    # --- A1

    def test_a1_every_rpc_with_every_kind_of_credential(self):
        table = method_table()
        declared = dict(harness.methods())
        self.assertEqual(set(table), set(declared), "the authorisation table names other methods than the .proto files declare")
        with self.guarded_world(script=SCHEMA) as (server, admin):
            tokens = {role: admin.new_user(role, number) for role, number in ROLES.items()}
            revoked = admin.new_token("reader")
            admin.access.RevokeToken(access.RevokeTokenRequest(id=revoked.split("_")[1]), metadata=admin.metadata)
            expired = admin.new_token("administrator", lifetime=Duration(seconds=1))
            of_nobody = admin.new_user("gone", access.ROLE_ADMINISTRATOR)
            admin.access.DeleteUser(access.DeleteUserRequest(name="gone"), metadata=admin.metadata)
            disabled = admin.new_user("disabled", access.ROLE_ADMINISTRATOR)
            admin.access.UpdateUser(access.UpdateUserRequest(user=access.User(name="disabled", role=access.ROLE_ADMINISTRATOR, disabled=True)),
                                    metadata=admin.metadata)
            time.sleep(1.1)
            good = tokens["administrator"]
            strangers = {
                "none": (), "garbage": (("authorization", "Bearer nonsense"),), "empty": (("authorization", ""),), "no secret": (("authorization", "Bearer "),),
                "basic": (("authorization", "Basic YWRtaW46YWRtaW4="),), "revoked": (("authorization", f"Bearer {revoked}"),),
                "expired": (("authorization", f"Bearer {expired}"),), "a user who is gone": (("authorization", f"Bearer {of_nobody}"),),
                "a user who is disabled": (("authorization", f"Bearer {disabled}"),), "no scheme": (("authorization", good),),
                "two": (("authorization", f"Bearer {good}"), ("authorization", f"Bearer {good}")), "another header": (("x-authorization", f"Bearer {good}"),),
                "cut off": (("authorization", f"Bearer {good[:-1]}"),), "another's id": (("authorization", "Bearer " + "_".join(
                    ["slt", tokens["reader"].split("_")[1], good.split("_")[2]])),)}
            with contextlib.closing(server.channel()) as channel:
                for name, method in sorted(declared.items()):
                    permission = table[name]
                    for kind, metadata in strangers.items():
                        code, said = call(channel, name, method, metadata)
                        with self.subTest(name, credential=kind):
                            if permission == "Connect":
                                self.assertNotEqual(code, "UNAUTHENTICATED", said)
                            else:
                                self.assertEqual(code, "UNAUTHENTICATED", said)
                    for role, token in tokens.items():
                        code, said = call(channel, name, method, (("authorization", f"Bearer {token}"),))
                        with self.subTest(name, role=role):
                            if role in ALLOWED[permission]:
                                self.assertNotIn(code, ("UNAUTHENTICATED", "PERMISSION_DENIED"), said)
                            else:
                                self.assertEqual(code, "PERMISSION_DENIED", said)
                # Named by nobody: no method of ours, or written otherwise.
                for name in ("/sightline.v1.QueryService/DropEverything", "/sightline.v1.QueryService/executequery", "/QueryService/ExecuteQuery",
                             "//sightline.v1.QueryService/ExecuteQuery", "/sightline.v1.QueryService/ExecuteQuery/", "/sightline.v2.QueryService/ExecuteQuery"):
                    with self.subTest(name):
                        self.assertEqual(error_of(lambda n=name: Client(channel, good).raw(n)).code().name, "UNIMPLEMENTED")
            # All of that has broken nothing.
            self.assertEqual(admin.rows("SHOW CLASSES")[0][0], "Thing")

    # --- A2, A4

    def test_a2_a_wrong_token_is_told_nothing(self):
        with self.guarded_world() as (_, admin):
            token = admin.metadata[0][1].split()[1]
            prefix, token_id, secret = token.split("_")
            wrong_secret = "_".join([prefix, token_id, secret[::-1]])
            unknown = "_".join([prefix, token_id[::-1], secret])
            admin.new_user("bob")
            others = admin.new_token("bob", lifetime=Duration(seconds=1))
            time.sleep(1.1)

            def refused(shown):
                error = error_of(lambda: admin.with_token(shown).raw(IDENTITY))
                self.assertEqual(error.code().name, "UNAUTHENTICATED")
                return error.details(), reason_of(error), sorted(key for key, _ in error.trailing_metadata() or ())
            self.assertEqual(len({str(refused(shown)) for shown in (wrong_secret, unknown, others)}), 1)
            for shown in ("slt__", "slt_" + "0" * 16 + "_", "slt_" + "0" * 16 + "_" + "g" * 64, "SLT" + token[3:], token + "0", token.upper(), "x" * 15_000, " " + token):
                self.assertEqual(error_of(lambda s=shown: admin.with_token(s).raw(IDENTITY)).code().name, "UNAUTHENTICATED", shown[:80])

            def micros(shown):
                begin = time.perf_counter()
                status_of(lambda: admin.with_token(shown).raw(IDENTITY))
                return time.perf_counter() - begin
            # In turns, so that a busy machine is as busy for both. Whether the id exists is not to be told by the clock.
            for _ in range(3):
                pairs = [(micros(wrong_secret), micros(unknown)) for _ in range(300)]
                ratio = statistics.median(a for a, _ in pairs) / statistics.median(b for _, b in pairs)
                if 0.9 < ratio < 1.1:
                    break
            self.assertTrue(0.9 < ratio < 1.1, ratio)

    def test_a4_forged_tokens(self):
        with self.guarded_world() as (_, admin):
            token = admin.metadata[0][1].split()[1]
            chance = random.Random(4)
            stub = admin.channel.unary_unary(IDENTITY, lambda b: b, lambda b: b)
            forged = set()
            # Every bit that leaves a byte which a header may hold; and places changed at random.
            for at, bit in itertools.product(range(len(token)), range(7)):
                changed = chr(ord(token[at]) ^ 1 << bit)
                if " " < changed < "\x7f":
                    forged.add(token[:at] + changed + token[at + 1:])
            while len(forged) < 10_000:
                parts = list(token)
                for _ in range(chance.randint(2, 6)):
                    parts[chance.randrange(4, len(token))] = chance.choice("0123456789abcdef")
                forged.add("".join(parts))
            forged.discard(token)
            calls = [stub.future(b"", timeout=harness.PATIENCE_S, metadata=(("authorization", f"Bearer {each}"),)) for each in forged]
            for each, result in zip(forged, calls):
                error = result.exception()
                self.assertIsNotNone(error, each)
                self.assertEqual(error.code().name, "UNAUTHENTICATED", f"{error.details()}")
                self.assertNotIn(token.split("_")[2][:16], error.details())
            self.assertEqual(status_of(lambda: admin.raw(IDENTITY)), "OK")
            # Ids are not counted up, and of another's there is nothing to be had.
            ids = [admin.new_token().split("_")[1] for _ in range(20)]
            self.assertEqual(len(set(ids)), 20)
            self.assertGreater(len({each[:4] for each in ids}), 15)
            bob = admin.with_token(admin.new_user("bob"))
            listed = bob.access.ListTokens(access.ListTokensRequest(), metadata=bob.metadata).tokens
            self.assertEqual({each.user for each in listed}, {"bob"})
            for user in ("admin", "*"):
                self.assertEqual(status_of(lambda u=user: bob.access.ListTokens(access.ListTokensRequest(user=u), metadata=bob.metadata)), "PERMISSION_DENIED")

    def test_a4_what_is_signed_out_stays_out(self):
        """Also over a connection that was let in with it, and after the server has started again."""
        with self.guarded_world() as (_, admin):
            token = admin.new_user("bob")
            bob = admin.with_token(token)
            self.assertEqual(status_of(lambda: bob.raw(IDENTITY)), "OK")
            bob.access.RevokeToken(access.RevokeTokenRequest(id=token.split("_")[1]), metadata=bob.metadata)
            for _ in range(20):
                self.assertEqual(status_of(lambda: bob.raw(IDENTITY)), "UNAUTHENTICATED")
            known = admin.metadata
        with self.server() as server, contextlib.closing(server.channel()) as channel:
            self.assertEqual(status_of(lambda: Client(channel, token).raw(IDENTITY)), "UNAUTHENTICATED")
            self.assertEqual(status_of(lambda: Client(channel, known[0][1].split()[1]).raw(IDENTITY)), "OK")

    # --- A3

    def test_a3_everyone_stays_who_he_is(self):
        """32 users, 100,000 calls on one connection, as many of them under way as it takes at once."""
        users, calls = 32, 100_000
        with self.guarded_world(script=SCHEMA) as (_, admin):
            tokens = {}
            for i in range(users):
                name = f"user{i}"
                tokens[name] = admin.new_user(name, authorizations=[f"A{i}"], tlp=types_pb2.TLP_LABEL_RED)
                admin.access.UpdateUser(access.UpdateUserRequest(user=access.User(
                    name="admin", role=access.ROLE_ADMINISTRATOR,
                    clearance=access.Clearance(tlp_max=types_pb2.TLP_LABEL_RED, authorizations=[f"A{j}" for j in range(users)]))), metadata=admin.metadata)
                admin.load(f'ASSERT (#own{i} {{note: "of {name}"}}) ACCORDING TO #src {{access: "A{i}"}}')
        # Right after a start as well: whom the first call is of is not to stay in anything.
        with self.server() as server, contextlib.closing(server.channel()) as channel:
            chance = random.Random(3)
            asked = [f"user{chance.randrange(users)}" for _ in range(calls)]
            told = self.identities(server, [tokens[name] for name in asked])
            wrong = [pair for pair in zip(asked, told) if pair[0] != pair[1]]

            def work(seed):
                mine = random.Random(seed)
                for _ in range(40):
                    i = mine.randrange(users)
                    rows = Client(channel, tokens[f"user{i}"]).rows("MATCH (a)-[:note]->(n) RETURN n")
                    if rows != [(f"of user{i}",)]:
                        wrong.append((i, rows))
            threads = [threading.Thread(target=work, args=(chance.random(),)) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(wrong, [])

    def identities(self, server, tokens):
        """Who GetIdentity says that the holder of each token is. Frames by hand: a tenth of the time that grpcio takes."""
        connection = http2.Connection(server.address)
        self.addCleanup(connection.close)
        told = {}

        def take():
            for frame in connection.receive():
                if frame.kind == http2.DATA and frame.payload:
                    # gRPC's five bytes before the message.
                    told[frame.stream] = access.GetIdentityResponse.FromString(frame.payload[5:]).user
                elif frame.kind in (http2.RESET, http2.GOAWAY):
                    raise AssertionError(f"stream {frame.stream}: frame of kind {frame.kind} {frame.payload}")
        for i, token in enumerate(tokens):
            connection.call(2 * i + 1, IDENTITY, b"", f"Bearer {token}")
            while i + 1 - len(told) >= 100:
                connection.flush()
                take()
        connection.flush()
        while len(told) < len(tokens):
            take()
        return [told[2 * i + 1] for i in range(len(tokens))]

    # --- Limits below the server's

    def test_limits_of_role_user_and_request(self):
        """The lowest counts, GetServerInfo reports it to whom it holds for, and it is there after a new start."""
        numbers = "UNWIND range(1, 1000) AS n RETURN n"

        def rows(client, **limits):
            result = client.query(numbers, limits=query.QueryLimits(**limits))
            return len(result.rows), result.header.effective_limits.max_rows, query.Truncation.Name(result.trailer.truncation)

        def reported(client, *names):
            limits = client.admin.GetServerInfo(admin_messages.GetServerInfoRequest(), metadata=client.metadata, timeout=harness.PATIENCE_S).limits
            return tuple(limits[name] for name in names)
        with self.guarded_world("--query-rows", 500) as (server, admin):
            token = admin.new_user("bob")
            bob = admin.with_token(token)

            def limit_role(**limits):
                admin.access.UpdateRole(access.UpdateRoleRequest(role=access.RoleLimits(role=access.ROLE_READER, limits=access.UsageLimits(**limits))),
                                        metadata=admin.metadata)

            def limit_bob(**limits):
                user = access.User(name="bob", role=access.ROLE_READER, limits=access.UsageLimits(**limits))
                self.assertEqual(admin.access.UpdateUser(access.UpdateUserRequest(user=user), metadata=admin.metadata).user, user)
            self.assertEqual(rows(bob), (500, 500, "TRUNCATION_MAX_ROWS"))
            limit_role(max_rows=100, max_time=Duration(seconds=5))
            self.assertEqual(rows(bob)[:2], (100, 100))
            self.assertEqual(rows(admin)[:2], (500, 500))
            limit_bob(max_rows=300, max_time=Duration(seconds=2))
            self.assertEqual(rows(bob)[:2], (100, 100))
            limit_bob(max_rows=10, max_steps=1000, max_memory_bytes=8 << 20, max_queries=2, max_time=Duration(nanos=600_000_000))
            self.assertEqual(rows(bob)[:2], (10, 10))
            self.assertEqual(rows(bob, max_rows=3)[:2], (3, 3))
            self.assertEqual(rows(bob, max_rows=50)[:2], (10, 10))
            # Who shows no token, or a wrong one, is told what the server allows to all.
            names = ("rows_max", "steps_max", "memory_bytes_max", "queries_per_user_max", "time_ms_default", "time_ms_max")
            for other in (Client(admin.channel), admin, admin.with_token(token[:-4] + "0000")):
                self.assertEqual(reported(other, *names), (500, 100_000_000, 256 << 20, 10_000, 30_000, 600_000))
            self.assertEqual(reported(bob, *names), (10, 1000, 8 << 20, 2, 600, 600))
            # Each holds.
            heavy = "UNWIND range(1, 3000) AS a UNWIND range(1, 3000) AS b UNWIND range(1, 3000) AS c RETURN count(*) AS n"
            begin = time.monotonic()
            self.assertEqual(reason_of(error_of(lambda: bob.query(heavy))), "SL5002")
            self.assertLess(time.monotonic() - begin, 0.6 + 20)
            limit_bob(max_memory_bytes=8 << 20)
            self.assertEqual(reason_of(error_of(lambda: bob.query("UNWIND range(1, 900000) AS n RETURN collect(n)"))), "SL5005")
            limit_bob(max_queries=2)
            running = [bob.start(heavy) for _ in range(2)]
            self.eventually(lambda: len(bob.queries.ListRunningQueries(query.ListRunningQueriesRequest(), metadata=bob.metadata).queries) == 2, "both do not run")
            error = error_of(lambda: bob.query("RETURN 1 AS n"))
            self.assertEqual((error.code().name, reason_of(error)), ("RESOURCE_EXHAUSTED", "SERVER_BUSY"))
            self.assertEqual(admin.rows("RETURN 1 AS n"), [(1,)])
            for each in running:
                each.cancel()
            self.eventually(lambda: status_of(lambda: bob.query("RETURN 1 AS n")) == "OK", "his places do not come free")
            # What cannot be.
            for wrong in ({"max_rows": -1}, {"max_time": Duration(seconds=-1)}, {"max_queries": -5}):
                self.assertEqual(reason_of(error_of(lambda w=wrong: limit_role(**w))), "SL8014", wrong)
            error = error_of(lambda: admin.access.UpdateRole(access.UpdateRoleRequest(), metadata=admin.metadata))
            self.assertEqual(reason_of(error), "SL8014")
            limit_bob(max_rows=20)
        with self.server("--query-rows", 500) as server, contextlib.closing(server.channel()) as channel:
            bob = Client(channel, token)
            self.assertEqual(rows(bob)[:2], (20, 20))
            self.assertEqual(reported(bob, "rows_max", "time_ms_max"), (20, 5000))

    def test_memory_of_a_running_query_shows_while_it_runs(self):
        with self.world() as (_, client):
            running = client.start("UNWIND range(1, 2000) AS a UNWIND range(1, 2000) AS b WITH a * b AS n ORDER BY n RETURN n SKIP 3999999")

            def shown():
                listed = client.queries.ListRunningQueries(query.ListRunningQueriesRequest(), metadata=client.metadata).queries
                return listed and listed[0].memory_bytes > 1 << 20 and listed[0].rows_sent == 0
            self.eventually(shown, "it does not show")
            running.cancel()

    # --- A5, A6

    def test_a5_nothing_reads_a_file_of_the_server(self):
        secret = self.folder / "secret.csv"
        secret.write_text("canary,canary\ncanary,canary\n", encoding="ascii")
        link = self.folder / "store" / "link"
        with self.world(script=SCHEMA) as (_, client):
            link.symlink_to(secret)
            places = [str(secret), f"file://{secret}", "../secret.csv", "link", "/proc/self/environ", "file:///proc/self/environ", "//host/share/x", "\\\\host\\share",
                      "s3://bucket/x", "http://127.0.0.1:1/x", "https://localhost/x", "%2e%2e/secret.csv", "..%2fsecret.csv", "-", "/dev/stdin", "|cat /etc/passwd"]
            for place in places:
                for script in ("LOAD CSV FROM '{}' AS row RETURN row", "IMPORT '{}'", "RETURN load('{}') AS x", "RETURN file('{}') AS x", "CALL apoc.load.json('{}')",
                               "COPY Thing FROM '{}'", "MATCH (a) FROM '{}' RETURN a", "DEFINE PREFIX x AS '{}'; IMPORT x"):
                    error = error_of(lambda s=script, p=place: client.query(s.format(p)))
                    self.assertEqual(error.code().name, "INVALID_ARGUMENT", script)
                    self.assertNotIn("canary", error.details())
                # The name of a file that is loaded is a name, and no more.
                for format_ in (statements.FILE_FORMAT_STATEMENT_CSV, statements.FILE_FORMAT_NTRIPLES, statements.FILE_FORMAT_FTM_ENTITIES, statements.FILE_FORMAT_SLQL,
                                statements.FILE_FORMAT_TURTLE):
                    with contextlib.suppress(grpc.RpcError):
                        client.load_file(b"", file_name=place, format=format_)
            turtle = f"@prefix x: <file://{secret}> . @base <file:///proc/self/> . <environ> x:p <link> .".encode()
            with contextlib.suppress(grpc.RpcError):
                client.load_file(turtle, file_name="x.ttl")
            told = str(client.rows("MATCH (a)-[r]->(b) RETURN a, b"))
            self.assertNotIn("canary,canary", told)
            self.assertNotIn("PATH=", told)

    PAYLOADS = ['"', "'", "\\", "\n", "\r\n", "\t", "`", "```", "--", "/* */", "//", "; DROP CLASS Thing;", '") RETURN 1 //', "' OR '1'='1", "${x}", "$x", "{{7*7}}", "%s%n",
                "<script>alert(1)</script>", "<!--", "]]>", "&lt;", "=1+1", "+1", "-1", "@SUM(1)", "\u202e", " ", "🕵", "a" * 5000, "#x", "(a)-[:p]->(b)"]

    def test_a6_text_is_text(self):
        """Wherever a text may stand it comes back as it was sent, or is refused; it is never part of a query."""
        with self.world(script=SCHEMA) as (_, client):
            for number, payload in enumerate(self.PAYLOADS):
                with self.subTest(payload[:20]):
                    self.assertEqual(client.rows("RETURN $x AS x", {"x": text(payload)}), [(payload,)])
                    draft = statements.StatementDraft(claimant="src", quote=payload[:1000])
                    draft.facts.add(subject=f"e{number}", predicate="note", object=text(payload))
                    client.writes.WriteStatements(statements.WriteStatementsRequest(mutations=[statements.Mutation(add=draft)]), timeout=harness.PATIENCE_S)
                    found = client.rows("MATCH (a)-[:note @st]->(n) WHERE n = $x RETURN a, st.quote AS q", {"x": text(payload)})
                    self.assertEqual(found, [(f"e{number}", payload[:1000])])
                    # Names and ids: the same id comes back, or it is refused.
                    for field in ("subject", "claimant", "document", "dataset", "predicate", "reason"):
                        draft = statements.StatementDraft(claimant="src")
                        draft.facts.add(subject="e", predicate="note", object=text("x"))
                        mutation = statements.Mutation(add=draft)
                        if field in ("subject", "predicate"):
                            setattr(mutation.add.facts[0], field, payload)
                        elif field == "reason":
                            mutation = statements.Mutation(retract=statements.Retraction(statement=1, reason=payload))
                        else:
                            setattr(mutation.add, field, payload)
                        request = statements.WriteStatementsRequest(mutations=[mutation], validate_only=True)
                        self.assertIn(status_of(lambda r=request: client.writes.WriteStatements(r, timeout=harness.PATIENCE_S)),
                                      ("OK", "INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION"))
                    for script in ("MATCH (a {note: $x}) RETURN a", "MATCH (a NAMED $x) RETURN a", "WITH $x AS x RETURN x + x AS y", "RETURN $x =~ $x AS y",
                                   "MATCH (a:$x) RETURN a"):
                        with contextlib.suppress(grpc.RpcError):
                            client.rows(script, {"x": text(payload)})
            self.assertEqual(client.rows("SHOW CLASSES")[0][0], "Thing")

    def test_a6_names_and_labels_of_users(self):
        with self.guarded_world() as (_, admin):
            for payload in self.PAYLOADS:
                user = access.User(name=payload, role=access.ROLE_READER)
                self.assertIn(status_of(lambda u=user: admin.access.CreateUser(access.CreateUserRequest(user=u), metadata=admin.metadata)),
                              ("INVALID_ARGUMENT", "OK"))
                try:
                    issued = admin.access.IssueToken(access.IssueTokenRequest(label=payload), metadata=admin.metadata)
                    self.assertEqual(issued.token.label, payload)
                except grpc.RpcError as error:
                    self.assertEqual(error.code().name, "INVALID_ARGUMENT")
            names = [user.name for user in admin.access.ListUsers(access.ListUsersRequest(page_size=1000), metadata=admin.metadata).users]
            self.assertTrue(all(re.fullmatch(r"[\w.@-]{1,64}", name) for name in names), names)

    # --- A7, A8

    def test_a7_canaries_are_seen_nowhere(self):
        """Beside the answers to those who may see them. That tokens are not either: access_test.py."""
        with self.guarded_world(script=SCHEMA) as (server, admin):
            admin.access.UpdateUser(access.UpdateUserRequest(user=access.User(
                name="admin", role=access.ROLE_ADMINISTRATOR, clearance=access.Clearance(tlp_max=types_pb2.TLP_LABEL_RED, authorizations=["X"]))),
                metadata=admin.metadata)
            admin.load('ASSERT (#canaryid {note: "canaryvalue"}) ACCORDING TO #canarysource {access: "X", quote: "canaryquote"}; '
                       'ASSERT (#open {note: "open"}) ACCORDING TO #src;')
            self.assertEqual(len(admin.rows("MATCH (a)-[:note]->(n) RETURN a, n")), 2)
            bob = admin.with_token(admin.new_user("bob", access.ROLE_WRITER, tlp=types_pb2.TLP_LABEL_RED))
            told = []
            for script in ("MATCH (a)-[:note]->(n) RETURN a, n", "MATCH (a NAMED 'canaryvalu') RETURN a", "EXPLAIN MATCH (a)-[r]->(b) RETURN a", "PROFILE MATCH (a)-[r]->(b) RETURN a",
                           "SHOW SOURCES", "MATCH (a) RETURN a.note + 1 AS n", "MATCH (a)-[:note]->(n) RETURN 1 / (size(n) - 11) AS x", "MATCH (a:canaryi) RETURN a",
                           "ACCORDING TO 'canarysourc' MATCH (a) RETURN a", "MATCH (a) RETURN toInteger(a.note) AS n", "WHY MATCH (a)-[:note]->(n) RETURN a",
                           "MATCH (a NAMED ~'canaryidd') RETURN a"):
                try:
                    told += [str(part) for part in bob.query(script).parts]
                except grpc.RpcError as error:
                    told += [error.details(), str(error.trailing_metadata()), str(error.initial_metadata())]
            # His own words come back to him in errors; nothing of what is stored does.
            shown = "\n".join(told)
            for canary in ("canaryvalue", "canaryid", "canarysource", "canaryquote"):
                self.assertEqual(shown.replace("canaryidd", "").count(canary), 0, canary)
            admin.query("RETURN 'canaryliteral' AS x, $p AS y", {"p": text("canaryparameter")})
            with contextlib.suppress(grpc.RpcError):
                admin.query("RETURN canaryname + 'canaryliteral'")
            info = admin.admin.GetServerInfo(harness.admin.GetServerInfoRequest(), timeout=harness.PATIENCE_S)
            process = pathlib.Path(f"/proc/{server.pid}")
            elsewhere = {"standard error": server.errors(), "arguments": (process / "cmdline").read_text(encoding="utf-8"),
                         "environment": (process / "environ").read_text(encoding="utf-8"), "server info": str(info)}
            for file in (self.folder / "store" / "audit").rglob("*"):
                elsewhere[str(file)] = file.read_text(encoding="utf-8")
            for place, words in elsewhere.items():
                self.assertNotIn("canary", words, place)

    def test_a8_reads_writes_and_denials_are_on_record_once(self):
        with self.guarded_world(script=SCHEMA) as (server, admin):
            bob = admin.with_token(admin.new_user("bob"))
            threads = []
            for _ in range(8):
                threads.append(threading.Thread(target=lambda: [bob.rows("RETURN 1 AS n") for _ in range(20)]))
            for thread in threads:
                thread.start()
            for _ in range(10):
                self.assertEqual(status_of(lambda: bob.query("ASSERT (#a)-[:p]->(#b) ACCORDING TO #c")), "PERMISSION_DENIED")
                self.assertEqual(status_of(lambda: bob.raw("/sightline.v1.AccessService/ListUsers")), "PERMISSION_DENIED")
            for thread in threads:
                thread.join()
        records = []
        for file in sorted((self.folder / "store" / "audit").glob("audit-*.jsonl")):
            records += [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        bobs = [record for record in records if record.get("user") == "bob" and record["event"] in ("begin", "end") and record["method"].endswith("ExecuteQuery")]
        ends = [record for record in bobs if record["event"] == "end"]
        self.assertEqual(sum(record["outcome"] == "OK" for record in ends), 160)
        self.assertEqual(sum(record["outcome"] == "PERMISSION_DENIED" for record in ends), 10)
        self.assertEqual(len({record["call"] for record in ends}), 170)
        self.assertEqual(len(bobs), 340)
        self.assertEqual(sum(record["event"] == "denied" and record["method"].endswith("ListUsers") for record in records), 10)
        self.assertEqual([record["n"] for record in records], list(range(1, len(records) + 1)))

    # --- A9

    def test_a9_nobody_gives_more_than_he_has(self):
        red, amber, clear = types_pb2.TLP_LABEL_RED, types_pb2.TLP_LABEL_AMBER, types_pb2.TLP_LABEL_CLEAR
        with self.guarded_world(script=SCHEMA) as (_, admin):
            mia = admin.with_token(admin.new_user("mia", access.ROLE_WRITER, tlp=amber, authorizations=["A"]))

            def identity(client):
                return client.access.GetIdentity(access.GetIdentityRequest(), metadata=client.metadata, timeout=harness.PATIENCE_S)
            # More than one has, or than the token that asks carries, is cut to that.
            narrow = mia.with_token(mia.new_token(role=access.ROLE_READER, tlp_max=clear, authorizations=access.AuthorizationSet()))
            for client in (narrow, mia):
                wide = client.with_token(client.new_token(role=access.ROLE_ADMINISTRATOR, tlp_max=red, authorizations=access.AuthorizationSet(names=["A", "B"])))
                has, given = identity(client), identity(wide)
                self.assertLessEqual(given.role, has.role)
                self.assertLessEqual(given.clearance.tlp_max, has.clearance.tlp_max)
                self.assertLessEqual(set(given.clearance.authorizations), set(has.clearance.authorizations))
            for client in (mia, narrow):
                user = access.User(name="eve", role=access.ROLE_ADMINISTRATOR)
                for refused in (lambda c=client: c.access.CreateUser(access.CreateUserRequest(user=user), metadata=c.metadata),
                                lambda c=client: c.access.UpdateUser(access.UpdateUserRequest(user=access.User(name="mia", role=access.ROLE_ADMINISTRATOR)), metadata=c.metadata),
                                lambda c=client: c.access.IssueToken(access.IssueTokenRequest(user="admin"), metadata=c.metadata),
                                lambda c=client: c.access.DeleteUser(access.DeleteUserRequest(name="admin"), metadata=c.metadata)):
                    self.assertEqual(status_of(refused), "PERMISSION_DENIED")
            # Nor marks above himself.
            self.assertEqual(reason_of(error_of(lambda: mia.query('ASSERT (#a)-[:p]->(#b) ACCORDING TO #c {marking: "RED"}'))), "SL7002")
            self.assertEqual(reason_of(error_of(lambda: mia.query('ASSERT (#a)-[:p]->(#b) ACCORDING TO #c {access: "B"}'))), "SL7002")
            # The last administrator stays, whichever way he is to be got rid of.
            for refused in (lambda: admin.access.DeleteUser(access.DeleteUserRequest(name="admin"), metadata=admin.metadata),
                            lambda: admin.access.UpdateUser(access.UpdateUserRequest(user=access.User(name="admin", role=access.ROLE_READER)), metadata=admin.metadata),
                            lambda: admin.access.UpdateUser(access.UpdateUserRequest(user=access.User(name="admin", role=access.ROLE_ADMINISTRATOR, disabled=True)),
                                                            metadata=admin.metadata)):
                self.assertEqual(status_of(refused), "FAILED_PRECONDITION")
            self.assertEqual(identity(admin).user, "admin")


if __name__ == "__main__":
    harness.main()
