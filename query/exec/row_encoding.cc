#include "query/exec/row_encoding.h"

#include <cstring>
#include <utility>

#include "storage/base/encoding.h"

namespace sightline::query {
namespace {

using storage::ByteReader;
using storage::TermId;

// The first byte of a cell or of a datum within one.
enum class Tag : uint8_t { kUnbound, kTerm, kValue, kList, kMap, kFact, kPath };

void AppendTag(Tag tag, std::string* out) { storage::AppendByte(static_cast<uint8_t>(tag), out); }

void AppendFact(const FactDatum& fact, std::string* out) {
  for (const TermId term : {fact.fact.subject, fact.fact.predicate, fact.fact.object}) {
    storage::AppendFixed64(term.bits, out);
  }
  storage::AppendFixed32(fact.scope_index, out);
  storage::AppendFixed64(fact.statement.value, out);
}

// Lists lie at most kDatumDepthMax deep in one another.
void AppendDatum(const Datum& datum, std::string* out) {
  if (const storage::Value* value = datum.value()) {
    AppendTag(Tag::kValue, out);
    storage::AppendLengthPrefixed(storage::EncodeValue(*value), out);
  } else if (const DatumList* list = datum.list()) {
    AppendTag(Tag::kList, out);
    storage::AppendVarint(list->size(), out);
    for (const Datum& item : *list) AppendDatum(item, out);
  } else if (const DatumMap* map = datum.map()) {
    AppendTag(Tag::kMap, out);
    storage::AppendVarint(map->size(), out);
    for (const auto& [key, item] : *map) {
      storage::AppendLengthPrefixed(key, out);
      AppendDatum(item, out);
    }
  } else if (const FactDatum* fact = datum.fact()) {
    AppendTag(Tag::kFact, out);
    AppendFact(*fact, out);
  } else {
    const PathDatum& path = *datum.path();
    AppendTag(Tag::kPath, out);
    storage::AppendVarint(path.nodes.size(), out);
    for (const TermId node : path.nodes) storage::AppendFixed64(node.bits, out);
    storage::AppendVarint(path.facts.size(), out);
    for (const FactDatum& fact : path.facts) AppendFact(fact, out);
    storage::AppendByte(path.cost.has_value(), out);
    uint64_t bits = 0;
    if (path.cost) std::memcpy(&bits, &*path.cost, sizeof(bits));
    storage::AppendFixed64(bits, out);
  }
}

StatusOr<FactDatum> ReadFact(ByteReader* reader) {
  FactDatum fact;
  for (TermId* term : {&fact.fact.subject, &fact.fact.predicate, &fact.fact.object}) {
    SL_ASSIGN_OR_RETURN(term->bits, reader->ReadFixed64());
  }
  SL_ASSIGN_OR_RETURN(fact.scope_index, reader->ReadFixed32());
  SL_ASSIGN_OR_RETURN(fact.statement.value, reader->ReadFixed64());
  return fact;
}

StatusOr<Datum> ReadPath(ByteReader* reader) {
  PathDatum path;
  SL_ASSIGN_OR_RETURN(const uint64_t nodes, reader->ReadVarint());
  for (uint64_t i = 0; i < nodes; ++i) {
    TermId node;
    SL_ASSIGN_OR_RETURN(node.bits, reader->ReadFixed64());
    path.nodes.push_back(node);
  }
  SL_ASSIGN_OR_RETURN(const uint64_t facts, reader->ReadVarint());
  for (uint64_t i = 0; i < facts; ++i) {
    SL_ASSIGN_OR_RETURN(const FactDatum fact, ReadFact(reader));
    path.facts.push_back(fact);
  }
  SL_ASSIGN_OR_RETURN(const uint8_t has_cost, reader->ReadByte());
  SL_ASSIGN_OR_RETURN(const uint64_t bits, reader->ReadFixed64());
  if (has_cost != 0) {
    double cost = 0;
    std::memcpy(&cost, &bits, sizeof(cost));
    path.cost = cost;
  }
  return Datum(std::move(path));
}

StatusOr<Datum> ReadDatum(Tag tag, ByteReader* reader);

StatusOr<Datum> ReadDatum(ByteReader* reader) {
  SL_ASSIGN_OR_RETURN(const uint8_t tag, reader->ReadByte());
  return ReadDatum(static_cast<Tag>(tag), reader);
}

StatusOr<Datum> ReadDatum(Tag tag, ByteReader* reader) {
  if (tag == Tag::kValue) {
    SL_ASSIGN_OR_RETURN(const std::string_view bytes, reader->ReadLengthPrefixed());
    SL_ASSIGN_OR_RETURN(storage::Value value, storage::DecodeValue(bytes));
    return Datum(std::move(value));
  }
  if (tag == Tag::kList) {
    DatumList list;
    SL_ASSIGN_OR_RETURN(const uint64_t count, reader->ReadVarint());
    for (uint64_t i = 0; i < count; ++i) {
      SL_ASSIGN_OR_RETURN(Datum item, ReadDatum(reader));
      list.push_back(std::move(item));
    }
    return Datum(std::move(list));
  }
  if (tag == Tag::kMap) {
    DatumMap map;
    SL_ASSIGN_OR_RETURN(const uint64_t count, reader->ReadVarint());
    for (uint64_t i = 0; i < count; ++i) {
      SL_ASSIGN_OR_RETURN(const std::string_view key, reader->ReadLengthPrefixed());
      SL_ASSIGN_OR_RETURN(Datum item, ReadDatum(reader));
      map.emplace_back(key, std::move(item));
    }
    return Datum(std::move(map));
  }
  if (tag == Tag::kFact) {
    SL_ASSIGN_OR_RETURN(const FactDatum fact, ReadFact(reader));
    return Datum(fact);
  }
  if (tag == Tag::kPath) return ReadPath(reader);
  return Internal("A row in a temporary file has a cell of no known kind");
}

Status ReadCells(ByteReader* reader, Batch* to) {
  for (Vector& column : to->columns) {
    if (reader->at_end()) break;  // The row's batch had no such columns.
    SL_ASSIGN_OR_RETURN(const uint8_t byte, reader->ReadByte());
    const Tag tag = static_cast<Tag>(byte);
    if (tag == Tag::kUnbound) continue;
    if ((tag == Tag::kTerm) != (column.kind() == Vector::Kind::kTerms)) {
      return Internal("A row in a temporary file is not of its reader's columns");
    }
    if (tag == Tag::kTerm) {
      TermId term;
      SL_ASSIGN_OR_RETURN(term.bits, reader->ReadFixed64());
      column.terms().push_back(term);
    } else {
      SL_ASSIGN_OR_RETURN(Datum datum, ReadDatum(tag, reader));
      column.data().push_back(std::move(datum));
    }
  }
  return reader->ExpectEnd();
}

}  // namespace

void AppendRowBytes(const Batch& batch, size_t row, std::string* out) {
  for (const Vector& column : batch.columns) {
    if (column.size() <= row) {
      AppendTag(Tag::kUnbound, out);
    } else if (column.kind() == Vector::Kind::kTerms) {
      AppendTag(Tag::kTerm, out);
      storage::AppendFixed64(column.terms()[row].bits, out);
    } else {
      AppendDatum(column.data()[row], out);
    }
  }
}

Status ReadRowBytes(std::string_view bytes, Batch* to) {
  ByteReader reader(bytes);
  const Status status = ReadCells(&reader, to);
  if (!status.ok()) return Internal("A row in a temporary file is damaged: {}", MessageOf(status));
  ++to->row_count;
  return OkStatus();
}

}  // namespace sightline::query
