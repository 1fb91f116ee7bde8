"""The shell on a terminal: typed at, looked at.

Each test starts `sightline shell` on a pseudo-terminal with a store of its own and reads the screen as a person would.

Usage: shell_test.py BIN_DIR [unittest arguments]
"""

import contextlib
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

from terminal import Terminal

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "build" / "release" / "bin"
SIGHTLINE = BIN / "sightline"
ARTICLE = [ROOT / "examples" / "article" / f"{name}.slql" for name in ("schema", "entities", "claims", "analyst")]
PROMPT = "sightline> "
# Runs for minutes, if it is let.
LONG = "UNWIND range(1, 1000) AS a UNWIND range(1, 1000) AS b UNWIND range(1, 1000) AS c RETURN count(*) AS n;"
SUPPLIERS = 'MATCH (s)-[r:supplies]->("optics") RETURN s ORDER BY s.name'
UP, DOWN, RIGHT, LEFT, BACK_TAB, ESCAPE = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[Z", "\x1b"
CTRL_A, CTRL_C, CTRL_D, CTRL_E, CTRL_R, CTRL_U, CTRL_Y = "\x01", "\x03", "\x04", "\x05", "\x12", "\x15", "\x19"


def environment(folder, **changes):
    result = {name: value for name, value in os.environ.items()
              if not name.startswith("SIGHTLINE") and name not in ("NO_COLOR", "PAGER", "LESS", "VISUAL", "EDITOR")}
    result.update(XDG_STATE_HOME=os.fspath(folder / "state"), TERM="xterm-256color", HOME=os.fspath(folder))
    result.update(changes)
    return result


@contextlib.contextmanager
def server(data):
    """A sightlined on a free port; gives its address."""
    process = subprocess.Popen([BIN / "sightlined", "--data", data, "--listen", "127.0.0.1:0", "--without-users"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        line = process.stdout.readline().decode()
        assert line.startswith("sightlined ready: listening on "), line
        yield line.split()[-1]
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


class Shell(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.store_folder = tempfile.TemporaryDirectory(prefix="sl-shell-")
        cls.store = pathlib.Path(cls.store_folder.name) / "store"
        subprocess.run([SIGHTLINE, "--db", cls.store, "load", *ARTICLE], check=True, capture_output=True, timeout=120)

    @classmethod
    def tearDownClass(cls):
        cls.store_folder.cleanup()

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sl-shell-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.history = self.folder / "state" / "sightline" / "history"

    def shell(self, *words, columns=100, rows=30, **changes):
        return Terminal([SIGHTLINE, "--db", self.store, *words, "shell"], environment(self.folder, **changes), columns, rows)

    def leave(self, terminal):
        terminal.wait_for_last_line(PROMPT)
        terminal.send(CTRL_D)
        self.assertEqual(terminal.wait_for_exit(), 0)

    # ---- typing ---------------------------------------------------------

    def test_a_query_over_several_lines_in_colours(self):
        with self.shell() as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send('MATCH (s)-[r:supplies]->("optics")\r')
            terminal.wait_for_last_line("      ...> ")
            self.assertEqual(terminal.screen.style_of("MATCH"), "34")
            self.assertEqual(terminal.screen.style_of('"optics"'), "32")
            self.assertEqual(terminal.screen.style_of("supplies"), "")
            terminal.send("RETURN s LIMIT 2;\r")
            terminal.wait_for("2 rows (")
            self.assertIn("│ Wuhan Global Sensor Technology", terminal.screen.text())
            self.leave(terminal)
        # Kept whole, for its owner alone.
        self.assertEqual(self.history.read_text(encoding="utf-8"),
                         'MATCH (s)-[r:supplies]->("optics")\\nRETURN s LIMIT 2;\n')
        self.assertEqual(stat.S_IMODE(self.history.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.history.parent.stat().st_mode), 0o700)

    def test_wide_characters_and_marks_keep_their_places(self):
        with self.shell() as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send('RETURN "海康e\u0301" AS n;')
            terminal.wait_for_last_line(PROMPT + 'RETURN "海康e\u0301" AS n;')
            self.assertEqual(terminal.screen.column, 31)
            # Back over `" AS n;` and the letter with its mark, and one wide character more.
            terminal.send(LEFT * 9)
            terminal.settle()
            self.assertEqual(terminal.screen.column, 21)
            terminal.send("威")
            terminal.wait_for_last_line(PROMPT + 'RETURN "海威康e\u0301" AS n;')
            terminal.send(CTRL_E + "\r")
            terminal.wait_for("│ 海威康e\u0301 │")
            self.leave(terminal)

    def test_editing_keys(self):
        with self.shell() as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send("two" + CTRL_A + "one " + CTRL_E + " three")
            terminal.wait_for_last_line(PROMPT + "one two three")
            terminal.send(CTRL_U)
            terminal.wait_for_last_line(PROMPT)
            terminal.send(CTRL_Y + CTRL_Y)
            terminal.wait_for_last_line(PROMPT + "one two threeone two three")
            terminal.send("\x17\x17\x7f\x1f")  # Two words back, one letter back, undone.
            terminal.wait_for_last_line(PROMPT + "one two threeone")
            terminal.send("\x1b\rx")  # Alt-Enter.
            terminal.wait_for_last_line("      ...> x")
            terminal.send(CTRL_C)
            terminal.wait_for("^C")
            self.leave(terminal)

    def test_a_paste_is_text_until_enter(self):
        with self.shell() as terminal:
            terminal.wait_for_last_line(PROMPT)
            self.assertIn("2004", terminal.screen.modes)
            terminal.send("\x1b[200~RETURN 1 AS one;\r\n\tRETURN 2\r\nAS two;\x1b[201~")
            terminal.wait_for_last_line("      ...> AS two;")
            terminal.settle()
            self.assertNotIn("┌", terminal.screen.text())
            terminal.send("\r")
            terminal.wait_for("│ two │")
            self.assertIn("│ one │", terminal.screen.text())
            self.leave(terminal)

    def test_history(self):
        with self.shell() as terminal:
            for text in ("RETURN 'first' AS x;", "RETURN 'second'\rAS y;", " RETURN 'secret' AS z;"):
                terminal.wait_for_last_line(PROMPT)
                terminal.send(text + "\r")
                terminal.wait_until(lambda: terminal.screen.text().count("1 row (") > 0 and terminal.line() == PROMPT.rstrip(), text)
                terminal.settle()
            terminal.send(UP)
            terminal.wait_for_last_line("      ...> AS y;")
            terminal.send(UP + UP)
            terminal.wait_for_last_line(PROMPT + "RETURN 'first' AS x;")
            terminal.send(DOWN * 3)
            terminal.wait_for_last_line(PROMPT)
            terminal.send(CTRL_R + "FIR")
            terminal.wait_for("search back: FIR")
            terminal.wait_for_last_line(PROMPT + "RETURN 'first' AS x;")
            terminal.send(ESCAPE)
            terminal.wait_for_last_line(PROMPT)
            self.leave(terminal)
        with self.shell() as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send(CTRL_R + "first")
            terminal.wait_for_last_line(PROMPT + "RETURN 'first' AS x;")
            terminal.send("\r" + "\r")
            terminal.wait_for("│ first │")
            self.leave(terminal)
        self.assertNotIn("secret", self.history.read_text(encoding="utf-8"))

    def test_history_can_be_off(self):
        with Terminal([SIGHTLINE, "--db", self.store, "shell", "--no-history"], environment(self.folder)) as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send("RETURN 1 AS x;\r")
            terminal.wait_for("│ 1 │")
            self.leave(terminal)
        self.assertFalse(self.history.exists())

    def test_completion(self):
        with self.shell() as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send("MATCH (c:Compan\t")
            terminal.wait_for_last_line(PROMPT + "MATCH (c:Company")
            terminal.send(")-[:suppl\t")
            terminal.wait_for("suppliedBy")
            self.assertIn("predicate", terminal.screen.text())
            terminal.send("\t")
            terminal.wait_for("> suppl")
            chosen = terminal.line()
            terminal.send("\t" + BACK_TAB)
            terminal.wait_for_last_line(chosen)
            terminal.send(ESCAPE)
            terminal.wait_until(lambda: "predicate" not in terminal.screen.text(), "the end of the menu")
            terminal.send(CTRL_C)
            self.leave(terminal)

    def test_completion_of_commands(self):
        with self.shell() as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send("\\for\t")
            terminal.wait_for_last_line(PROMPT + "\\format")
            terminal.send("g\t")
            terminal.wait_for("graphml")
            terminal.send(CTRL_C)
            self.leave(terminal)

    # ---- running --------------------------------------------------------

    def test_progress_and_ctrl_c(self):
        with self.shell() as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send(LONG + "\r")
            terminal.wait_for("running, ")
            # More often than would end another program.
            terminal.send(CTRL_C)
            terminal.wait_for("interrupted after ")
            for _ in range(4):
                terminal.send(CTRL_C)
                terminal.settle(0.1)
            self.assertNotIn("running, ", terminal.screen.text())
            terminal.send(LONG + "\r")
            terminal.wait_for("running, ")
            terminal.send(CTRL_C * 4)
            terminal.wait_until(lambda: terminal.screen.text().count("interrupted after ") == 2, "the second interruption")
            terminal.wait_for_last_line(PROMPT)
            terminal.send("RETURN 7 AS seven;\r")
            terminal.wait_for("│ seven │")
            self.leave(terminal)

    def test_a_repair_stands_on_the_prompt(self):
        with self.shell() as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send("MATCH (c:Compny)\rRETURN c;\r")
            terminal.wait_for("did you mean Company?")
            terminal.wait_for_last_line("      ...> RETURN c;")
            self.assertIn(PROMPT + "MATCH (c:Company)", terminal.screen.text())
            terminal.send("\r")
            terminal.wait_for("│ Hikvision")
            self.leave(terminal)

    def test_why_of_a_row(self):
        with self.shell(rows=60) as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send("\\why 1\r")
            terminal.wait_for("there is no result yet")
            terminal.send("\\param goods=optics\r" + SUPPLIERS.replace('("optics")', "({name: $goods})").replace(
                "RETURN", "RETURN DISTINCT") + ";\r")
            terminal.send(SUPPLIERS + ";\r")
            terminal.wait_for("│ Hikvision")
            terminal.wait_for_last_line(PROMPT)
            # What is said later is not what the row rests on: the state is that of the result.
            terminal.send("\\why 1\r")
            terminal.wait_for("Row 1: Hikvision")
            terminal.wait_for("asserted by ")
            terminal.send("\\why 99\r")
            terminal.wait_for("the last result has rows 1 to ")
            self.leave(terminal)

    def test_why_is_of_the_state_and_parameters_of_the_result(self):
        with server(self.folder / "store") as address:
            client = [SIGHTLINE, "--server", address]
            subprocess.run([*client, "load", *ARTICLE], check=True, capture_output=True, timeout=120)
            with Terminal([*client, "shell"], environment(self.folder), rows=60) as terminal:
                terminal.wait_for_last_line(PROMPT)
                terminal.send("\\param n=Hikvision\r")
                terminal.send('MATCH (c {name: $n})-[:supplies]->("optics") RETURN c;\r')
                terminal.wait_for("│ Hikvision")
                terminal.wait_for_last_line(PROMPT)
                # Meanwhile somebody else adds a witness, and the parameter changes.
                subprocess.run([*client, "query", "ASSERT (#org/hikvision)-[:supplies]->(#prod/optical-components) "
                                'ACCORDING TO #analyst/demo {quote: "said later"}'], check=True, capture_output=True, timeout=60)
                terminal.send("\\param n=Nobody\r\\why 1\r")
                terminal.wait_for("Row 1: Hikvision")
                terminal.wait_for_last_line(PROMPT)
                self.assertNotIn("said later", terminal.screen.text())
                terminal.send("\\param n=Hikvision\r" + UP + UP + UP + UP + "\r")
                terminal.wait_until(lambda: terminal.screen.text().count("1 row (") == 2, "the result")
                terminal.send("\\why 1\r")
                terminal.wait_for("said later")
                self.leave(terminal)

    def test_plans_are_trees(self):
        with self.shell(columns=60) as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send(SUPPLIERS + ";\r")
            terminal.wait_for("row")
            terminal.wait_for_last_line(PROMPT)
            terminal.send("\\plan profile\r")
            terminal.wait_for("└─ ")
            terminal.wait_for("µs")
            for line in terminal.screen.lines():
                self.assertLessEqual(len(line), 60)
            self.leave(terminal)

    def test_timing(self):
        with self.shell() as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send("\\timing on\rRETURN 1 AS x;\r")
            terminal.wait_for("ms: server ")
            self.leave(terminal)

    def test_describe_and_help(self):
        with self.shell(rows=50) as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send("\\d supplies\r")
            terminal.wait_for("│ suppliedBy ")
            terminal.send("\\d Company\r")
            terminal.wait_for("│ Organization │")
            terminal.send("\\d Hikvision\r")
            terminal.wait_for("│ predicate ")
            terminal.send("\\help MATCH\r")
            terminal.wait_for("finds a pattern")
            terminal.send("\\help coalesce\r")
            terminal.wait_for("coalesce(x ANY, ...) -> ANY")
            self.leave(terminal)

    @unittest.skipUnless(shutil.which("less"), "there is no less")
    def test_pager(self):
        query = "UNWIND range(1, 200) AS n RETURN n;\r"
        with self.shell(rows=20) as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send(query)
            terminal.wait_for_last_line(":")
            self.assertIn("│ 10  │", terminal.screen.text())
            self.assertNotIn("│ 200 │", terminal.screen.text())
            terminal.send("q")
            terminal.wait_for_last_line(PROMPT)
            terminal.send("\\pager off\r" + query)
            terminal.wait_for("200 rows")
            terminal.send("\\pager on\rRETURN 'short' AS x;\r")
            terminal.wait_for("│ short │")
            self.leave(terminal)
        with self.shell("--no-pager", rows=20) as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send(query)
            terminal.wait_for("200 rows")
            self.leave(terminal)

    def test_edit_and_watch(self):
        editor = self.folder / "editor"
        editor.write_text("#!/bin/sh\necho \"RETURN 'edited'\nAS x;\" > \"$1\"\n", encoding="utf-8")
        editor.chmod(0o755)
        with self.shell(EDITOR=os.fspath(editor)) as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send("\\edit\r")
            terminal.wait_for_last_line("      ...> AS x;")
            terminal.send("\r")
            terminal.wait_for("│ edited │")
            terminal.send("\\watch 0.2\r")
            terminal.wait_for("every 0.2 s, now ")
            terminal.send(CTRL_C)
            self.leave(terminal)

    # ---- the terminal ---------------------------------------------------

    def test_a_window_that_changes_its_size(self):
        with self.shell(columns=80) as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send("RETURN 'some text of a length' AS x, 'more' AS y")
            terminal.wait_for("AS y")
            terminal.resize(40, 20)
            terminal.wait_for("RETURN 'some text of a length\n' AS x, 'more' AS y")
            terminal.resize(80, 20)
            terminal.wait_for("RETURN 'some text of a length' AS x, 'more' AS y")
            terminal.send(";\r")
            terminal.wait_for("│ some text of a length │ more │")
            self.leave(terminal)

    def test_tables_fit(self):
        query = ("RETURN 'a long text of many words' AS one, 'another long text of many words' AS two, "
                 "'and yet another one' AS three;\r")
        with self.shell(columns=50) as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send(query)
            terminal.wait_for("cut to fit the terminal")
            rule = [line for line in terminal.screen.lines() if line.startswith("┌")]
            self.assertEqual([len(line) for line in rule], [50])
            terminal.resize(30, 40)
            terminal.send(query)
            terminal.wait_until(lambda: "too many for this terminal" in terminal.screen.text().replace("\n", ""), "the notice")
            self.assertEqual([line for line in terminal.screen.lines() if line.startswith("── row 1")], ["── row 1 " + "─" * 21])
            self.assertIn("three  and yet another one", terminal.screen.text())
            self.leave(terminal)

    def test_no_color(self):
        with self.shell(NO_COLOR="1") as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send("RETURN 'x' AS x;\r")
            terminal.wait_for("│ x │")
            self.leave(terminal)
            self.assertNotRegex(terminal.raw, rb"\x1b\[[0-9;]*m")

    def test_a_dumb_terminal_gets_plain_lines(self):
        with self.shell(TERM="dumb") as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send("RETURN 'plain'\r")
            terminal.wait_for_last_line("      ...> ")
            terminal.send("AS x;\r")
            terminal.wait_for("│ plain │")
            terminal.wait_for_last_line(PROMPT)
            terminal.send(CTRL_D)
            self.assertEqual(terminal.wait_for_exit(), 0)
            self.assertNotIn(b"\x1b", terminal.raw)

    def test_suspended_and_taken_up_again(self):
        with Terminal(["/bin/bash", "--norc", "-i"], environment(self.folder, PS1="$ ")) as terminal:
            terminal.wait_for_last_line("$ ")
            terminal.send(f"{SIGHTLINE} --db {self.store} shell\r")
            terminal.wait_for_last_line(PROMPT)
            terminal.send("RETURN 12\x1a")
            terminal.wait_for_last_line("$ ")
            self.assertIn("Stopped", terminal.screen.text())
            terminal.send("echo in between\r")
            terminal.wait_for("\nin between")
            terminal.send("fg\r")
            terminal.wait_for_last_line(PROMPT + "RETURN 12")
            terminal.send(" AS x;\r")
            terminal.wait_for("│ 12 │")
            terminal.wait_for_last_line(PROMPT)
            terminal.send(CTRL_D)
            terminal.wait_for_last_line("$ ")
            terminal.send("exit\r")
            terminal.wait_for_exit()

    def test_the_terminal_is_as_before(self):
        with Terminal(["/bin/sh", "-c", f"stty -a > {self.folder}/before; {SIGHTLINE} --db {self.store} shell; "
                       f"stty -a > {self.folder}/after"], environment(self.folder)) as terminal:
            terminal.wait_for_last_line(PROMPT)
            terminal.send("RETURN 'x' AS x;\r")
            terminal.wait_for("│ x │")
            self.leave(terminal)
            self.assertNotIn("2004", terminal.screen.modes)
        self.assertEqual((self.folder / "before").read_text(), (self.folder / "after").read_text())


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
