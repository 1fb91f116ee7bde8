"""Checks the article's example files against the reading they were written from, claim by claim.

Every claim, analyst statement and corroborating statement of the shared data must be in the store with the same subject, predicate, object,
polarity, claimant, mode, span and quote, and the store must hold no other numbered claim. Skips where the shared data is absent.

Usage: article_test.py BIN_DIR
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("SIGHTLINE_SHARED_DATA", ROOT / ".." / "shared" / "data")) / "article"
FILES = ["schema", "entities", "claims", "analyst", "analyst-bridge", "corroboration-ap", "corroboration-eu", "denials-officials", "us-dod"]
SKIPPED = 77

# Every predicate, those that order kinds included, which % leaves out.
QUERY = """
MATCH (s)-[r:%|broader @st]->(o) INCLUDING DENIED
WHERE st.claimId IS KNOWN
RETURN s, r, st.claimId AS claim, st.polarity AS polarity, st.claimant AS claimant, st.mode AS mode, st.span AS span, st.quote AS quote,
       st.document AS document
"""


def text_of(value) -> str:
    """A value in one form, whichever side it comes from."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, dict):
        return str(value)
    if "id" in value:
        return value["id"]
    sign = value.get("comparator", value.get("cmp", ""))
    figure = value.get("percent", value.get("amount", value.get("value")))
    unit = value.get("currency", "%")
    return f"{'' if sign == '=' else sign} {float(figure):g} {unit}".strip()


def expected() -> dict:
    claims = {}
    for name in ("claims", "analyst", "corroboration"):
        for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            claim = json.loads(line)
            if "claim" not in claim:
                continue
            claims[claim["claim"]] = {
                "predicate": {"sharePct": "share"}.get(claim["p"], claim["p"]),
                "polarity": claim["polarity"],
                "claimant": claim["claimant"].split("(")[0].replace("analyst:", "analyst/"),
                "subject": claim["s"],
                "object": text_of(claim["o"]),
                "mode": claim.get("mode") if name != "corroboration" else None,
                "span": [claim["bstart"], claim["bend"]] if "bstart" in claim else None,
                "quote": claim["quote"].rstrip("…") if "quote" in claim else None,
            }
    return claims


def problems_of(claim: str, want: dict, got: list[dict]) -> list[str]:
    if not got:
        return [f"{claim}: not in the store"]
    problems = []
    facts = [(row["s"]["id"], row["r"]["predicate"], text_of(row["r"]["object"])) for row in got]
    wanted = (want["subject"], want["predicate"], want["object"])
    # A claim about a claim: the store numbers statements in its own way.
    if not want["subject"].startswith("claim:") and wanted not in facts:
        problems.append(f"{claim}: {facts} instead of {wanted}")
    row = got[0]
    for key in ("polarity", "mode", "span"):
        if want[key] is not None and row[key] != want[key]:
            problems.append(f"{claim}: {key} is {row[key]} instead of {want[key]}")
    if row["claimant"]["id"] != want["claimant"]:
        problems.append(f"{claim}: claimant is {row['claimant']['id']} instead of {want['claimant']}")
    if want["quote"] is not None:
        if not (row["quote"] or "").startswith(want["quote"]):
            problems.append(f"{claim}: quote is {row['quote']!r} instead of {want['quote']!r}")
        elif want["span"] is not None and len(row["quote"].encode()) != want["span"][1] - want["span"][0]:
            problems.append(f"{claim}: the span is not as long as the quote")
    return problems


def main() -> int:
    if not DATA.is_dir():
        print(f"skipped: there is no {DATA}")
        return SKIPPED
    sightline = pathlib.Path(sys.argv[1]).resolve() / "sightline"
    with tempfile.TemporaryDirectory(prefix="sl-article-") as folder:
        command = [sightline, "--db", f"{folder}/store", "--quiet"]
        subprocess.run([*command, "load", *(f"examples/article/{name}.slql" for name in FILES)], cwd=ROOT, check=True)
        output = subprocess.run([*command, "query", "--format", "jsonl", QUERY], check=True, capture_output=True, text=True).stdout
    stored: dict = {}
    for line in output.splitlines():
        row = json.loads(line)
        stored.setdefault(row["claim"], []).append(row)
    claims = expected()
    problems = [problem for claim, want in claims.items() for problem in problems_of(claim, want, stored.get(claim, []))]
    problems += [f"{claim}: in the store, but nobody claims it" for claim in stored.keys() - claims.keys()]
    for problem in problems:
        print(problem)
    print(f"{len(claims)} claims, {len(problems)} problems")
    return 1 if problems or len(claims) < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
