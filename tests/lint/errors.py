"""Checks that codes and pages of docs/language/errors match.

Each code that stands in a string literal of query/, server/ or clients/ has its page, each page's code is raised
somewhere, and a page is titled with its code and short. A family prefix such as "SL5" is no code.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs/language/errors"
CODE = re.compile(r'"((?:SL|W|N)\d{4})\b')
LINES_MAX = 25


def codes_raised() -> dict[str, str]:
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "query", "server", "clients"],
        check=True, capture_output=True, text=True)
    raised: dict[str, str] = {}
    for name in listed.stdout.split():
        path = ROOT / name
        if path.suffix not in {".cc", ".h", ".py", ".ts"} or "node_modules" in path.parts or not path.exists():
            continue
        # What a comment mentions is not raised.
        text = re.sub(r"(?m)^\s*(//|#).*$", "", path.read_text(encoding="utf-8"))
        for code in CODE.findall(text):
            raised.setdefault(code, name)
    return raised


def main() -> int:
    raised = codes_raised()
    pages = {page.stem: page for page in PAGES.glob("*.md")}
    problems = [f"{name}: raises {code}, which has no page docs/language/errors/{code}.md"
                for code, name in sorted(raised.items()) if code not in pages]
    for code, page in sorted(pages.items()):
        lines = page.read_text(encoding="utf-8").splitlines()
        name = page.relative_to(ROOT)
        if code not in raised:
            problems.append(f"{name}: nothing raises {code}")
        if not lines or not re.match(rf"# {code}\b", lines[0]):
            problems.append(f"{name}: the first line is not '# {code}: what it means'")
        if len(lines) > LINES_MAX:
            problems.append(f"{name}: {len(lines)} lines, at most {LINES_MAX}")
    for problem in problems:
        print(problem)
    print(f"{len(raised)} codes, {len(pages)} pages, {len(problems)} problems")
    return 1 if problems or not raised else 0


if __name__ == "__main__":
    sys.exit(main())
