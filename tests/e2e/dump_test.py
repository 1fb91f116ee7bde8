"""The article, dumped and imported again: the same dump, and the same answers to its questions, at every scope.

Usage: dump_test.py BIN_DIR
"""

import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = ["schema", "entities", "claims", "analyst", "analyst-bridge", "corroboration-ap", "corroboration-eu", "denials-officials", "us-dod"]
TIMEOUT_S = 300

QUERIES = [
    'MATCH (s)-[:supplies]->("optics")-[*..3]->("armored vehicles") RETURN s',
    "MATCH (s)-[r:%|broader @st]->(o) INCLUDING DENIED RETURN s, r, o, st, st.claimant AS c, st.mode AS m, st.quote AS q, st.document AS d",
    "MATCH (s)-[r]->(o) ONLY DISPUTED RETURN s, r, o",
    "MATCH (s)-[:supplies]->(o) AS KNOWN AT 2000-01-01 RETURN count(*) AS n",
    "MATCH (s)-[:supplies]->(o) RELIABILITY B OR BETTER RETURN s, o",
    'WHY ("Hikvision")-[:supplies]->(o) RETURN o',
    "SHOW PREFIXES",
    "MATCH (x:`foaf:Person`)-[:`foaf:knows`]->(y) RETURN x, y",
]


def run(bin_dir, program, *words):
    outcome = subprocess.run([bin_dir / program, *words], cwd=ROOT, capture_output=True, timeout=TIMEOUT_S, check=False)
    # A query that the language refuses is as good a question as another: both stores must refuse it alike.
    return outcome.returncode, outcome.stdout, outcome.stderr


def main() -> int:
    bin_dir = pathlib.Path(sys.argv[1]).resolve()
    problems, answered = [], 0
    with tempfile.TemporaryDirectory(prefix="sl-dump-") as folder:
        store, again = f"{folder}/store", f"{folder}/again"
        # Its prefix comes with a bulk load, and is another's number after a drop.
        pathlib.Path(f"{folder}/people.ttl").write_text(
            "@prefix foaf: <http://xmlns.com/foaf/0.1/> .\n@prefix e: <http://e/> .\ne:ann a foaf:Person ; foaf:knows e:bob .\n", encoding="utf-8")
        for words in (
                ["sightline", "--db", store, "load", *(f"examples/article/{name}.slql" for name in FILES)],
                ["sightline", "--db", store, "query", 'DEFINE PREFIX gone AS "http://gone/"; DROP PREFIX gone'],
                ["sightline-admin", "import", "--db", store, "--quiet", f"{folder}/people.ttl"],
                ["sightline-admin", "dump", "--db", store, "--out", f"{folder}/dump.zst"],
                ["sightline-admin", "import", "--db", again, "--quiet", f"{folder}/dump.zst"],
                ["sightline-admin", "verify", "--db", again, "--quiet"]):
            code, out, err = run(bin_dir, *words)
            if code != 0:
                print(" ".join(words), out.decode(), err.decode(), sep="\n")
                return 1
        dumps = [run(bin_dir, "sightline-admin", "dump", "--db", place)[1] for place in (store, again)]
        if dumps[0] != dumps[1] or dumps[0].count(b"\n") < 100:
            problems.append("the dumps are not the same")
        for query in QUERIES:
            answers = [run(bin_dir, "sightline", "--db", place, "--format", "jsonl", "query", query) for place in (store, again)]
            answered += answers[0][0] == 0 and bool(answers[0][1])
            # Rows without an order come in that of internal numbers.
            if answers[0][0] != answers[1][0] or sorted(answers[0][1].splitlines()) != sorted(answers[1][1].splitlines()):
                problems.append(f"{query}\n{answers[0]}\n{answers[1]}")
    if answered < 3:
        problems.append(f"only {answered} queries had an answer")
    print(f"{len(QUERIES)} queries, {len(problems)} problems", *problems, sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
