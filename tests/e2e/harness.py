"""What tests in Python share: a sightlined of their own, the gRPC stubs, results as rows, errors with their details, certificates.

A test program is called as `some_test.py BIN_DIR [unittest's arguments]`; this module takes BIN_DIR out of the arguments. Where Debian's
grpcio or protoc's plugin for Python is not installed it ends the program with 77, which ctest counts as skipped.
"""

import array
import atexit
import contextlib
import datetime
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import types
import unittest
import uuid

try:
    import google
    import grpc
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

BIN = pathlib.Path(sys.argv.pop(1)).resolve()
PROTOS = pathlib.Path(__file__).resolve().parents[2] / "proto"
PLUGIN = pathlib.Path("/usr/bin/grpc_python_plugin")
# A hang, and not a busy machine.
PATIENCE_S = 60


def _make_stubs():
    if not PLUGIN.exists():
        print(f"skipped: there is no {PLUGIN}")
        sys.exit(77)
    out = pathlib.Path(tempfile.mkdtemp(prefix="sl-stubs-"))
    atexit.register(shutil.rmtree, out, ignore_errors=True)
    files = sorted(str(path.relative_to(PROTOS)) for folder in ("sightline", "google") for path in (PROTOS / folder).rglob("*.proto"))
    subprocess.run(["protoc", f"-I{PROTOS}", f"--python_out={out}", f"--grpc_out={out}", f"--plugin=protoc-gen-grpc={PLUGIN}", *files],
                   check=True, cwd=PROTOS)
    sys.path.insert(0, str(out))
    # The package `google` is the installed protobuf's; ours adds google.rpc to it.
    google.__path__.append(str(out / "google"))


_make_stubs()
# pylint: disable=wrong-import-position,import-error
from google.protobuf import descriptor_pool, message_factory  # noqa: E402
from google.rpc import error_details_pb2, status_pb2  # noqa: E402
from sightline.v1 import (access_service_pb2 as access, admin_service_pb2 as admin, diagnostic_pb2, query_service_pb2 as query,  # noqa: E402
                          statement_service_pb2 as statements, types_pb2)
from sightline.v1 import (access_service_pb2_grpc, admin_service_pb2_grpc, query_service_pb2_grpc, statement_service_pb2_grpc)  # noqa: E402

Value = types_pb2.Value


def integer(number):
    return Value(integer=number)


def text(words):
    return Value(text=types_pb2.Text(text=words))


def entity(external_id):
    return Value(node_id=external_id)


def methods():
    """Every RPC that a .proto of ours declares, as (full name, descriptor)."""
    for path in sorted((PROTOS / "sightline").rglob("*.proto")):
        file = path.relative_to(PROTOS)
        __import__(str(file.with_suffix("")).replace("/", ".") + "_pb2")
        for service in descriptor_pool.Default().FindFileByName(str(file)).services_by_name.values():
            for method in service.methods:
                yield f"/{service.full_name}/{method.name}", method


def message_class(descriptor):
    return message_factory.MessageFactory(descriptor_pool.Default()).GetPrototype(descriptor)


class Server:
    """A running sightlined. `words`: its arguments beside --data and --listen."""

    def __init__(self, folder, *words, descriptors=None, listen="127.0.0.1:0"):
        self.log = pathlib.Path(folder) / "stderr"
        self.data = pathlib.Path(folder) / "store"

        def limit():
            hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            most = descriptors or hard
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen([BIN / "sightlined", "--data", self.data, "--listen", listen, *map(str, words)],
                                            stdout=subprocess.PIPE, stderr=log, text=True, preexec_fn=limit)
        line = self.process.stdout.readline()
        if not line.startswith("sightlined ready"):
            self.process.kill()
            self.process.wait()
            raise AssertionError(line + self.errors())
        self.address = line.split()[-1]
        self.pid = self.process.pid

    def errors(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    def first_token(self):
        found = [line for line in self.errors().splitlines() if line.startswith("slt_")]
        assert len(found) == 1, found
        return found[0]

    def stop(self):
        """Its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "killed: it did not stop"
        finally:
            self.process.stdout.close()

    def resident_kib(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(status.split("VmRSS:")[1].split()[0])

    def peak_kib(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0])

    def descriptors(self):
        return len(list(pathlib.Path(f"/proc/{self.pid}/fd").iterdir()))

    def processor_s(self):
        """What it has used of the processors so far, in seconds, by the system's ticks of 1/100."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def channel(self, credentials=None, address=None):
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", 64 << 20),
                   ("grpc.max_metadata_size", 256 << 10), ("grpc.enable_http_proxy", 0)]
        if credentials:
            return grpc.secure_channel(address or self.address, credentials, options)
        return grpc.insecure_channel(address or self.address, options)


