// Datum: any value an expression can have. A storage value, or one of the composite ones that exist
// only in queries.
//
// Composites are shared and immutable, so that copying a Datum is cheap. Thread-safe to read.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
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
  // Set where edges are statements (CYPHER): then it is this statement's fact and nobody else's.
  storage::StatementId statement{};
};

// nodes.size() == facts.size() + 1. A fact may have been walked backwards.
struct PathDatum {
  std::vector<storage::TermId> nodes;
  std::vector<FactDatum> facts;
  std::optional<double> cost = {};  // Of a path that CHEAPEST found.
};

// A list or map with its size as if nothing in it were shared: [a, a] of a long list a takes little
// memory, but whoever walks it, compares it or writes it down walks a twice.
template <typename Items>
struct Composite {
  explicit Composite(Items given);

  Items items;
  // Items or entries at all depths.
  uint64_t expanded = 0;
  // Bytes on the heap. Saturates, as does `expanded`.
  uint64_t bytes = 0;
  // 1 of a list of values.
  uint32_t depth = 1;

 private:
  void Count(const Datum& item);
};

class Datum {
 public:
  using Data = std::variant<storage::Value, std::shared_ptr<const Composite<DatumList>>,
                            std::shared_ptr<const Composite<DatumMap>>,
                            std::shared_ptr<const FactDatum>, std::shared_ptr<const PathDatum>>;

  Datum() = default;  // Null: unknown.
  explicit Datum(storage::Value value) : data_(std::move(value)) {}
  explicit Datum(DatumList list);
  explicit Datum(DatumMap map);
  explicit Datum(FactDatum fact);
  explicit Datum(PathDatum path);
  // Not inline, like the constructors above: a variant's copies are slow to compile, for each
  // source that has some.
  Datum(const Datum&);
  Datum& operator=(const Datum&);
  Datum(Datum&&) noexcept = default;
  Datum& operator=(Datum&&) noexcept = default;
  ~Datum() = default;
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
  const DatumList* list() const {
    const auto* list = Get<Composite<DatumList>>();
    return list != nullptr ? &list->items : nullptr;
  }
  const DatumMap* map() const {
    const auto* map = Get<Composite<DatumMap>>();
    return map != nullptr ? &map->items : nullptr;
  }
  const FactDatum* fact() const { return Get<FactDatum>(); }
  const PathDatum* path() const { return Get<PathDatum>(); }
  // The entity or statement, or none.
  storage::TermId node() const {
    const storage::Value* v = value();
    const storage::TermId* id = v != nullptr ? v->get_if<storage::TermId>() : nullptr;
    return id != nullptr ? *id : storage::TermId{};
  }

  // Of lists and maps, as Composite counts them; 0 of others. In constant time.
  uint64_t expanded() const {
    if (const auto* list = Get<Composite<DatumList>>()) return list->expanded;
    const auto* map = Get<Composite<DatumMap>>();
    return map != nullptr ? map->expanded : 0;
  }
  uint32_t depth() const {
    if (const auto* list = Get<Composite<DatumList>>()) return list->depth;
    const auto* map = Get<Composite<DatumMap>>();
    return map != nullptr ? map->depth : 0;
  }
  // About what it takes besides sizeof(Datum). In constant time.
  uint64_t heap_bytes() const {
    if (const storage::Value* v = value()) {
      if (const auto* text = v->get_if<storage::Text>()) {
        return text->text.size() + text->language.size();
      }
      const auto* quantity = v->get_if<storage::Quantity>();
      return quantity != nullptr ? quantity->unit.size() : 0;
    }
    if (const auto* list = Get<Composite<DatumList>>()) return list->bytes;
    if (const auto* map = Get<Composite<DatumMap>>()) return map->bytes;
    if (const PathDatum* p = path()) {
      return p->nodes.size() * sizeof(storage::TermId) + p->facts.size() * sizeof(FactDatum);
    }
    return sizeof(FactDatum);
  }

 private:
  template <typename T>
  const T* Get() const {
    const auto* pointer = std::get_if<std::shared_ptr<const T>>(&data_);
    return pointer != nullptr ? pointer->get() : nullptr;
  }

  Data data_;
};

// For a query's budget: the datum and what hangs on it. What two datums share counts for each.
inline uint64_t DatumBytes(const Datum& datum) { return sizeof(Datum) + datum.heap_bytes(); }

}  // namespace sightline::query
