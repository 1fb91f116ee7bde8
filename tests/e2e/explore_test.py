"""ExploreService and BatchGetStatements as a link chart calls them: real server, users, stubs made by protoc.

Usage: explore_test.py BIN_DIR PROTO_FOLDER. Needs Debian's python3-grpcio and protobuf-compiler-grpc; exits with 77
(skipped) where they are not installed.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

try:
    import google
    import grpc
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

BIN = pathlib.Path(sys.argv[1]).resolve()
PROTOS = pathlib.Path(sys.argv[2]).resolve()
PLUGIN = "/usr/bin/grpc_python_plugin"
TIMEOUT_S = 60

SCHEMA = """
DEFINE CLASS Company; DEFINE CLASS Product;
DEFINE PREDICATE supplies FROM Company TO Product;
DEFINE PREDICATE owns FROM Company TO Company;
DEFINE PREDICATE employees FROM Company TO INTEGER;
"""
GRAPH = SCHEMA + """
ASSERT (#org/a :Company {name: "Alpha Optics", employees: 100})-[:supplies]->(#prod/x :Product {name: "lenses"})
  ACCORDING TO #org/voice {document: #doc/1, quote: "Alpha sells lenses", valid: "2021", credibility: 2};
DENY (#org/a)-[:supplies]->(#prod/x) ACCORDING TO #org/ministry {quote: "It does not"};
ASSERT (#org/b :Company {name: "Beta"})-[:supplies]->(#prod/x) ACCORDING TO #org/voice;
ASSERT (#org/a)-[:owns]->(#org/b) ACCORDING TO #org/voice {valid: "2020"};
ASSERT (#org/c :Company {name: "Gamma"})-[:owns]->(#org/a) ACCORDING TO #org/voice;
ASSERT (#org/c)-[:owns]->(#org/d :Company {name: "Delta"}) ACCORDING TO #org/voice;
ASSERT (#org/d)-[:supplies]->(#prod/y :Product {name: "drones"}) ACCORDING TO #org/voice;
"""
# Above a reader's clearance: an edge that is a short cut, a node, a denial, a name, a time.
SECRET = """
ASSERT (#org/a)-[:owns]->(#org/d) ACCORDING TO #org/agency {marking: "RED", valid: "2022"};
ASSERT (#org/a)-[:owns]->(#org/shell :Company {name: "Alpha Shell"}) ACCORDING TO #org/agency {marking: "RED"};
DENY (#org/b)-[:supplies]->(#prod/x) ACCORDING TO #org/agency {marking: "RED"};
ASSERT (#org/b {alias: "Alpha Two"}) ACCORDING TO #org/agency {marking: "RED"};
ASSERT (#org/a)-[:supplies]->(#prod/x) ACCORDING TO #org/agency {marking: "RED", valid: "2023"};
"""


def make_stubs(out: pathlib.Path) -> None:
    files = [str(path.relative_to(PROTOS)) for folder in ("sightline", "google") for path in (PROTOS / folder).rglob("*.proto")]
    subprocess.run(["protoc", f"-I{PROTOS}", f"--python_out={out}", f"--grpc_out={out}", f"--plugin=protoc-gen-grpc={PLUGIN}", *files],
                   check=True, cwd=PROTOS)
    sys.path.insert(0, str(out))
    # The package `google` is the installed protobuf's; ours adds google.rpc to it.
    google.__path__.append(str(out / "google"))


if not pathlib.Path(PLUGIN).exists():
    print(f"skipped: there is no {PLUGIN}")
    sys.exit(77)
STUBS = pathlib.Path(tempfile.mkdtemp(prefix="sl-stubs-"))
make_stubs(STUBS)
from google.rpc import error_details_pb2, status_pb2  # noqa: E402
from sightline.v1 import explore_service_pb2 as e, explore_service_pb2_grpc as e_grpc  # noqa: E402
from sightline.v1 import query_service_pb2 as q, query_service_pb2_grpc as q_grpc  # noqa: E402
from sightline.v1 import statement_service_pb2 as s, statement_service_pb2_grpc as s_grpc  # noqa: E402
from sightline.v1 import types_pb2 as t  # noqa: E402


def ref(external_id):
    return e.NodeReference(external_id=external_id)


class Caller:
    """All calls of one user, with a deadline."""

    def __init__(self, address, token=None):
        self.channel = grpc.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])
        self.explore, self.statements = e_grpc.ExploreServiceStub(self.channel), s_grpc.StatementServiceStub(self.channel)
        self.options = {"timeout": TIMEOUT_S, "metadata": [("authorization", f"Bearer {token}")] if token else []}

    def call(self, method, request):
        stub = self.statements if hasattr(self.statements, method) else self.explore
        return getattr(stub, method)(request, **self.options)

    def paths(self, request):
        """Paths as external ids, and the summary."""
        cards, found, summary = {}, [], None
        for response in self.explore.FindPaths(request, **self.options):
            if response.WhichOneof("part") == "summary":
                summary = response.summary
                continue
            cards.update({card.id: card.external_id for card in response.path.cards})
            found.append([cards[node] for node in response.path.nodes])
        return found, summary

    def all_pages(self, method, request, field):
        items, cards, pages = [], {}, 0
        while True:
            page = self.call(method, request)
            pages += 1
            items += getattr(page, field)
            cards.update({card.id: card.external_id for card in getattr(page, "cards", [])})
            if not page.next_page_token:
                return items, cards, pages
            request.page_token = page.next_page_token


def edge_text(edge, cards):
    return f"{cards[edge.fact.subject]} {edge.fact.predicate} {cards[edge.fact.object.node]} {edge.asserting_statements}-{edge.denying_statements}"


class Case(unittest.TestCase):
    script = GRAPH + SECRET

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sl-explore-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.server = self.start("store", self.script)

    def cli(self, server, *words, token=None, stdin=""):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SIGHTLINE")}
        environment["SIGHTLINE_TOKEN"] = token or server.admin
        done = subprocess.run([BIN / "sightline", "--server", server.address, *words], input=stdin, capture_output=True, text=True,
                              timeout=TIMEOUT_S, env=environment, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout.strip()

    def start(self, name, script, *arguments):
        """A server with users: an administrator, cleared for all, and a reader, bob, cleared for GREEN."""
        process = subprocess.Popen(
            [BIN / "sightlined", "--data", self.folder / name, "--listen", "127.0.0.1:0",
             "--admin-token-file", self.folder / f"{name}.token", *arguments], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.stop, process)
        line = process.stdout.readline()
        self.assertTrue(line.startswith("sightlined ready"), line)

        class Server:
            address = line.split()[-1]
            admin = (self.folder / f"{name}.token").read_text().strip()
        server = Server()
        self.cli(server, "load", "-", stdin=script)
        self.cli(server, "user", "create", "bob", "--may-read", "GREEN")
        server.bob = self.cli(server, "token", "issue", "--user", "bob")
        server.reader, server.chief = Caller(server.address, server.bob), Caller(server.address, server.admin)
        self.addCleanup(server.reader.channel.close)
        self.addCleanup(server.chief.channel.close)
        return server

    def stop(self, process):
        process.send_signal(signal.SIGTERM)
        process.wait(TIMEOUT_S)
        process.stdout.close()

    def refused(self, work):
        """Status code, reason and field of a call that must fail."""
        with self.assertRaises(grpc.RpcError) as caught:
            work()
        error = caught.exception
        packed = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
        infos = []
        for detail in status_pb2.Status.FromString(packed).details:
            info = error_details_pb2.ErrorInfo()
            if detail.Unpack(info):
                infos.append(info)
        self.assertEqual(len(infos), 1, error)
        self.assertEqual(infos[0].domain, "sightline")
        return error.code().name, infos[0].reason, infos[0].metadata.get("field", "")


class Chart(Case):
    def test_from_a_name_to_the_words_that_were_said(self):
        reader = self.server.reader
        found = reader.call("SearchEntities", e.SearchEntitiesRequest(name="alpha optics", class_name="Company"))
        self.assertEqual([match.card.external_id for match in found.matches], ["org/a"])
        entity = e.NodeReference(id=found.matches[0].card.id)

        details = reader.call("GetEntity", e.GetEntityRequest(entity=entity))
        self.assertEqual(details.card.caption, "Alpha Optics")
        self.assertEqual([(p.predicate, p.value.integer or p.value.text.text) for p in details.properties],
                         [("employees", 100), ("name", "Alpha Optics")])

        summary = reader.call("SummarizeNeighbors", e.SummarizeNeighborsRequest(entity=entity))
        groups = [(g.predicate, g.direction, g.kind, g.edge_count, g.denied_count) for g in summary.groups]
        self.assertEqual(groups, [("owns", e.EDGE_DIRECTION_OUTBOUND, "Company", 1, 0), ("owns", e.EDGE_DIRECTION_INBOUND, "Company", 1, 0),
                                  ("supplies", e.EDGE_DIRECTION_OUTBOUND, "Product", 1, 1)])

        edges, cards, pages = reader.all_pages("ExpandEntity", e.ExpandEntityRequest(entity=entity, page_size=1), "edges")
        self.assertEqual([edge_text(edge, cards) for edge in edges],
                         ["org/a owns org/b 1-0", "org/c owns org/a 1-0", "org/a supplies prod/x 1-1"])
        self.assertEqual(pages, 3)
        self.assertEqual([edge.standing for edge in edges], [e.STANDING_ASSERTED, e.STANDING_ASSERTED, e.STANDING_DISPUTED])

        listed = reader.call("ListStatements", e.ListStatementsRequest(
            subject=entity, predicate="supplies", object=t.Value(node=edges[2].fact.object.node)))
        self.assertEqual([(st.polarity, st.quote) for st in listed.statements],
                         [(t.POLARITY_ASSERTS, "Alpha sells lenses"), (t.POLARITY_DENIES, "It does not")])
        names = {card.id: card.external_id for card in listed.cards}
        self.assertEqual([names[st.claimant] for st in listed.statements], ["org/voice", "org/ministry"])
        again = reader.call("BatchGetStatements", s.BatchGetStatementsRequest(statements=[st.statement for st in listed.statements]))
        self.assertEqual(again.statements, listed.statements)

        timeline = reader.call("ListTimeline", e.ListTimelineRequest(entities=[entity]))
        self.assertEqual([item.edge.fact.predicate for item in timeline.items if item.edge.fact.object.WhichOneof("kind") == "node"
                          and item.edge.fact.predicate in ("owns", "supplies")], ["owns", "supplies"])

        paths, end = reader.paths(e.FindPathsRequest(**{"from": entity}, to=[ref("prod/y")]))
        self.assertEqual(paths, [["org/a", "org/c", "org/d", "prod/y"]])
        self.assertEqual((end.path_count, end.truncation), (1, 0))

    def test_paths_within_bounds(self):
        reader = self.server.reader
        request = e.FindPathsRequest(**{"from": ref("org/a")}, to=[ref("prod/x"), ref("org/d")], max_hops=2, selection=e.PATH_SELECTION_RANKED)
        self.assertEqual(reader.paths(request)[0], [["org/a", "prod/x"], ["org/a", "org/b", "prod/x"], ["org/a", "org/c", "org/d"]])
        request.selection = e.PATH_SELECTION_UNSPECIFIED
        self.assertEqual(reader.paths(request)[0], [["org/a", "prod/x"], ["org/a", "org/c", "org/d"]])
        request.selection = e.PATH_SELECTION_RANKED
        request.max_paths = 1
        paths, end = reader.paths(request)
        self.assertEqual((paths, end.truncation), ([["org/a", "prod/x"]], 1))
        request.max_paths = 0
        request.scope.dispute_rule = e.DISPUTE_RULE_EXCLUDING_DISPUTED
        self.assertEqual(reader.paths(request)[0], [["org/a", "org/b", "prod/x"], ["org/a", "org/c", "org/d"]])
        request.avoiding.append(ref("org/b"))
        self.assertEqual(reader.paths(request)[0], [["org/a", "org/c", "org/d"]])
        request.direction = e.EDGE_DIRECTION_OUTBOUND
        self.assertEqual(reader.paths(request)[0], [])
        self.assertEqual(self.refused(lambda: reader.paths(e.FindPathsRequest(**{"from": ref("org/a")}))),
                         ("INVALID_ARGUMENT", "SL8021", "to"))
        self.assertEqual(self.refused(lambda: reader.paths(e.FindPathsRequest(**{"from": ref("org/a")}, to=[ref("org/shell")]))),
                         ("NOT_FOUND", "SL8004", "to[0]"))
        self.assertEqual(self.refused(lambda: reader.paths(e.FindPathsRequest(
            **{"from": ref("org/a")}, to=[ref("org/d")], predicates=["nothing"]))), ("INVALID_ARGUMENT", "SL8021", "predicates"))

    def test_a_scope_narrows_as_in_a_query(self):
        reader = self.server.reader
        request = e.ExpandEntityRequest(entity=ref("prod/x"))
        request.scope.according_to.append(ref("org/ministry"))
        self.assertEqual(reader.call("ExpandEntity", request).edge_count, 0)
        request.scope.dispute_rule = e.DISPUTE_RULE_INCLUDING_DENIED
        page = reader.call("ExpandEntity", request)
        self.assertEqual([edge.standing for edge in page.edges], [e.STANDING_DENIED])
        request = e.ExpandEntityRequest(entity=ref("org/a"))
        request.scope.as_of.year = 2020
        request.scope.excluding_undated = True
        self.assertEqual([edge.fact.predicate for edge in reader.call("ExpandEntity", request).edges], ["owns"])

    def test_reads_its_own_writes(self):
        chief = self.server.chief
        fact = s.FactDraft(subject="org/a", predicate="owns", object=t.Value(node_id="org/new"))
        written = chief.call("WriteStatements", s.WriteStatementsRequest(
            mutations=[s.Mutation(add=s.StatementDraft(claimant="org/voice", facts=[fact]))]))
        request = e.ListStatementsRequest(about=ref("org/new"))
        request.consistency.at_least_as_fresh.CopyFrom(written.revision)
        self.assertEqual(chief.call("ListStatements", request).statement_count, 1)

    def test_who_may_not_read_is_told_nothing(self):
        stranger = Caller(self.server.address)
        self.addCleanup(stranger.channel.close)
        entity = ref("org/a")
        for method, request in (("SearchEntities", e.SearchEntitiesRequest(name="alpha")), ("GetEntity", e.GetEntityRequest(entity=entity)),
                                ("SummarizeNeighbors", e.SummarizeNeighborsRequest(entity=entity)),
                                ("ExpandEntity", e.ExpandEntityRequest(entity=entity)),
                                ("ListTimeline", e.ListTimelineRequest(entities=[entity])),
                                ("ListStatements", e.ListStatementsRequest(about=entity)),
                                ("BatchGetStatements", s.BatchGetStatementsRequest(statements=[1]))):
            with self.subTest(method):
                self.assertEqual(self.refused(lambda m=method, r=request: stranger.call(m, r))[0], "UNAUTHENTICATED")
        self.assertEqual(self.refused(lambda: stranger.paths(e.FindPathsRequest(**{"from": entity}, to=[ref("org/d")])))[0], "UNAUTHENTICATED")

    def test_calls_are_in_the_audit_log_with_what_they_showed(self):
        self.server.reader.call("ExpandEntity", e.ExpandEntityRequest(entity=ref("org/a")))
        self.server.reader.paths(e.FindPathsRequest(**{"from": ref("org/a")}, to=[ref("prod/y")]))
        deadline, text = time.monotonic() + 10, ""
        while time.monotonic() < deadline and text.count('"event":"end"') < 2:
            text = "\n".join(line for file in sorted((self.folder / "store" / "audit").glob("audit-*.jsonl"))
                             for line in file.read_text().splitlines() if "ExploreService" in line)
        ends = [line for line in text.splitlines() if '"event":"end"' in line]
        self.assertTrue(any("ExpandEntity" in line and '"rows":3' in line and '"user":"bob"' in line for line in ends), text)
        self.assertTrue(any("FindPaths" in line and '"rows":1' in line for line in ends), text)


class Pages(Case):
    def test_a_token_is_good_for_its_own_list_alone(self):
        reader, chief = self.server.reader, self.server.chief
        request = e.ExpandEntityRequest(entity=ref("org/a"), page_size=1)
        token = reader.call("ExpandEntity", request).next_page_token
        bad = ("INVALID_ARGUMENT", "SL8020", "page_token")
        with self.subTest("another entity"):
            self.assertEqual(self.refused(lambda: reader.call("ExpandEntity", e.ExpandEntityRequest(entity=ref("org/b"), page_token=token))), bad)
        with self.subTest("another method"):
            self.assertEqual(self.refused(lambda: reader.call("ListStatements", e.ListStatementsRequest(about=ref("org/a"), page_token=token))), bad)
        with self.subTest("another clearance"):
            self.assertEqual(self.refused(lambda: chief.call("ExpandEntity", e.ExpandEntityRequest(entity=ref("org/a"), page_token=token))), bad)
        for changed in (token[:-1], token + "0", "0" * len(token), token[:10] + ("0" if token[10] != "0" else "1") + token[11:], "x"):
            with self.subTest(changed):
                self.assertEqual(self.refused(lambda c=changed: reader.call("ExpandEntity", e.ExpandEntityRequest(entity=ref("org/a"), page_token=c))), bad)
        for method, request in (("SearchEntities", e.SearchEntitiesRequest(name="a", page_size=-1)),
                                ("ListTimeline", e.ListTimelineRequest(entities=[ref("org/a")], page_size=-1)),
                                ("ListStatements", e.ListStatementsRequest(about=ref("org/a"), page_size=-1))):
            with self.subTest(method):
                self.assertEqual(self.refused(lambda m=method, r=request: reader.call(m, r)), ("INVALID_ARGUMENT", "SL8021", "page_size"))

    def test_pages_of_each_list_add_up(self):
        reader = self.server.reader
        for method, field, request in (("SearchEntities", "matches", lambda: e.SearchEntitiesRequest(name="alpha optics", min_score=0.7)),
                                       ("ExpandEntity", "edges", lambda: e.ExpandEntityRequest(entity=ref("org/a"))),
                                       ("ListTimeline", "items", lambda: e.ListTimelineRequest(entities=[ref("org/a"), ref("org/b")])),
                                       ("ListStatements", "statements", lambda: e.ListStatementsRequest(about=ref("org/a")))):
            with self.subTest(method):
                whole = list(getattr(reader.call(method, request()), field))
                small = request()
                small.page_size = 1
                items, _, pages = reader.all_pages(method, small, field)
                self.assertEqual(items, whole)
                self.assertEqual(pages, max(1, len(whole)))
                huge = request()
                huge.page_size = 2**31 - 1
                self.assertEqual(list(getattr(reader.call(method, huge), field)), whole)

    def test_a_list_goes_on_as_it_began(self):
        reader = self.server.reader
        request = e.ExpandEntityRequest(entity=ref("org/a"), page_size=1)
        request.page_token = reader.call("ExpandEntity", request).next_page_token
        self.cli(self.server, "load", "-", stdin='ASSERT (#org/a)-[:owns]->(#org/00) ACCORDING TO #org/voice')
        edges, cards, _ = reader.all_pages("ExpandEntity", request, "edges")
        self.assertEqual([edge_text(edge, cards) for edge in edges], ["org/c owns org/a 1-0", "org/a supplies prod/x 1-1"])


class Clearance(Case):
    script = GRAPH

    def everything(self, server):
        """All that a reader is told, with external ids in place of numbers and without tokens."""
        reader, told = server.reader, []

        def tell(message):
            cards = {}

            def walk(value):
                for field, content in value.ListFields():
                    if field.message_type is None:
                        continue
                    for part in content if field.label == field.LABEL_REPEATED else [content]:
                        if isinstance(part, t.NodeCard):
                            cards[part.id] = part.external_id
                        walk(part)
            walk(message)
            text = []
            for line in str(message).splitlines():
                word, _, number = line.strip().partition(": ")
                if word in ("id", "subject", "node", "claimant", "document", "dataset", "nodes"):
                    line = f"{word}: {cards.get(int(number), number)}"
                if word not in ("token", "next_page_token"):
                    text.append(line.strip())
            told.append("\n".join(text))

        def tell_error(work):
            told.append(str(self.refused(work)))
        for name in ("alpha", "beta", "shell", "alpha two"):
            tell(reader.call("SearchEntities", e.SearchEntitiesRequest(name=name)))
        for node in ("org/a", "org/b", "org/c", "org/d", "prod/x", "prod/y", "org/voice", "Company"):
            tell(reader.call("GetEntity", e.GetEntityRequest(entity=ref(node))))
            tell(reader.call("SummarizeNeighbors", e.SummarizeNeighborsRequest(entity=ref(node), filter=e.EdgeFilter(taxonomic=True))))
            request = e.ExpandEntityRequest(entity=ref(node), page_size=1)
            while True:
                page = reader.call("ExpandEntity", request)
                tell(page)
                request.page_token = page.next_page_token
                if not page.next_page_token:
                    break
            tell(reader.call("ListTimeline", e.ListTimelineRequest(entities=[ref(node)])))
            listed = reader.call("ListStatements", e.ListStatementsRequest(about=ref(node)))
            told.append("\n".join(f"{st.polarity} {st.quote} {st.fact_count}" for st in listed.statements))
            told.append(str(listed.statement_count))
            for other in ("org/d", "prod/y", "prod/x"):
                request = e.FindPathsRequest(**{"from": ref(node)}, to=[ref(other)], max_hops=4)
                paths, end = reader.paths(request)
                told.append(f"{paths} {end.path_count} {end.truncation}")
        for node in ("org/shell", "org/agency", "org/nobody"):
            tell_error(lambda n=node: reader.call("GetEntity", e.GetEntityRequest(entity=ref(n))))
            tell_error(lambda n=node: reader.call("ExpandEntity", e.ExpandEntityRequest(entity=ref(n))))
            tell_error(lambda n=node: reader.paths(e.FindPathsRequest(**{"from": ref("org/a")}, to=[ref(n)])))
        return told

    def test_two_stores_that_differ_in_what_is_hidden_look_the_same(self):
        other = self.start("other", SCHEMA + SECRET.replace(";", ";\n", 1) + GRAPH.removeprefix(SCHEMA) + SECRET)
        mine, theirs = self.everything(self.server), self.everything(other)
        self.assertGreater(len(mine), 80)
        for first, second in zip(mine, theirs, strict=True):
            self.assertEqual(first, second)
        # And there is something to hide.
        self.assertEqual(other.chief.call("GetEntity", e.GetEntityRequest(entity=ref("org/shell"))).card.caption, "Alpha Shell")
        self.assertEqual(other.chief.paths(e.FindPathsRequest(**{"from": ref("org/a")}, to=[ref("org/d")]))[0][0], ["org/a", "org/d"])

    def test_an_unreadable_statement_is_absent(self):
        server = self.start("more", GRAPH + SECRET)
        listed = server.chief.call("ListStatements", e.ListStatementsRequest(about=ref("org/shell")))
        hidden = [st.statement for st in listed.statements]
        self.assertTrue(hidden)
        seen = server.reader.call("BatchGetStatements", s.BatchGetStatementsRequest(statements=[1, *hidden, 4_000_000]))
        self.assertEqual([st.statement for st in seen.statements], [1])


class UnreadPaths(Case):
    # Long ids, so that the paths do not fit into what the connection takes unread.
    script = SCHEMA + "".join(f"ASSERT (#org/hub)-[:owns]->(#org/{'n' * 900}{i:03})-[:owns]->(#org/end) ACCORDING TO #org/voice;" for i in range(600))

    def test_a_search_whose_paths_nobody_reads_is_listed_and_can_be_ended(self):
        reader = self.server.reader
        queries = q_grpc.QueryServiceStub(reader.channel)
        request = e.FindPathsRequest(**{"from": ref("org/hub")}, to=[ref("org/end")], max_paths=600)
        self.assertEqual(reader.paths(request)[1].path_count, 600)
        found = reader.explore.FindPaths(request, **reader.options)
        self.assertEqual(next(found).WhichOneof("part"), "path")
        deadline, listed = time.monotonic() + TIMEOUT_S, []
        while time.monotonic() < deadline and [query.state for query in listed] != [q.QUERY_STATE_STREAMING]:
            listed = queries.ListRunningQueries(q.ListRunningQueriesRequest(), **reader.options).queries
        self.assertEqual([(query.user, query.query_text, query.fingerprint) for query in listed], [("bob", "FindPaths", "")])
        self.assertTrue(0 < listed[0].rows_sent < 600, listed)
        queries.CancelQuery(q.CancelQueryRequest(query_id=listed[0].query_id), **reader.options)
        with self.assertRaises(grpc.RpcError) as caught:
            list(found)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.CANCELLED)
        while queries.ListRunningQueries(q.ListRunningQueriesRequest(), **reader.options).queries:
            self.assertLess(time.monotonic(), deadline)


class Bounds(Case):
    script = SCHEMA + "".join(f"ASSERT (#org/hub)-[:owns]->(#org/n{i:05}) ACCORDING TO #org/voice;" for i in range(3000))

    def test_a_client_that_leaves_a_deadline_and_a_hub(self):
        reader = self.server.reader
        summary = reader.call("SummarizeNeighbors", e.SummarizeNeighborsRequest(entity=ref("org/hub")))
        self.assertEqual([(g.edge_count, g.at_least) for g in summary.groups], [(3000, False)])
        edges, _, pages = reader.all_pages("ExpandEntity", e.ExpandEntityRequest(entity=ref("org/hub"), page_size=5000), "edges")
        self.assertEqual((len(edges), pages), (3000, 3))
        with self.assertRaises(grpc.RpcError) as caught:
            reader.explore.ExpandEntity(e.ExpandEntityRequest(entity=ref("org/hub")), timeout=0.0001, metadata=reader.options["metadata"])
        self.assertEqual(caught.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        calls = [reader.explore.ExpandEntity.future(e.ExpandEntityRequest(entity=ref("org/hub")), **reader.options) for _ in range(20)]
        for call in calls:
            call.cancel()
        self.assertEqual(reader.call("ExpandEntity", e.ExpandEntityRequest(entity=ref("org/hub"), page_size=1)).edge_count, 3000)

    def test_many_at_once_get_the_same(self):
        answers, lock = set(), threading.Lock()

        def ask():
            page = self.server.reader.call("ExpandEntity", e.ExpandEntityRequest(entity=ref("org/hub"), page_size=10))
            with lock:
                answers.add(page.SerializeToString(deterministic=True))
        threads = [threading.Thread(target=ask) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(answers), 1)


if __name__ == "__main__":
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, STUBS, ignore_errors=True)
        unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
