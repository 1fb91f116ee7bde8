"""What a Python user of the gRPC interface meets: stubs made by protoc, results without copying, error details.

Usage: python_client.py SIGHTLINED PROTO_FOLDER. Needs Debian's python3-grpcio and protobuf-compiler-grpc; exits with 77
(skipped) where they are not installed. Also sends what no generated stub would: bytes that are no message, text that is
no UTF-8.
"""

import array
import pathlib
import subprocess
import sys
import tempfile
import uuid

try:
    import google
    import grpc
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

PLUGIN = "/usr/bin/grpc_python_plugin"
GRAPH = """
DEFINE CLASS Company;
DEFINE CLASS Product;
DEFINE PREDICATE supplies FROM Company TO Product;
DEFINE PREDICATE employees FROM Company TO INTEGER;
ASSERT (#org/hikvision :Company {name: "Hikvision", employees: 100})-[:supplies]->(#prod/optics :Product {name: "optics"})
  ACCORDING TO #org/voice;
ASSERT (#org/wgst :Company {name: "Wuhan Global Sensor Technology"})-[:supplies]->(#prod/optics)
  ACCORDING TO #org/voice;
"""

checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        raise AssertionError(what)


def make_stubs(protos: pathlib.Path, out: pathlib.Path) -> None:
    files = [str(path.relative_to(protos)) for folder in ("sightline", "google") for path in
             (protos / folder).rglob("*.proto")]
    subprocess.run(["protoc", f"-I{protos}", f"--python_out={out}", f"--grpc_out={out}",
                    f"--plugin=protoc-gen-grpc={PLUGIN}", *files], check=True, cwd=protos)
    sys.path.insert(0, str(out))
    # The package `google` is the installed protobuf's; ours adds google.rpc to it.
    google.__path__.append(str(out / "google"))


def query(channel, modules, text, parameters=None, **fields):
    request = modules.query.ExecuteQueryRequest(query=text, **fields)
    for name, value in (parameters or {}).items():
        request.parameters[name].CopyFrom(value)
    return list(modules.query_grpc.QueryServiceStub(channel).ExecuteQuery(request, timeout=20))


def text_cells(column):
    offsets = array.array("i", column.offsets)
    return [column.data[offsets[i]:offsets[i + 1]].decode() for i in range(len(offsets) - 1)]


def error_of(call):
    try:
        call()
    except grpc.RpcError as error:
        return error
    raise AssertionError("the call did not fail")


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def details_of(modules, error):
    packed = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
    status = modules.status.Status.FromString(packed)
    info, diagnostics = modules.errors.ErrorInfo(), modules.diagnostic.DiagnosticList()
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(diagnostics)
    return info, diagnostics


