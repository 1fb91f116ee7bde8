"""Many clients write and read at once, and what each of them was told is held against what one client after the other would have seen.

The list H of docs/attacks.md. Usage: history_test.py BIN_DIR. SIGHTLINE_HISTORY_S: how long, 20 unless said otherwise.
"""

import contextlib
import os
import random
import threading
import time
import uuid

import grpc

import harness
from harness import Client, statements, text, types_pb2

SECONDS = float(os.environ.get("SIGHTLINE_HISTORY_S", "20"))
ACCOUNTS, MONEY = 8, 100
SCHEMA = """
DEFINE CLASS Firm;
DEFINE PREDICATE has FROM % TO %;
DEFINE PREDICATE value FROM % TO INTEGER;
DEFINE PREDICATE balance FROM % TO INTEGER;
DEFINE PREDICATE supplies FROM % TO %;
"""


class Histories:
    """Clients on threads of their own. Each notes what it sent and what it saw; `problems` is what cannot be."""

    def __init__(self, server):
        self.server = server
        self.problems = []
        self.counts = {}
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.threads = []

    def start(self, work, *arguments):
        def run():
            try:
                with contextlib.closing(self.server.channel()) as channel:
                    client = Client(channel)
                    while not self.over.is_set():
                        work(client, *arguments)
                        with self.lock:
                            self.counts[work.__name__] = self.counts.get(work.__name__, 0) + 1
            except Exception as error:  # pylint: disable=broad-except
                self.problems.append(f"{work.__name__}: {error!r}")
        thread = threading.Thread(target=run)
        thread.start()
        self.threads.append(thread)

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def expect(self, holds, what):
        if not holds:
            self.problems.append(what)


class SetHistory:
    """Elements are added, each with two facts in one statement. A read that begins after an acknowledgement has the element."""

    def __init__(self, histories):
        self.histories, self.lock = histories, threading.Lock()
        self.sent, self.acknowledged, self.revision = set(), set(), None

    def add(self, client, writer):
        element = f"x/{writer}-{len(self.sent)}-{random.getrandbits(40):x}"
        with self.lock:
            self.sent.add(element)
        done = client.query(f"ASSERT (#set)-[:has]->(#{element})-[:has]->(#mirror) ACCORDING TO #src")
        with self.lock:
            self.acknowledged.add(element)
            self.revision = done.trailer.committed_at

    def read(self, client, fresh):
        with self.lock:
            before = set(self.acknowledged)
            consistency = types_pb2.Consistency(at_least_as_fresh=self.revision) if fresh and self.revision else None
        seen = client.rows("OPTIONAL MATCH (#set)-[:has]->(x) OPTIONAL MATCH (x)-[:has]->(m) RETURN x, m", consistency=consistency)
        elements = {row[0] for row in seen if row[0]}
        with self.lock:
            after = set(self.sent)
        self.histories.expect(before <= elements, f"lost: {before - elements}")
        self.histories.expect(elements <= after, f"never sent: {elements - after}")
        self.histories.expect(all(row[1] == "mirror" for row in seen if row[0]), "half of a statement is seen")


class RegisterHistory:
    """One value at a time: each write takes back the value before, in the same script. At the revision of a write its value is there alone."""

    def __init__(self, histories):
        self.histories, self.next, self.lock = histories, 0, threading.Lock()

    def write(self, client):
        with self.lock:
            self.next += 1
            mine = self.next
        done = client.query(f'MATCH (#reg)-[:value @st]->() RETRACT st BECAUSE "another"; ASSERT (#reg {{value: {mine}}}) ACCORDING TO #src')
        exact = types_pb2.Consistency(exact=done.trailer.committed_at)
        seen = [row[0] for row in client.rows("MATCH (#reg)-[:value]->(v) RETURN v", consistency=exact)]
        self.histories.expect(seen == [mine], f"at the revision of writing {mine} the register holds {seen}")

    def read(self, client):
        seen = client.rows("MATCH (#reg)-[:value]->(v) RETURN v")
        self.histories.expect(len(seen) <= 1, f"the register holds {seen}")


