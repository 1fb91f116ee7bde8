// Datum: any value an expression can have. A storage value, or one of the composite ones that exist
// only in queries.
//
// Composites are shared and immutable, so that copying a Datum is cheap. Thread-safe to read.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "storage/model/statement.h"
#include "storage/model/value.h"

namespace sightline::query {

class Datum;

using DatumList = std::vector<Datum>;
// In order of insertion; keys are unique.
using DatumMap = std::vector<std::pair<std::string, Datum>>;

// A fact as a query found it: the triple, and the scope of the MATCH that found it (an index into
// the query's scopes), which decides whose statements r.sources and r.denied_by count.
struct FactDatum {
  storage::Fact fact;
  uint32_t scope_index = 0;
};

// nodes.size() == facts.size() + 1. A fact may have been walked backwards.
struct PathDatum {
  std::vector<storage::TermId> nodes;
  std::vector<FactDatum> facts;
};

class Datum {
 public:
  using Data = std::variant<storage::Value, std::shared_ptr<const DatumList>,
                            std::shared_ptr<const DatumMap>, std::shared_ptr<const FactDatum>,
                            std::shared_ptr<const PathDatum>>;

  Datum() = default;  // Null: unknown.
  explicit Datum(storage::Value value) : data_(std::move(value)) {}
  explicit Datum(DatumList list) : data_(std::make_shared<const DatumList>(std::move(list))) {}
  explicit Datum(DatumMap map) : data_(std::make_shared<const DatumMap>(std::move(map))) {}
  explicit Datum(FactDatum fact) : data_(std::make_shared<const FactDatum>(fact)) {}
  explicit Datum(PathDatum path) : data_(std::make_shared<const PathDatum>(std::move(path))) {}
  static Datum OfBoolean(bool b) { return Datum(storage::Value(b)); }
  static Datum OfInteger(int64_t i) { return Datum(storage::Value(i)); }
  static Datum OfText(std::string text) { return Datum(storage::Value::OfText(std::move(text))); }
  static Datum OfNode(storage::TermId node) { return Datum(storage::Value(node)); }

  bool is_null() const {
    const storage::Value* value = std::get_if<storage::Value>(&data_);
    return value != nullptr && value->is_null();
  }
  const Data& data() const { return data_; }
  // Null when the datum is not of that kind.
  const storage::Value* value() const { return std::get_if<storage::Value>(&data_); }
  const DatumList* list() const { return Get<DatumList>(); }
  const DatumMap* map() const { return Get<DatumMap>(); }
  const FactDatum* fact() const { return Get<FactDatum>(); }
  const PathDatum* path() const { return Get<PathDatum>(); }
  // The entity or statement, or none.
  storage::TermId node() const {
    const storage::Value* v = value();
    const storage::TermId* id = v != nullptr ? v->get_if<storage::TermId>() : nullptr;
    return id != nullptr ? *id : storage::TermId{};
  }

 private:
  template <typename T>
  const T* Get() const {
    const auto* pointer = std::get_if<std::shared_ptr<const T>>(&data_);
    return pointer != nullptr ? pointer->get() : nullptr;
  }

  Data data_;
};

}  // namespace sightline::query