def run(address, modules):
    channel = grpc.insecure_channel(address)
    info = modules.admin_grpc.AdminServiceStub(channel).GetServerInfo(modules.admin.GetServerInfoRequest(), timeout=10)
    check(info.api_version == "v1", info)

    data = GRAPH.encode()
    load = modules.statement
    replies = list(modules.statement_grpc.StatementServiceStub(channel).BulkLoad(iter([
        load.BulkLoadRequest(open=load.BulkLoadOpen(load_id=str(uuid.uuid4()), file_name="graph.slql", format=load.FILE_FORMAT_SLQL)),
        load.BulkLoadRequest(chunk=load.BulkLoadChunk(offset=0, data=data[:50], crc32c=crc32c(data[:50]))),
        load.BulkLoadRequest(chunk=load.BulkLoadChunk(offset=50, data=data[50:], crc32c=crc32c(data[50:]))),
        load.BulkLoadRequest(finish=load.BulkLoadFinish(total_bytes=len(data), crc32c=crc32c(data)))]), timeout=20))
    check([reply.received_through for reply in replies[:3]] == [0, 50, len(data)], replies)
    reply = replies[-1].result
    check(reply.statements_added == 2, reply)

    parts = query(channel, modules, 'MATCH (s)-[:supplies]->("optics") RETURN s, s.name AS name ORDER BY name')
    check([part.WhichOneof("part") for part in parts] == ["header", "batch", "trailer"], parts)
    header, batch, trailer = parts[0].header, parts[1].batch, parts[2].trailer
    check([column.name for column in header.columns] == ["s", "name"], header)
    check(header.columns[0].type == modules.query.COLUMN_TYPE_NODE, header)
    ids = list(array.array("Q", batch.columns[0].data))
    cards = {card.id: card for card in batch.cards}
    check([cards[i].external_id for i in ids] == ["org/hikvision", "org/wgst"], batch)
    check([cards[i].caption for i in ids] == ["Hikvision", "Wuhan Global Sensor Technology"], batch)
    check(trailer.row_count == 2 and trailer.truncation == 0, trailer)

    # The same in one message; what is more than a batch comes as a stream all the same, whole or with nothing lost between.
    parts = query(channel, modules, 'MATCH (s)-[:supplies]->("optics") RETURN s, s.name AS name ORDER BY name', whole_if_small=True)
    check([part.WhichOneof("part") for part in parts] == ["whole"], parts)
    check(list(array.array("Q", parts[0].whole.batch.columns[0].data)) == ids, parts)
    check([(card.id, card.external_id) for card in parts[0].whole.batch.cards] == [(card.id, card.external_id) for card in batch.cards], parts)
    check(parts[0].whole.trailer.row_count == 2 and parts[0].whole.header.columns == header.columns, parts)
    parts = query(channel, modules, "MATCH (s:Company {name: 'nobody'}) RETURN s", whole_if_small=True)
    check(parts[0].whole.trailer.row_count == 0 and not parts[0].whole.HasField("batch"), parts)
    for text, rows in (("UNWIND range(1, 2047) AS n RETURN n", 2047), ("UNWIND range(1, 2048) AS n RETURN n", 2048),
                       ("UNWIND range(1, 5000) AS n RETURN n", 5000), (f"UNWIND range(1, 500) AS n RETURN '{'x' * 2000}' + toString(n) AS t", 500),
                       ("MATCH (s:Company) UNWIND range(1, 3000) AS n RETURN s, n", 6000)):
        parts = query(channel, modules, text, whole_if_small=True)
        batches = [part.whole.batch for part in parts if part.HasField("whole")] + [part.batch for part in parts if part.HasField("batch")]
        check(sum(batch.row_count for batch in batches) == rows, (text, len(parts)))
        check((len(parts) == 1) == (rows == 2047), (text, len(parts)))
        check(parts[0].HasField("header") == parts[-1].HasField("trailer"), text)

    # A look-up: one answer, again and again the same.
    fetch = modules.query_grpc.QueryServiceStub(channel).FetchRows
    for _ in range(5):
        rows = fetch(modules.query.FetchRowsRequest(query='MATCH (s)-[:supplies]->("optics") RETURN s, s.name AS name ORDER BY name'), timeout=10)
        check(list(array.array("Q", rows.batch.columns[0].data)) == ids and rows.columns == header.columns, rows)
        check([card.external_id for card in rows.batch.cards] == [card.external_id for card in batch.cards] and rows.truncation == 0, rows)
    error = error_of(lambda: fetch(modules.query.FetchRowsRequest(query="UNWIND range(1, 5000) AS n RETURN n"), timeout=10))
    check(details_of(modules, error)[0].reason == "SL8022", error)

    value = modules.types.Value
    parts = query(channel, modules, "RETURN $n * 2 AS n, $t AS t",
                  {"n": value(integer=21), "t": value(text=modules.types.Text(text="оптика"))})
    check(parts[1].batch.row_count == 1, parts)

    error = error_of(lambda: query(channel, modules, "MATCH (s:Compny) RETURN s"))
    check(error.code() == grpc.StatusCode.INVALID_ARGUMENT, error)
    info, diagnostics = details_of(modules, error)
    check(info.reason == "SL2011" and info.domain == "sightline", info)
    check(diagnostics.diagnostics[0].span.column == 10, diagnostics)

    # By hand, as a stub would not let them through.
    def raw(method, message):
        call = channel.unary_stream(method, request_serializer=lambda b: b, response_deserializer=lambda b: b)
        return list(call(message, timeout=10))

    execute = "/sightline.v1.QueryService/ExecuteQuery"
    for message in (b"\x0a\x03\xff\xfe\xfd",      # `query` is no UTF-8.
                    b"\x0a\xff\xff\xff\xff\x0f",  # A length beyond the end.
                    b"\xff" * 100,                # No message at all.
                    b"\x12\x06\x0a\x01p\x12\x01\x00",  # A parameter with a bad tag.
                    b"\x12\x02\x0a" * 10):
        error = error_of(lambda m=message: raw(execute, m))
        check(error.code() == grpc.StatusCode.INVALID_ARGUMENT, message)
        check(details_of(modules, error)[0].reason.startswith("SL80"), message)
    # Lists in lists, 60 deep: protobuf or we refuse it; nothing falls over.
    nested = value(integer=1)
    for _ in range(40):
        nested = value(list=modules.types.ValueList(values=[nested]))
    check(error_of(lambda: query(channel, modules, "RETURN $x AS x", {"x": nested})).code() ==
          grpc.StatusCode.INVALID_ARGUMENT, "40 levels")
    check(error_of(lambda: raw("/sightline.v1.QueryService/Nothing", b"")).code() ==
          grpc.StatusCode.UNIMPLEMENTED, "unknown method")
    check(error_of(lambda: raw("/sightline.v1.AdminService/Nothing", b"")).code() ==
          grpc.StatusCode.UNIMPLEMENTED, "unknown method")
    # Oversized headers are cut, and the next caller is served.
    error_of(lambda: modules.admin_grpc.AdminServiceStub(channel).GetServerInfo(
        modules.admin.GetServerInfoRequest(), timeout=10, metadata=[("x", "y" * 100_000)]))

    # Health: HealthCheckResponse{status: SERVING}. Reflection: a list of services. On a connection of its own: the
    # one that carried the oversized headers may be closing.
    channel = grpc.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])
    health = channel.unary_unary("/grpc.health.v1.Health/Check", lambda b: b, lambda b: b)
    check(health(b"", timeout=10) == b"\x08\x01", "health")
    reflection = channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                                       lambda b: b, lambda b: b)
    services = b"".join(reflection(iter([b"\x3a\x00"]), timeout=10))  # list_services: ""
    for name in (b"sightline.v1.QueryService", b"sightline.v1.StatementService", b"sightline.v1.AdminService",
                 b"grpc.health.v1.Health"):
        check(name in services, services)


