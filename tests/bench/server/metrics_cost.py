"""What metrics cost a point query: two servers, one of them with --metrics-listen, asked in turns.

Usage: metrics_cost.py BIN_DIR [ROUNDS]. Prints, of each, the median time of a call and the processor time that the server took for
it, and the median of the ratios of the rounds. Needs Debian's python3-grpcio. On a machine that does other things only the ratio counts.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import grpc

CALLS = 200  # A round.
NODES = 2_000
QUERY = "MATCH (#n/7)-[:p]->(x) RETURN x"


def request(text):
    """An ExecuteQueryRequest: field 1, the text."""
    data = text.encode()
    size, length = len(data), b""
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return b"\x0a" + length + bytes([size]) + data


class Server:
    def __init__(self, program, folder, *words):
        self.process = subprocess.Popen([program, "--data", folder, "--listen", "127.0.0.1:0", "--without-users", *words],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.channel = grpc.insecure_channel(self.process.stdout.readline().split()[-1])
        self.call = self.channel.unary_stream("/sightline.v1.QueryService/ExecuteQuery")
        self.ask("DEFINE CLASS C; DEFINE PREDICATE p FROM C TO C")
        for begin in range(0, NODES, 500):
            self.ask(";".join(f"ASSERT (#n/{i} :C)-[:p]->(#n/{i + 1}) ACCORDING TO #s" for i in range(begin, begin + 500)))

    def ask(self, text):
        return list(self.call(request(text), timeout=60))

    def processor_micros(self):
        threads = pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text(encoding="ascii").split()[0]) for thread in threads) / 1e3

    def round(self):
        """Microseconds a call: of time, of the server's processor."""
        processor, begin = self.processor_micros(), time.perf_counter()
        for _ in range(CALLS):
            self.ask(QUERY)
        return (time.perf_counter() - begin) * 1e6 / CALLS, (self.processor_micros() - processor) / CALLS

    def stop(self):
        self.channel.close()
        self.process.terminate()
        self.process.wait(30)


def main():
    program = pathlib.Path(sys.argv[1]) / "sightlined"
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    with tempfile.TemporaryDirectory() as folder:
        servers = [Server(program, os.path.join(folder, "without")),
                   Server(program, os.path.join(folder, "with"), "--metrics-listen", "127.0.0.1:0")]
        for server in servers:
            server.round()
        measured = [[], []]
        for number in range(rounds):
            for which in ((0, 1), (1, 0))[number % 2]:
                measured[which].append(servers[which].round())
        for server in servers:
            server.stop()
    for index, name in enumerate(("time", "processor")):
        without, with_metrics = ([each[index] for each in of_server] for of_server in measured)
        ratios = [b / a for a, b in zip(without, with_metrics)]
        print(f"{name}, us a call: without {statistics.median(without):.1f}, with {statistics.median(with_metrics):.1f}; "
              f"ratio of the rounds, median {statistics.median(ratios):.3f}, quartiles "
              f"{statistics.quantiles(ratios)[0]:.3f} to {statistics.quantiles(ratios)[2]:.3f}")


if __name__ == "__main__":
    main()