class BankHistory:
    """Money goes from account to account; nobody ever sees more or less of it than there is."""

    def __init__(self, histories):
        self.histories = histories
        self.locks = [threading.Lock() for _ in range(ACCOUNTS)]
        self.balances = [MONEY] * ACCOUNTS

    @staticmethod
    def script(accounts):
        return "".join(f'MATCH (#acc/{i})-[:balance @st]->() RETRACT st BECAUSE "paid"; ' for i, _ in accounts) + "".join(
            f'ASSERT (#acc/{i} {{balance: {amount}}}) ACCORDING TO #src {{quote: "{uuid.uuid4()}"}}; ' for i, amount in accounts)

    def transfer(self, client):
        first, second = sorted(random.sample(range(ACCOUNTS), 2))
        with self.locks[first], self.locks[second]:
            amount = random.randint(-20, 20)
            changed = [(first, self.balances[first] - amount), (second, self.balances[second] + amount)]
            client.query(self.script(changed))
            for account, balance in changed:
                self.balances[account] = balance

    def audit(self, client):
        rows = client.rows("MATCH (a)-[:balance]->(b) RETURN a, b")
        self.histories.expect(len(rows) == ACCOUNTS, f"{len(rows)} balances of {ACCOUNTS} accounts")
        total = sum(row[1] for row in rows)
        self.histories.expect(total == ACCOUNTS * MONEY, f"there are {total} of {ACCOUNTS * MONEY}")


class ForkHistory:
    """Two counters, each with a writer of its own. All readers see them grow in one order."""

    def __init__(self, histories):
        self.histories, self.seen = histories, []
        self.next = {"fork/x": 0, "fork/y": 0}

    def write(self, client, key):
        self.next[key] += 1
        client.query(f'MATCH (#{key})-[:value @st]->() RETRACT st BECAUSE "next"; ASSERT (#{key} {{value: {self.next[key]}}}) ACCORDING TO #src')

    def read(self, client):
        rows = dict((row[0], row[1]) for row in client.rows(
            "MATCH (k)-[:value]->(v) WHERE k = #fork/x OR k = #fork/y RETURN k, v"))
        self.seen.append((rows.get("fork/x", 0), rows.get("fork/y", 0)))

    def check(self):
        ordered = sorted(set(self.seen))
        for (x1, y1), (x2, y2) in zip(ordered, ordered[1:]):
            self.histories.expect(y1 <= y2, f"one reader saw {(x1, y1)}, another {(x2, y2)}: neither came first")


class OwnWritesHistory:
    """With the revision of one's write, every connection shows it."""

    def __init__(self, histories):
        self.histories = histories

    def write_and_read(self, client):
        key = f"own/{uuid.uuid4()}"
        done = client.query(f"ASSERT (#{key} {{value: 1}}) ACCORDING TO #src")
        with contextlib.closing(self.histories.server.channel()) as channel:
            seen = Client(channel).rows(f"MATCH (#{key})-[:value]->(v) RETURN v", consistency=types_pb2.Consistency(at_least_as_fresh=done.trailer.committed_at))
        self.histories.expect(len(seen) == 1, f"the write of {key} is not seen")


class UpsertHistory:
    """Writers who all want the same entity to be there make one."""

    def __init__(self, histories):
        self.histories, self.round, self.used = histories, 0, set()

    def upsert(self, client):
        key = f"firm/{int(time.monotonic() * 4)}"
        self.used.add(key)
        client.query(f'ASSERT (#{key} :Firm {{name: "Firm {key}"}}) ACCORDING TO #src/{random.randrange(1000)}')

    def check(self, client):
        for key in self.used:
            rows = client.rows("MATCH (a:Firm NAMED $name) RETURN a", {"name": text(f"Firm {key}")})
            self.histories.expect(rows == [(key,)], f"{key}: {rows}")


class MergeHistory:
    """Two ids are judged to be one entity, and two again. A reader sees either, and nothing between."""

    def __init__(self, histories):
        self.histories = histories

    def merge_and_split(self, client):
        client.query(f'ASSERT (#m/a)-[:sameAs]->(#m/b) ACCORDING TO #judge {{quote: "{uuid.uuid4()}"}}')
        client.query('MATCH (#m/a)-[:sameAs @st]->(#m/b) RETRACT st BECAUSE "no"')

    def read(self, client):
        rows = sorted(client.rows("MATCH (x)-[:supplies]->(p) RETURN x, count(*) AS n"))
        self.histories.expect(rows in ([("m/a", 1), ("m/b", 1)], [("m/a", 2)]), f"between one and two: {rows}")


