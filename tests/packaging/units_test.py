"""The systemd units: what systemd itself says of them.

Usage: units_test.py BIN_DIR
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(sys.argv.pop(1)).resolve()
TIMEOUT_S = 50
EXPOSURE_MAX = 2.0  # Of 10, as `systemd-analyze security` counts.


class Units(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sl-units-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.units = []
        for unit in sorted((ROOT / "packaging").glob("sightline*.[st]*")):
            if unit.suffix not in (".service", ".timer"):
                continue
            # Where the programs are not installed, systemd would say so.
            text = re.sub(r"(?m)^ExecStart=(\S+)", rf"ExecStart={BIN}/\1", unit.read_text(encoding="utf-8"))
            (self.folder / unit.name).write_text(text, encoding="utf-8")
            self.units.append(self.folder / unit.name)
        self.assertEqual(len(self.units), 3)

    def test_systemd_takes_them(self):
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *map(str, self.units)],
                              capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        # Of the machine's own units it may say what it likes.
        ours = [line for line in done.stderr.splitlines() if "sightline" in line]
        self.assertEqual(ours, [])

    def test_they_expose_little(self):
        for unit in self.units:
            if unit.suffix != ".service":
                continue
            done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", str(unit)],
                                  capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
            level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
            self.assertIsNotNone(level, done.stdout + done.stderr)
            self.assertLessEqual(float(level.group(1)), EXPOSURE_MAX, done.stdout)


if __name__ == "__main__":
    if not shutil.which("systemd-analyze"):
        print("skipped: systemd-analyze is not installed")
        sys.exit(77)
    unittest.main(verbosity=1)