CRC32C = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    CRC32C.append(byte)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC32C[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def load_open(**options):
    """The messages of a load. A load_id of its own, unless one is given."""
    return statements.BulkLoadRequest(open=statements.BulkLoadOpen(**{"load_id": str(uuid.uuid4()), **options}))


def load_chunk(offset, data):
    return statements.BulkLoadRequest(chunk=statements.BulkLoadChunk(offset=offset, data=data, crc32c=crc32c(data)))


def load_finish(data):
    return statements.BulkLoadRequest(finish=statements.BulkLoadFinish(total_bytes=len(data), crc32c=crc32c(data)))


class Client:
    """Calls over one channel, with a token or without."""

    def __init__(self, channel, token=None):
        self.channel = channel
        self.metadata = (("authorization", f"Bearer {token}"),) if token else ()
        self.queries = query_service_pb2_grpc.QueryServiceStub(channel)
        self.writes = statement_service_pb2_grpc.StatementServiceStub(channel)
        self.access = access_service_pb2_grpc.AccessServiceStub(channel)
        self.admin = admin_service_pb2_grpc.AdminServiceStub(channel)

    def with_token(self, token):
        return Client(self.channel, token)

    def start(self, script, parameters=None, timeout=PATIENCE_S, **fields):
        """The stream of a query, which is also its call."""
        request = query.ExecuteQueryRequest(query=script, **fields)
        for name, value in (parameters or {}).items():
            request.parameters[name].CopyFrom(value)
        return self.queries.ExecuteQuery(request, timeout=timeout, metadata=self.metadata)

    def query(self, script, parameters=None, timeout=PATIENCE_S, **fields):
        return Result(self.start(script, parameters, timeout, **fields))

    def rows(self, script, parameters=None, **fields):
        return self.query(script, parameters, **fields).rows

    def load(self, script, timeout=PATIENCE_S):
        return self.load_file(script.encode(), timeout, file_name="test.slql", format=statements.FILE_FORMAT_SLQL)

    def load_file(self, data, timeout=PATIENCE_S, **options):
        """The result; `options` are those of BulkLoadOpen."""
        parts = [load_open(**options), *(load_chunk(at, data[at:at + (1 << 20)]) for at in range(0, len(data), 1 << 20)), load_finish(data)]
        return list(self.writes.BulkLoad(iter(parts), timeout=timeout, metadata=self.metadata))[-1].result

    def raw(self, method, data=b"", timeout=PATIENCE_S, **options):
        """A call by its name, of bytes: what no stub would send. The parts of the answer."""
        call = self.channel.unary_stream(method, request_serializer=lambda b: b, response_deserializer=lambda b: b)
        return list(call(data, timeout=timeout, metadata=self.metadata, **options))

    def new_user(self, name, role=access.ROLE_READER, tlp=types_pb2.TLP_LABEL_CLEAR, authorizations=(), **token):
        """As an administrator: makes a user, and a token for him. The token's text."""
        user = access.User(name=name, role=role, clearance=access.Clearance(tlp_max=tlp, authorizations=authorizations))
        self.access.CreateUser(access.CreateUserRequest(user=user), metadata=self.metadata, timeout=PATIENCE_S)
        return self.new_token(name, **token)

    def new_token(self, name="", **fields):
        return self.access.IssueToken(access.IssueTokenRequest(user=name, **fields), metadata=self.metadata, timeout=PATIENCE_S).secret


class Result:
    """A query's answer, read to its end."""

    def __init__(self, stream):
        self.parts = list(stream)
        self.cards = {}
        self.rows = []
        if self.parts[0].HasField("whole"):
            whole = self.parts[0].whole
            assert len(self.parts) == 1, self.parts
            self.header, self.trailer, batches = whole.header, whole.trailer, [whole.batch]
        else:
            self.header, self.trailer, batches = self.parts[0].header, self.parts[-1].trailer, [part.batch for part in self.parts[1:-1]]
        for batch in batches:
            self.cards.update({card.id: card for card in batch.cards})
            columns = [self._cells(spec.type, column, batch.row_count) for spec, column in zip(self.header.columns, batch.columns)]
            self.rows += list(zip(*columns))

    def _cells(self, kind, column, count):
        present = [not column.validity or column.validity[i // 8] >> (i % 8) & 1 for i in range(count)]
        if kind == query.COLUMN_TYPE_TEXT:
            ends = array.array("i", column.offsets)
            cells = [column.data[ends[i]:ends[i + 1]].decode() for i in range(count)]
        elif kind == query.COLUMN_TYPE_NODE:
            cells = [self.cards[i].external_id if i in self.cards else None for i in array.array("Q", column.data)]
        elif kind == query.COLUMN_TYPE_INT64:
            cells = list(array.array("q", column.data))
        elif kind == query.COLUMN_TYPE_DOUBLE:
            cells = list(array.array("d", column.data))
        elif kind == query.COLUMN_TYPE_BOOL:
            cells = [bool(column.data[i // 8] >> (i % 8) & 1) for i in range(count)]
        else:
            cells = [self._plain(value) for value in column.values]
        return [cell if there else None for cell, there in zip(cells, present)]


    def _plain(self, value):
        """Of a Value what Python has for it; of kinds that it has nothing for, the message."""
        kind = value.WhichOneof("kind")
        if kind is None:
            return None
        if kind in ("boolean", "integer", "real", "node_id"):
            return getattr(value, kind)
        if kind == "text":
            return value.text.text
        if kind == "node":
            return self.cards[value.node].external_id if value.node in self.cards else value.node
        if kind == "list":
            return tuple(self._plain(each) for each in value.list.values)
        if kind == "map":
            return tuple((entry.key, self._plain(entry.value)) for entry in value.map.entries)
        return getattr(value, kind).SerializeToString()


def error_of(call):
    """The grpc.RpcError that `call` ends with."""
    try:
        result = call()
        if hasattr(result, "__next__"):
            list(result)
    except grpc.RpcError as error:
        return error
    raise AssertionError(f"the call did not fail: {result}")


def status_of(call):
    """The name of the code that a call ends with: "OK", "UNAUTHENTICATED"."""
    try:
        result = call()
        if hasattr(result, "__next__"):
            list(result)
    except grpc.RpcError as error:
        return error.code().name
    return "OK"


def details_of(error):
    """ErrorInfo, diagnostics, and whether there is a RetryInfo."""
    packed = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
    info, diagnostics, retry = error_details_pb2.ErrorInfo(), diagnostic_pb2.DiagnosticList(), error_details_pb2.RetryInfo()
    has_retry = False
    for detail in status_pb2.Status.FromString(packed).details:
        detail.Unpack(info)
        detail.Unpack(diagnostics)
        has_retry |= detail.Unpack(retry)
    return types.SimpleNamespace(info=info, diagnostics=diagnostics.diagnostics, has_retry=has_retry)


def reason_of(error):
    return details_of(error).info.reason


class Case(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sl-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def server(self, *words, folder=None, **options):
        """A server that must stop by itself in the end, with exit code 0."""
        folder = self.folder if folder is None else folder
        folder.mkdir(exist_ok=True)
        server = Server(folder, *words, **options)
        try:
            yield server
        except BaseException:
            server.process.kill()
            server.stop()
            raise
        self.assertIsNone(server.process.poll(), f"the server has ended: {server.errors()}")
        self.assertEqual(server.stop(), 0, server.errors())

    @contextlib.contextmanager
    def world(self, *words, script="", credentials=None, **options):
        """A server without users, with a script loaded, and a client of it."""
        with self.server("--without-users", *words, **options) as server:
            with contextlib.closing(server.channel(credentials)) as channel:
                client = Client(channel)
                if script:
                    client.load(script)
                yield server, client

    @contextlib.contextmanager
    def guarded_world(self, *words, script="", **options):
        """A server with users, and its first administrator."""
        with self.server(*words, **options) as server:
            with contextlib.closing(server.channel()) as channel:
                client = Client(channel, server.first_token())
                if script:
                    client.load(script)
                yield server, client

    def eventually(self, holds, what, patience_s=PATIENCE_S):
        end = time.monotonic() + patience_s
        while not holds():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.02)


class Certificates:
    """Authorities and certificates in a folder, made by openssl."""

    def __init__(self, folder):
        self.folder = folder

    def openssl(self, *words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, cwd=self.folder)

    def authority(self, name):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                     "-keyout", f"{name}.key", "-out", f"{name}.pem")

    def certificate(self, name, authority, names, seconds=None):
        """Ends after two days, or after so many seconds."""
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                     "-keyout", f"{name}.key", "-out", f"{name}.csr")
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={names}\n", encoding="ascii")
        if seconds is None:
            self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-CAcreateserial",
                         "-days", "2", "-extfile", extensions, "-out", f"{name}.pem")
            return
        # Only `openssl ca` can say when a certificate ends to the second, and only with a register.
        (self.folder / "register").write_text("", encoding="ascii")
        settings = self.folder / "ca.cnf"
        settings.write_text("[ca]\ndefault_ca = it\n[it]\ndatabase = register\nnew_certs_dir = .\nrand_serial = yes\ndefault_md = sha256\n"
                            "policy = any\nunique_subject = no\n[any]\ncommonName = supplied\n", encoding="ascii")
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
        self.openssl("ca", "-batch", "-notext", "-config", settings, "-in", f"{name}.csr", "-cert", f"{authority}.pem", "-keyfile", f"{authority}.key",
                     "-enddate", end.strftime("%Y%m%d%H%M%SZ"), "-extfile", extensions, "-out", f"{name}.pem")

    def bytes_of(self, file):
        return (self.folder / file).read_bytes()

    def credentials(self, name=None, authority="ca"):
        """Of a client: whom it believes, and its own certificate if it has one."""
        return grpc.ssl_channel_credentials(self.bytes_of(f"{authority}.pem"), self.bytes_of(f"{name}.key") if name else None,
                                            self.bytes_of(f"{name}.pem") if name else None)

    def server_words(self, name="server"):
        return ["--tls-certificate", self.folder / f"{name}.pem", "--tls-key", self.folder / f"{name}.key"]


def main():
    """With PYTHONFAULTHANDLER set a hang can be looked into with kill -ABRT."""
    unittest.main(module="__main__", verbosity=1)
