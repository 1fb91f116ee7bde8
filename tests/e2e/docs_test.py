"""Runs the commands that the documentation shows, so that they stay true.

A ```sh block of README.md, docs/*.md, docs/language/*.md or docs/operations/*.md runs when the line before it is `<!-- run -->`, in a folder of its own with the programs on the
PATH and the repository at ./examples. Each block must exit with 0; a text in `<!-- run: prints TEXT -->` must be among what it prints.

On a page with `<!-- run slql -->` every query of every ```slql block (they stand apart by blank lines) runs against the article's seed.

Usage: docs_test.py BIN_DIR
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^<!-- run(?:: prints (?P<text>.+?))? -->\n```sh\n(?P<script>.*?)^```", re.MULTILINE | re.DOTALL)
SLQL = re.compile(r"^```slql\n(?P<script>.*?)^```", re.MULTILINE | re.DOTALL)
SEED = [f"examples/article/{name}.slql" for name in ("schema", "entities", "claims", "analyst")]
TIMEOUT_S = 300


def run_slql(sightline: pathlib.Path, page: pathlib.Path, content: str, problems: list[str]) -> int:
    """Runs the page's queries in order; gives their number."""
    count = 0
    with tempfile.TemporaryDirectory(prefix="sl-docs-") as folder:
        command = [sightline, "--db", f"{folder}/article"]
        subprocess.run([*command, "load", *SEED], cwd=ROOT, check=True, capture_output=True, timeout=TIMEOUT_S)
        for block in SLQL.finditer(content):
            for query in re.split(r"\n{2,}", block["script"]):
                count += 1
                run = subprocess.run([*command, "query", "-"], input=query, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
                if run.returncode != 0:
                    line = content.count("\n", 0, block.start()) + 1
                    problems.append(f"{page.relative_to(ROOT)}:{line}: exit {run.returncode}\n{query}\n{run.stderr}")
    return count


def main() -> int:
    bin_dir = pathlib.Path(sys.argv[1]).resolve()
    problems, count = [], 0
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs" / "language").glob("*.md")),
                 *sorted((ROOT / "docs" / "operations").glob("*.md"))]:
        content = page.read_text(encoding="utf-8")
        blocks = list(BLOCK.finditer(content))
        if "<!-- run slql -->" in content:
            count += run_slql(bin_dir / "sightline", page, content, problems)
        if content.count("<!-- run") - content.count("<!-- run slql -->") != len(blocks):
            problems.append(f"{page.relative_to(ROOT)}: a <!-- run --> without a ```sh block right after it")
        if not blocks:
            continue
        # The blocks of a page build on each other.
        with tempfile.TemporaryDirectory(prefix="sl-docs-") as folder:
            (pathlib.Path(folder) / "examples").symlink_to(ROOT / "examples")
            for block in blocks:
                count += 1
                line = content.count("\n", 0, block.start()) + 1
                run = subprocess.run(
                    ["bash", "-euo", "pipefail", "-c", block["script"]], cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S,
                    env={**os.environ, "PATH": f"{bin_dir}:{os.environ['PATH']}"}, check=False)
                if run.returncode != 0:
                    problems.append(f"{page.relative_to(ROOT)}:{line}: exit {run.returncode}\n{run.stdout}{run.stderr}")
                elif block["text"] and block["text"] not in run.stdout:
                    problems.append(f"{page.relative_to(ROOT)}:{line}: does not print {block['text']!r}\n{run.stdout}{run.stderr}")
    for problem in problems:
        print(problem)
    print(f"{count} blocks run, {len(problems)} problems")
    return 1 if problems or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
