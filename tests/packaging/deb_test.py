"""Makes the Debian package of a build, unpacks it, and runs what is in it. With lintian installed, no error of its is left.

Usage: deb_test.py BUILD_DIR
"""

import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
TIMEOUT_S = 120


def run(*words, **options):
    return subprocess.run(list(map(str, words)), check=True, capture_output=True, text=True, timeout=TIMEOUT_S, **options).stdout


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="sl-deb-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        run("cmake", "--build", BUILD, "--target", "man_pages")
        cls.package = pathlib.Path(run(ROOT / "packaging" / "make-deb", BUILD, cls.folder).splitlines()[-1])
        cls.root = cls.folder / "root"
        run("dpkg-deb", "--extract", cls.package, cls.root)
        run("dpkg-deb", "--control", cls.package, cls.folder / "control")

    def field(self, name):
        return run("dpkg-deb", "--field", self.package, name).strip()

    def test_the_programs_run(self):
        version = self.field("Version")
        for program in ("sightlined", "sightline"):
            self.assertEqual(run(self.root / "usr/bin" / program, "--version").strip(), f"{program} {version}")
        binaries = self.root / "usr/bin"
        environment = {**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}"}
        store = self.folder / "store"
        files = [ROOT / "examples/article" / f"{name}.slql" for name in ("schema", "entities", "claims", "analyst")]
        run(binaries / "sightline", "--db", store, "load", *files, env=environment)
        answer = run(binaries / "sightline", "--db", store, "query",
                     'MATCH (s)-[:supplies]->("optics")-[*..3]->("armored vehicles") RETURN s', env=environment)
        self.assertIn("Hikvision", answer)
        self.assertIn("statements", run(binaries / "sightline-admin", "info", "--db", store, env=environment))

    def test_what_is_where(self):
        for name in ("etc/sightline/sightlined.toml", "lib/systemd/system/sightlined.service", "lib/systemd/system/sightline-backup.timer",
                     "usr/share/man/man8/sightlined.8.gz", "usr/share/man/man1/sightline.1.gz", "usr/share/man/man8/sightline-admin.8.gz",
                     "usr/share/bash-completion/completions/sightline", "usr/share/doc/sightline/copyright",
                     "usr/share/doc/sightline/docs/operations.md"):
            self.assertTrue((self.root / name).is_file(), name)
        self.assertEqual((self.folder / "control/conffiles").read_text(encoding="ascii"), "/etc/sightline/sightlined.toml\n")
        # Nothing of the machine that built it.
        for path in self.root.rglob("*"):
            self.assertTrue(path.is_dir() or path.is_symlink() or path.stat().st_mode & 0o022 == 0, path)

    def test_it_depends_on_what_it_is_linked_with(self):
        depends = self.field("Depends")
        for library in ("libc6", "librocksdb", "libgrpc++", "libprotobuf", "adduser"):
            self.assertIn(library, depends)

    def test_man_pages_tell_all_options(self):
        with gzip.open(self.root / "usr/share/man/man1/sightline.1.gz", "rt", encoding="utf-8") as file:
            page = file.read().replace("\\-", "-")
        for option in ("--token-file", "--reject-limit", "--lifetime", "read-only"):
            self.assertIn(option, page)
        if shutil.which("man"):
            for page in self.root.glob("usr/share/man/man*/*"):
                warned = subprocess.run(["man", "--warnings", "-l", str(page)], capture_output=True, text=True, timeout=TIMEOUT_S,
                                        env={**os.environ, "MANWIDTH": "120"}, check=True)
                self.assertEqual(warned.stderr, "", page)

    def test_scripts_are_posix_shell(self):
        for name in ("postinst", "prerm", "postrm"):
            run("sh", "-n", self.folder / "control" / name)

    def test_completion_knows_commands_and_options(self):
        script = self.root / "usr/share/bash-completion/completions/sightline"

        def complete(*words):
            line = " ".join(f"'{word}'" for word in words)
            return run("bash", "-c", f". {script}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _sightline sightline; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
                       env={**os.environ, "PATH": f"{self.root}/usr/bin:{os.environ['PATH']}"}).split()
        self.assertIn("query", complete("sightline", "qu"))
        self.assertIn("--token-file", complete("sightline", "--to"))
        self.assertEqual(complete("sightline", "admin", "back"), ["backup", "backups"])
        self.assertIn("--no-wait", complete("sightline", "admin", "backup", "--no"))

    @unittest.skipUnless(shutil.which("lintian"), "lintian is not installed")
    def test_lintian_finds_no_error(self):
        done = subprocess.run(["lintian", "--allow-root", str(self.package)], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        print(done.stdout, file=sys.stderr)
        self.assertEqual(re.findall(r"^E: .*$", done.stdout, re.MULTILINE), [])


if __name__ == "__main__":
    if not shutil.which("dpkg-deb") or not shutil.which("dpkg-shlibdeps"):
        print("skipped: dpkg-deb and dpkg-shlibdeps (dpkg-dev) are not installed")
        sys.exit(77)
    unittest.main(verbosity=1)
