"""Checks that headers are self-contained.

A source file includes its own header first, so compiling it proves the header complete. Headers without a
source file of their name are compiled here, alone. Usage: headers.py COMPILER [FLAG...]
"""

import pathlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIRST_INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def main() -> int:
    compiler, flags = sys.argv[1], sys.argv[2:]
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "*.h", "*.cc"],
        check=True, capture_output=True, text=True)
    names = {name for name in listed.stdout.split() if (ROOT / name).exists()}
    problems, alone = [], []
    for name in sorted(names):
        text = (ROOT / name).read_text(encoding="utf-8")
        if name.endswith(".cc"):
            header = name[:-3] + ".h"
            if header in names:
                first = FIRST_INCLUDE.search(text)
                if not first or first.group(1) != header:
                    problems.append(f"{name}: its first include must be \"{header}\"")
            continue
        if "#pragma once" not in text:
            problems.append(f"{name}: no #pragma once")
        if name[:-2] + ".cc" not in names:
            alone.append(name)

    def compile_alone(name: str) -> str:
        command = [compiler, "-std=c++20", "-fsyntax-only", f"-I{ROOT}", *flags, "-x", "c++", "-"]
        run = subprocess.run(command, input=f'#include "{name}"\n', capture_output=True, text=True)
        return "" if run.returncode == 0 else f"{name}: is not self-contained\n{run.stderr[:2000]}"

    with ThreadPoolExecutor(2) as pool:
        problems += [problem for problem in pool.map(compile_alone, alone) if problem]
    for problem in problems:
        print(problem)
    print(f"{len(names)} files, {len(alone)} headers compiled alone, {len(problems)} problems")
    return 1 if problems or not names else 0


if __name__ == "__main__":
    sys.exit(main())
