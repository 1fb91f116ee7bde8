"""A terminal for tests: runs a program on a pseudo-terminal and keeps what a person would see.

The screen understands what our programs and `less` write: printable characters with their widths, CR, LF, BS, tabs, the CSI
sequences for moving, clearing and colours. Lines wrap as in xterm: only when a further character comes.
"""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
import unicodedata

CSI = re.compile(r"\x1b\[([?>=]?)([0-9;]*)([ -/]*)([@-~])")


def width_of(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


class Screen:
    def __init__(self, columns: int, rows: int):
        self.columns, self.rows = columns, rows
        self.cells = [self._blank() for _ in range(rows)]
        self.row = self.column = 0
        self.pending = False  # The next character goes to the next line.
        self.style = ""
        self.modes = set()
        self.rest = ""

    def _blank(self):
        return [(" ", "")] * self.columns

    def resize(self, columns: int, rows: int):
        """Without reflow, as xterm does it."""
        self.cells = [(line + [(" ", "")] * columns)[:columns] for line in self.cells]
        while len(self.cells) < rows:
            self.cells.append([(" ", "")] * columns)
        while len(self.cells) > rows:
            self.cells.pop(0 if self.row >= rows else -1)
            self.row = min(self.row, rows - 1)
        self.columns, self.rows = columns, rows
        self.column = min(self.column, columns - 1)
        self.pending = False

    def _down(self):
        self.row += 1
        if self.row == self.rows:
            self.cells.pop(0)
            self.cells.append(self._blank())
            self.row -= 1

    def _put(self, char: str):
        width = width_of(char)
        if width == 0:
            column = self.column if self.pending else self.column - 1
            while column > 0 and self.cells[self.row][column][0] == "":
                column -= 1
            text, style = self.cells[self.row][max(column, 0)]
            self.cells[self.row][max(column, 0)] = (text + char, style)
            return
        if self.pending or self.column + width > self.columns:
            self.column, self.pending = 0, False
            self._down()
        self.cells[self.row][self.column] = (char, self.style)
        if width == 2:
            self.cells[self.row][self.column + 1] = ("", self.style)
        self.column += width
        if self.column >= self.columns:
            self.column, self.pending = self.columns - 1, True

    def write(self, text: str):
        text = self.rest + text
        self.rest = ""
        at = 0
        while at < len(text):
            char = text[at]
            if char == "\x1b":
                match = CSI.match(text, at)
                if match:
                    self._control(*match.groups())
                    at = match.end()
                    continue
                if len(text) - at < 32 and re.fullmatch(r"\x1b(\[[?>=]?[0-9;]*[ -/]*)?", text[at:]):
                    self.rest = text[at:]
                    return
                at += 2  # ESC and one character: keypad modes and the like.
                continue
            if char == "\r":
                self.column, self.pending = 0, False
            elif char == "\n":
                self.pending = False
                self._down()
            elif char == "\b":
                self.column, self.pending = max(self.column - 1, 0), False
            elif char == "\t":
                self.column = min((self.column // 8 + 1) * 8, self.columns - 1)
            elif char >= " " and char != "\x7f":
                self._put(char)
            at += 1

    def _control(self, private, numbers, _, final):
        if private:
            if final in "hl":
                for number in numbers.split(";"):
                    (self.modes.add if final == "h" else self.modes.discard)(number)
            return
        values = [int(number) if number else 0 for number in numbers.split(";")]
        count = max(values[0], 1)
        if final == "m":
            self.style = "" if values == [0] else numbers
            return
        self.pending = False
        if final == "A":
            self.row = max(self.row - count, 0)
        elif final == "B":
            self.row = min(self.row + count, self.rows - 1)
        elif final == "C":
            self.column = min(self.column + count, self.columns - 1)
        elif final == "D":
            self.column = max(self.column - count, 0)
        elif final in "Hf":
            self.row = min(max(values[0], 1), self.rows) - 1
            self.column = min(max(values[1] if len(values) > 1 else 1, 1), self.columns) - 1
        elif final == "K":
            start, end = {0: (self.column, self.columns), 1: (0, self.column + 1), 2: (0, self.columns)}[values[0]]
            for column in range(start, end):
                self.cells[self.row][column] = (" ", "")
        elif final == "J":
            if values[0] == 2:
                self.cells = [self._blank() for _ in range(self.rows)]
            else:
                for column in range(self.column, self.columns):
                    self.cells[self.row][column] = (" ", "")
                for row in range(self.row + 1, self.rows):
                    self.cells[row] = self._blank()

    def lines(self) -> list[str]:
        """What is on it, without blanks at the ends of lines and of the whole."""
        lines = ["".join(text for text, _ in line).rstrip() for line in self.cells]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def text(self) -> str:
        return "\n".join(self.lines())

    def style_of(self, text: str) -> str:
        """The colour in which a text is written where it appears last."""
        for line in reversed(self.cells):
            at = "".join(cell or "\0" for cell, _ in line).rfind(text)
            if at >= 0:
                return line[at][1]
        raise AssertionError(f"{text!r} is not on the screen:\n{self.text()}")

    def colored(self) -> str:
        """For people: the screen with its colours."""
        out = []
        for line in self.cells:
            shown, style = "", ""
            for text, cell_style in line:
                if cell_style != style:
                    shown += f"\x1b[0m\x1b[{cell_style}m" if cell_style else "\x1b[0m"
                    style = cell_style
                shown += text
            out.append(shown.rstrip() + "\x1b[0m")
        return "\n".join(out).rstrip()


class Terminal:
    """A program on a terminal. Close it, or use it in a `with`."""

    def __init__(self, words, environment, columns=100, rows=30):
        self.screen = Screen(columns, rows)
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.raw = b""
        self.child, self.fd = pty.fork()
        if self.child == 0:
            # The size must be there before the program asks.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execve(words[0], [os.fspath(word) for word in words], environment)
        self.status = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.status is None:
            os.kill(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)
        os.close(self.fd)

    def resize(self, columns, rows):
        self.screen.resize(columns, rows)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, text):
        os.write(self.fd, text if isinstance(text, bytes) else text.encode())

    def read(self, seconds):
        """Takes what comes within a time; False at the end."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.raw += data
        self.screen.write(self.decoder.decode(data))
        return bool(data)

    def wait_until(self, condition, what, seconds=60):
        limit = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > limit or not self.read(0.2):
                raise AssertionError(f"{what} does not come. The screen:\n{self.screen.text()}")

    def wait_for(self, text, seconds=60):
        """Until a text is on the screen."""
        self.wait_until(lambda: text.rstrip() in self.screen.text(), repr(text), seconds)

    def wait_for_last_line(self, text, seconds=60):
        """Until the cursor's line is this one."""
        self.wait_until(lambda: self.screen.lines() and self.line() == text.rstrip(), f"line {text!r}", seconds)

    def line(self):
        return "".join(cell for cell, _ in self.screen.cells[self.screen.row]).rstrip()

    def settle(self, seconds=0.3):
        """Until nothing comes for a while."""
        before = None
        while before != len(self.raw):
            before = len(self.raw)
            if not self.read(seconds):
                return

    def wait_for_exit(self, seconds=60):
        limit = time.monotonic() + seconds
        while True:
            ended, status = os.waitpid(self.child, os.WNOHANG)
            if ended:
                self.status = os.waitstatus_to_exitcode(status)
                return self.status
            if time.monotonic() > limit:
                raise AssertionError(f"the program does not end. The screen:\n{self.screen.text()}")
            self.read(0.1)