def main() -> int:
    sightlined, protos = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    if not pathlib.Path(PLUGIN).exists():
        print(f"skipped: there is no {PLUGIN}")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        stubs = pathlib.Path(folder) / "stubs"
        stubs.mkdir()
        make_stubs(protos, stubs)

        class Modules:
            from google.rpc import error_details_pb2 as errors
            from google.rpc import status_pb2 as status
            from sightline.v1 import admin_service_pb2 as admin
            from sightline.v1 import admin_service_pb2_grpc as admin_grpc
            from sightline.v1 import diagnostic_pb2 as diagnostic
            from sightline.v1 import query_service_pb2 as query
            from sightline.v1 import query_service_pb2_grpc as query_grpc
            from sightline.v1 import statement_service_pb2 as statement
            from sightline.v1 import statement_service_pb2_grpc as statement_grpc
            from sightline.v1 import types_pb2 as types

        server = subprocess.Popen([sightlined, "--data", f"{folder}/store", "--listen", "127.0.0.1:0", "--without-users"],
                                  stdout=subprocess.PIPE, text=True)
        try:
            ready = server.stdout.readline()
            check(ready.startswith("sightlined ready: listening on "), ready)
            run(ready.split()[-1], Modules)
        finally:
            server.terminate()
            code = server.wait(20)
        check(code == 0, f"exit code {code}")
    print(f"{checks} checks passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
