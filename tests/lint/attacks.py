"""Checks docs/attacks.md: each item of its lists has a line, and each test that a line names is there."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/attacks.md"
ITEMS = {"A": 10, "H": 3, "L": 12, "N": 10, "Q": 10}


def is_there(test: str) -> bool:
    """`file::name`: a method of a Python file, or `Suite.Name` of a C++ one."""
    file, name = test.split("::")
    if not (ROOT / file).is_file():
        return False
    text = (ROOT / file).read_text(encoding="utf-8")
    if file.endswith(".py"):
        return re.search(rf"^    def {re.escape(name)}\(self", text, re.MULTILINE) is not None
    suite, case = name.split(".")
    return re.search(rf"^(TEST|TEST_F|TEST_P|RC_GTEST_PROP)\({suite},\s*{case}\b", text, re.MULTILINE) is not None


def main() -> int:
    problems = []
    rows = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        found = re.match(r"\| ([A-Z]\d+) \| (.+) \| (.+) \|$", line)
        if found:
            rows[found[1]] = found[3]
    for letter, count in ITEMS.items():
        for number in range(1, count + 1):
            if f"{letter}{number}" not in rows:
                problems.append(f"{letter}{number} has no line")
    tests = re.findall(r"`([\w/.]+::[\w.]+)`", PAGE.read_text(encoding="utf-8"))
    problems += [f"there is no test {test}" for test in tests if not is_there(test)]
    for item, proof in rows.items():
        if "::" not in proof and not proof.startswith(("None: ", "`make test-")):
            problems.append(f"{item} names no test, and does not say why there is none")
    for problem in problems:
        print(f"docs/attacks.md: {problem}")
    print(f"{len(rows)} items, {len(tests)} tests named")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
