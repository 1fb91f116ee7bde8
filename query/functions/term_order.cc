#include "query/functions/term_order.h"

#include <string_view>
#include <utility>

#include "storage/dictionary/entity_ranks.h"
#include "storage/model/value.h"

namespace sightline::query {
namespace {

using storage::TermId;

enum class Rank : uint8_t { kNamed, kUnnamed, kStatement, kValue, kNone };

}  // namespace

const std::string& TermOrder::NameOf(TermId entity) {
  const auto [place, is_new] = names_.try_emplace(entity);
  if (is_new) {
    StatusOr<std::string> name = view_.ExternalIdOf(entity);
    if (name.ok()) {
      place->second = *std::move(name);
    } else if (status_.ok()) {
      status_ = name.status();
    }
    bytes_ += sizeof(TermId) + sizeof(std::string) + place->second.size() + 2 * sizeof(void*);
  }
  return place->second;
}

storage::Value TermOrder::ValueOf(TermId term) {
  StatusOr<storage::Value> value = view_.ValueOf(term);
  if (value.ok()) return *std::move(value);
  if (status_.ok()) status_ = value.status();
  return storage::Value();
}

std::strong_ordering TermOrder::Compare(TermId a, TermId b) {
  if (a == b) return std::strong_ordering::equal;
  const auto rank_of = [this](TermId term) {
    if (term.is_none()) return Rank::kNone;
    if (term.is_statement()) return Rank::kStatement;
    if (!term.is_entity()) return Rank::kValue;
    return NameOf(term).starts_with(storage::kUnnamedPrefix) ? Rank::kUnnamed : Rank::kNamed;
  };
  const Rank rank = rank_of(a);
  if (const auto order = rank <=> rank_of(b); order != 0) return order;
  if (rank == Rank::kNamed) return NameOf(a) <=> NameOf(b);
  if (rank == Rank::kValue) return TotalOrder(ValueOf(a), ValueOf(b));
  return a <=> b;
}

}  // namespace sightline::query