class HistoryTest(harness.Case):
    def test_h1_h2_histories(self):
        with self.world(script=SCHEMA + BankHistory.script(list(enumerate([MONEY] * ACCOUNTS))) +
                        "ASSERT (#m/a)-[:supplies]->(#p/1) ACCORDING TO #src; ASSERT (#m/b)-[:supplies]->(#p/2) ACCORDING TO #src;") as (server, client):
            histories = Histories(server)
            elements, register, bank = SetHistory(histories), RegisterHistory(histories), BankHistory(histories)
            fork, own, upserts, merges = ForkHistory(histories), OwnWritesHistory(histories), UpsertHistory(histories), MergeHistory(histories)
            for writer in range(3):
                histories.start(elements.add, writer)
            histories.start(elements.read, False)
            histories.start(elements.read, True)
            for work in (register.write, register.write, register.read, bank.transfer, bank.transfer, bank.audit, own.write_and_read, merges.merge_and_split,
                         merges.read, fork.read, fork.read):
                histories.start(work)
            histories.start(fork.write, "fork/x")
            histories.start(fork.write, "fork/y")
            for _ in range(8):
                histories.start(upserts.upsert)
            time.sleep(SECONDS)
            histories.end()
            fork.check()
            upserts.check(client)
            self.assertEqual(histories.problems[:5], [])
            # Nothing was found because nothing was tried: no.
            self.assertGreater(sum(histories.counts.values()), 100, histories.counts)
            final = {row[0] for row in client.rows("MATCH (#set)-[:has]->(x) RETURN x")}
            self.assertEqual(final, elements.acknowledged)
            told = elements.acknowledged
        # All of it is there after a new start, and the indexes agree with one another.
        with self.server("--without-users") as server, contextlib.closing(server.channel()) as channel:
            again = Client(channel)
            self.assertEqual({row[0] for row in again.rows("MATCH (#set)-[:has]->(x) RETURN x")}, told)
            self.assertEqual({row[0] for row in again.rows("MATCH (x)-[:has]->(#mirror) RETURN x")}, told)
            self.assertEqual(sum(row[1] for row in again.rows("MATCH (a)-[:balance]->(b) RETURN a, b")), ACCOUNTS * MONEY)

    def test_h1_a_request_that_is_sent_a_thousand_times(self):
        with self.world(script=SCHEMA) as (server, client):
            draft = statements.StatementDraft(claimant="src")
            draft.facts.add(subject="a", predicate="has", object=types_pb2.Value(node_id="b"))
            request = statements.WriteStatementsRequest(request_id=str(uuid.uuid4()), mutations=[statements.Mutation(add=draft)])
            replies, lock = [], threading.Lock()

            def work():
                with contextlib.closing(server.channel()) as channel:
                    mine = Client(channel)
                    for _ in range(32):
                        try:
                            reply = mine.writes.WriteStatements(request, timeout=harness.PATIENCE_S)
                        except grpc.RpcError as error:
                            # There is a bound to those who wait; nothing was done then.
                            if error.code() != grpc.StatusCode.RESOURCE_EXHAUSTED:
                                raise
                            continue
                        with lock:
                            replies.append(reply)
            threads = [threading.Thread(target=work) for _ in range(32)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertGreater(len(replies), 500)
            self.assertEqual(sum(not reply.replayed for reply in replies), 1)
            self.assertEqual(len({(reply.revision.token, reply.results[0].statement) for reply in replies}), 1)
            self.assertEqual(client.rows("MATCH (a)-[:has @st]->(b) RETURN st.source AS s, count(*) AS n")[0][1], 1)
            # The same id for something else is a mistake, and is said to be one.
            request.mutations[0].add.claimant = "another"
            self.assertEqual(harness.status_of(lambda: client.writes.WriteStatements(request, timeout=harness.PATIENCE_S)), "ALREADY_EXISTS")


if __name__ == "__main__":
    harness.main()
