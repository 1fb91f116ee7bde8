"""Loads the SCMS delivery history with examples/shipments and checks totals against figures that were known before, and against the file.

Skips where the shared data is absent.

Usage: shipments_test.py BIN_DIR
"""

import collections
import csv
import decimal
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("SIGHTLINE_SHARED_DATA", ROOT / ".." / "shared" / "data"))
FILE = DATA / "scms_shipments" / "SCMS_Delivery_History_Dataset.csv"
SKIPPED = 77


def ask(command: list, query: str) -> list[dict]:
    output = subprocess.run([*command, "query", "--format", "jsonl", query], check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in output.splitlines()]


def amount(cell: dict) -> decimal.Decimal:
    assert cell["currency"] == "USD" and "comparator" not in cell, cell
    return decimal.Decimal(str(cell["amount"]))


def main() -> int:
    if not FILE.is_file():
        print(f"skipped: there is no {FILE}")
        return SKIPPED
    bin_dir = pathlib.Path(sys.argv[1]).resolve()
    with open(FILE, encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    by_country: dict = collections.defaultdict(decimal.Decimal)
    by_vendor: dict = collections.defaultdict(decimal.Decimal)
    for line in lines:
        by_country[line["Country"]] += decimal.Decimal(line["Line Item Value"])
        if line["Country"] == "Nigeria":
            by_vendor[line["Vendor"]] += decimal.Decimal(line["Line Item Value"])

    problems = []

    def check(what: str, is_what, should_be) -> None:
        if is_what != should_be:
            problems.append(f"{what}: {is_what} instead of {should_be}")

    with tempfile.TemporaryDirectory(prefix="sl-shipments-") as folder:
        store = f"{folder}/store"
        subprocess.run([ROOT / "examples" / "shipments" / "load", FILE, store, bin_dir], check=True, stdout=subprocess.DEVNULL)
        command = [bin_dir / "sightline", "--db", store, "--quiet"]

        row = ask(command, "MATCH (sh:Shipment) RETURN count(sh) AS lines, sum(sh.invoiceAmount) AS total")[0]
        check("lines", row["lines"], 10324)
        check("total", amount(row["total"]), decimal.Decimal("1627584457.29"))

        rows = ask(command, "MATCH (sh:Shipment)-[:destinationCountry]->(c) "
                            "RETURN caption(c) AS country, sum(sh.invoiceAmount) AS total ORDER BY total DESC")
        check("top country", rows[0]["country"], "Nigeria")
        check("top total", amount(rows[0]["total"]), decimal.Decimal("350272104.87"))
        check("countries", {row["country"]: amount(row["total"]) for row in rows}, dict(by_country))

        rows = ask(command, "MATCH (sh:Shipment)-[:transportMode]->(mode) RETURN mode, count(sh) AS lines")
        check("modes", {row["mode"]: row["lines"] for row in rows}, {"Air": 6113, "Truck": 2830, "Air Charter": 650, "Ocean": 371})

        # The same through the edge, whose variable is the delivery.
        rows = ask(command, 'MATCH (a)-[sh:shipsTo]->(b NAMED "Nigeria") RETURN caption(a) AS vendor, sum(sh.invoiceAmount) AS total')
        check("vendors of Nigeria", {row["vendor"]: amount(row["total"]) for row in rows}, dict(by_vendor))

        # Evidence through the edge: the record of the delivery itself.
        line = min((line for line in lines if line["Country"] == "Belize"), key=lambda line: int(line["ID"]), default=None)
        if line is not None:
            rows = ask(command, 'WHY MATCH (a)-[sh:shipsTo]->(b NAMED "Belize") RETURN sh, a ORDER BY id(sh)')
            said = {statement["document"]["id"] for row in rows for item in row["evidence"] for statement in item["statements"]}
            check("document behind the edge", said, {"doc/scms-delivery-history"})
            check("row of the edge", any(row["sh"]["id"] == f"shipment/scms-{line['ID']}" for row in rows), True)
    for problem in problems:
        print(problem)
    print(f"{len(lines)} lines, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
