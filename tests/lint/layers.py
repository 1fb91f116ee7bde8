"""Checks that #include lines keep to the layers of docs/architecture.md, and that each top-level folder
has a README that says what is in it.

A module is a folder (storage/index, query/parser, server/service). MAY_INCLUDE says which modules it may
include; ONLY_IN says which outside headers belong to which modules alone.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

STORAGE_DATA = {"storage/base", "storage/model", "storage/kv"}
MAY_INCLUDE = {
    "proto": set(),
    "storage/base": set(),
    "storage/model": {"storage/base"},
    "storage/text": {"storage/base"},
    "storage/kv": {"storage/base"},
    "storage/catalog": {"storage/base", "storage/model"},
    "storage/dictionary": STORAGE_DATA | {"storage/text"},
    "storage/statements": STORAGE_DATA,
    "storage/index": STORAGE_DATA | {"storage/statements"},
    "storage/txn": STORAGE_DATA
    | {"storage/text", "storage/catalog", "storage/dictionary", "storage/statements", "storage/index"},
    "storage/load": STORAGE_DATA
    | {"storage/text", "storage/catalog", "storage/dictionary", "storage/statements", "storage/index", "storage/txn",
       "storage/maintenance"},
    "storage/maintenance": STORAGE_DATA
    | {"storage/text", "storage/catalog", "storage/dictionary", "storage/statements", "storage/index", "storage/txn"},
    "storage": STORAGE_DATA
    | {"storage/maintenance", "storage/load"}
    | {"storage/catalog", "storage/dictionary", "storage/statements", "storage/index", "storage/txn"},
    "query/diagnostics": {"storage/base"},
    "query/ast": {"query/diagnostics", "storage/base", "storage/model"},
    "query/parser": {"query/ast", "query/diagnostics", "storage/base", "storage/model", "storage/text"},
    "query/functions": {"query/ast", "query/diagnostics", "storage/*"},
    "query/binder": {"query/ast", "query/diagnostics", "query/functions", "query/plan", "query/evidence", "storage/*"},
    "query/plan": {"query/ast", "query/diagnostics", "query/functions", "storage/*"},
    "query/optimizer": {"query/binder", "query/plan", "query/functions", "query/diagnostics", "query/ast", "storage/*"},
    "query/evidence": {"query/plan", "query/functions", "query/diagnostics", "query/ast", "storage/*"},
    "query/exec": {"query/binder", "query/plan", "query/functions", "query/evidence", "query/diagnostics", "query/ast", "storage/*"},
    "query/completion": {"query", "query/binder", "query/plan", "query/functions", "query/parser", "query/diagnostics", "storage/*"},
    "query": {"query/*", "storage/*"},
    "server/observability": {"storage/base"},
    "query/explore": {"query", "query/binder", "query/diagnostics", "query/exec", "query/functions", "storage/*"},
    "server/auth": {"proto", "storage", "storage/base", "storage/model"},
    "server/admission": {"storage/base"},
    "server/acceptor": {"storage/base"},
    "server/audit": {"server/observability", "storage/base"},
    "server/operations": {"storage", "storage/base", "storage/maintenance"},
    "server/ingest": {"storage", "storage/base", "storage/model", "storage/catalog", "storage/txn", "storage/load",
                      "storage/maintenance"},
    "server/admin": {"server/audit", "server/ingest", "storage", "storage/base", "storage/model", "storage/load", "storage/maintenance"},
    "server/service": {"proto", "query", "query/completion", "query/explore", "query/functions", "query/diagnostics", "query/parser", "server/auth",
                       "server/acceptor", "server/audit", "server/admission", "server/ingest", "server/observability",
                       "server/operations", "storage", "storage/base", "storage/model", "storage/catalog", "storage/txn", "storage/load", "storage/maintenance"},
    "server/daemon": {"proto", "query", "query/parser", "server/service", "server/acceptor", "server/audit", "server/auth",
                      "server/admission", "server/observability", "server/operations",
                      "storage", "storage/base", "storage/model", "storage/text"},
    "clients/cpp": {"proto"},
    "clients/cli": {"proto", "clients/cpp"},
    "examples/client": {"proto", "clients/cpp"},
}

# Outside header (regular expression) -> the modules that may include it.
ONLY_IN = {
    r"rocksdb/": ("storage/kv", "tests"),
    r"antlr4|SLQL": ("query/parser", "tests"),
    r"grpc|google/protobuf": ("server/", "clients/", "tests"),
    r"unicode/": ("storage/text", "storage/base", "tests"),
    r"xxh": ("query/parser", "server/service", "storage/dictionary", "storage/index", "storage/load", "storage/maintenance", "storage/statements", "tests"),
    r"nlohmann/": ("query/diagnostics", "server/audit", "server/observability", "clients/", "tests"),
    r"prometheus/": ("server/observability", "tests"),
    r"toml\+\+/": ("server/daemon", "tests"),
    r"simdjson|zlib|zstd": ("server/ingest", "tests"),
    r"openssl/ssl": ("server/acceptor", "tests"),
    r"CLI/": ("server/daemon", "server/admin", "clients/cli", "tests"),
    r"re2/": ("query/functions", "tests"),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
OURS = ("storage/", "query/", "server/", "clients/", "tests/")


def module_of(path: str) -> str:
    if path.startswith(("sightline/v1/", "google/rpc/")):
        return "proto"
    parts = path.split("/")
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]


def allowed(module: str, target: str) -> bool:
    if target == module:
        return True
    layer = target.split("/")[0]
    return target in MAY_INCLUDE[module] or layer + "/*" in MAY_INCLUDE[module]


def main() -> int:
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "*.h", "*.cc"],
        check=True, capture_output=True, text=True)
    problems = []
    files = [name for name in listed.stdout.split() if (ROOT / name).exists()]
    for name in files:
        module = module_of(name)
        text = (ROOT / name).read_text(encoding="utf-8")
        for _, target in INCLUDE.findall(text):
            for pattern, modules in ONLY_IN.items():
                if re.match(pattern, target) and not name.startswith(modules):
                    problems.append(f"{name}: includes <{target}>, which only {', '.join(modules)} may")
            if name.startswith("tests/") or not (target.startswith(OURS) or module_of(target) == "proto"):
                continue
            if module not in MAY_INCLUDE:
                problems.append(f"{name}: module {module} has no entry in tests/lint/layers.py")
                break
            if not allowed(module, module_of(target)):
                problems.append(f'{name}: {module} may not include "{target}" ({module_of(target)})')
    folders = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True).stdout.splitlines()
    for folder in sorted({name.split("/")[0] for name in folders if "/" in name}):
        if not folder.startswith(".") and (ROOT / folder).is_dir() and not (ROOT / folder / "README.md").exists():
            problems.append(f"{folder}: no README.md")
    for problem in problems:
        print(problem)
    print(f"{len(files)} files, {len(problems)} problems")
    return 1 if problems or not files else 0


if __name__ == "__main__":
    sys.exit(main())
