"""The example of the C++ client library, run against a real server, and against one that is not there.

Usage: example_client_test.py BIN_DIR
"""

import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

BIN = pathlib.Path(sys.argv.pop(1)).resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]
ARTICLE = [ROOT / "examples/article" / f"{name}.slql" for name in ("schema", "entities", "claims", "analyst")]
TIMEOUT_S = 120


def example(*words):
    return subprocess.run([BIN / "explore_example", *words], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)


class Example(unittest.TestCase):
    def test_it_explores_the_article(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="sl-example-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        server = subprocess.Popen([BIN / "sightlined", "--data", folder / "store", "--listen", f"unix:{folder}/socket"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait, TIMEOUT_S)
        self.addCleanup(server.send_signal, signal.SIGTERM)
        address = server.stdout.readline().split()[-1]
        subprocess.run([BIN / "sightline", "--server", address, "load", *ARTICLE], check=True, capture_output=True, timeout=TIMEOUT_S)
        done = example(address, "China")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertIn("#terr/cn", lines[0])
        self.assertTrue(any(line.startswith("  -> supplies: ") for line in lines), done.stdout)
        self.assertTrue(any(" -[supplies]-> " in line for line in lines), done.stdout)
        self.assertTrue(any(line.endswith("(disputed)") for line in lines), done.stdout)
        self.assertTrue(any(" denies it: " in line for line in lines) and any(" asserts it: " in line for line in lines), done.stdout)
        done = example(address, "Nobody Of That Name Anywhere")
        self.assertEqual((done.returncode, done.stdout), (0, 'Nothing is called like "Nobody Of That Name Anywhere".\n'))

    def test_it_says_what_is_wrong(self):
        done = example("127.0.0.1:9", "x")
        self.assertEqual(done.returncode, 1)
        self.assertIn("UNAVAILABLE NOT_CONNECTED", done.stderr)
        self.assertEqual(example().returncode, 2)


if __name__ == "__main__":
    unittest.main()
