"""Checks our C++ against .clang-format. `make format` mends what this reports."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main() -> int:
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "*.h", "*.cc"],
        check=True, capture_output=True, text=True)
    files = [name for name in listed.stdout.split() if (ROOT / name).exists()]
    run = subprocess.run(["clang-format-14", "--dry-run", "-Werror", *files], cwd=ROOT, capture_output=True, text=True)
    wrong = sorted({line.split(":")[0] for line in run.stderr.splitlines() if "error:" in line})
    for name in wrong:
        print(f"{name}: is not formatted; run `make format`")
    print(f"{len(files)} files, {len(wrong)} problems")
    return 1 if run.returncode != 0 or not files else 0


if __name__ == "__main__":
    sys.exit(main())
