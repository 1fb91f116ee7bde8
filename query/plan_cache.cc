#include "query/plan_cache.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "storage/base/encoding.h"
#include "storage/model/value.h"

namespace sightline::query {
namespace {

// A plan takes some hundred times as much memory as its text.
constexpr size_t kKeyBytesMax = 8 << 10;

// Functions whose value differs from one time to the next; called so, or with a space before the
// bracket. A property of the name is none.
bool AsksForTheMoment(std::string_view text) {
  constexpr std::array<std::string_view, 6> kFunctions = {"now",      "today",     "date",
                                                          "datetime", "timestamp", "rand"};
  for (size_t bracket = text.find('('); bracket != std::string_view::npos;
       bracket = text.find('(', bracket + 1)) {
    size_t end = bracket;
    while (end > 0 && std::isspace(static_cast<unsigned char>(text[end - 1])) != 0) --end;
    // In back-quotes, who knows what.
    if (end > 0 && text[end - 1] == '`') return true;
    size_t begin = end;
    const auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
    while (begin > 0 && is_letter(text[begin - 1])) --begin;
    std::string word(text.substr(begin, end - begin));
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (std::find(kFunctions.begin(), kFunctions.end(), word) != kFunctions.end()) return true;
    // A comment may stand before the bracket.
    if (end >= 2 && text.substr(end - 2, 2) == "*/") return true;
  }
  // As above, a comment to the end of a line. What looks like one in the last line is an IRI or has
  // no bracket behind it.
  const size_t comment = text.find("//");
  return comment != std::string_view::npos && text.find('\n', comment) != std::string_view::npos;
}

// False for what is long, and for what no request gives.
bool AppendDatum(const Datum& datum, std::string* out) {
  if (out->size() > kKeyBytesMax) return false;
  if (const storage::Value* value = datum.value()) {
    storage::AppendByte(0, out);
    storage::AppendByte(static_cast<uint8_t>(value->type()), out);
    storage::AppendByte(static_cast<uint8_t>(value->comparator()), out);
    storage::AppendLengthPrefixed(EncodeValue(*value), out);
    return true;
  }
  if (const DatumList* list = datum.list()) {
    storage::AppendByte(1, out);
    storage::AppendVarint(list->size(), out);
    return std::all_of(list->begin(), list->end(),
                       [out](const Datum& item) { return AppendDatum(item, out); });
  }
  if (const DatumMap* map = datum.map()) {
    storage::AppendByte(2, out);
    storage::AppendVarint(map->size(), out);
    return std::all_of(map->begin(), map->end(), [out](const auto& entry) {
      storage::AppendLengthPrefixed(entry.first, out);
      return AppendDatum(entry.second, out);
    });
  }
  return false;
}

// All that binding reads of a parameter without saying so. False for what no request gives.
bool AppendType(const Datum& datum, std::string* out) {
  if (const storage::Value* value = datum.value()) {
    storage::AppendByte(0, out);
    storage::AppendByte(static_cast<uint8_t>(value->type()), out);
    storage::AppendByte(datum.node().is_statement() ? 1 : 0, out);
    return true;
  }
  if (datum.list() == nullptr && datum.map() == nullptr) return false;
  storage::AppendByte(datum.list() != nullptr ? 1 : 2, out);
  return true;
}

}  // namespace

std::optional<std::string> PlanKeyOf(std::string_view text,
                                     const std::map<std::string, Datum, std::less<>>& parameters,
                                     const storage::Clearance& clearance) {
  if (text.size() > kKeyBytesMax || AsksForTheMoment(text)) return std::nullopt;
  std::string key;
  storage::AppendLengthPrefixed(text, &key);
  storage::AppendByte(clearance.unrestricted ? 1 : 0, &key);
  storage::AppendByte(static_cast<uint8_t>(clearance.tlp_max), &key);
  storage::AppendVarint(clearance.authorizations.size(), &key);
  for (const std::string& authorization : clearance.authorizations) {
    storage::AppendLengthPrefixed(authorization, &key);
  }
  for (const auto& [name, value] : parameters) {
    storage::AppendLengthPrefixed(name, &key);
    if (!AppendType(value, &key)) return std::nullopt;
  }
  if (key.size() > kKeyBytesMax) return std::nullopt;
  return key;
}

std::optional<std::string> PlanCache::WithValues(const std::string& key,
                                                 const Parameters& parameters) const {
  const auto names = by_value_.find(key);
  if (names == by_value_.end()) return key;
  std::string with_values = key;
  for (const std::string& name : names->second) {
    const auto given = parameters.find(name);
    if (given == parameters.end()) return std::nullopt;
    storage::AppendLengthPrefixed(name, &with_values);
    if (!AppendDatum(given->second, &with_values)) return std::nullopt;
  }
  return with_values;
}

std::shared_ptr<const CachedPlan> PlanCache::Find(storage::Revision revision,
                                                  const std::string& key,
                                                  const Parameters& parameters) {
  storage::MutexLock lock(&mutex_);
  if (revision != revision_) return nullptr;
  const std::optional<std::string> with_values = WithValues(key, parameters);
  if (!with_values) return nullptr;
  const auto known = by_key_.find(*with_values);
  if (known == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, known->second);
  return known->second->plan;
}

void PlanCache::Add(storage::Revision revision, const std::string& key,
                    const Parameters& parameters, std::shared_ptr<const CachedPlan> plan) {
  std::list<Entry> dropped;  // Freed without the lock.
  storage::MutexLock lock(&mutex_);
  if (revision < revision_) return;
  if (revision != revision_) {
    by_key_.clear();
    dropped.swap(entries_);
    revision_ = revision;
  }
  if (const Names& names = plan->query.late.by_value; !names.empty()) {
    if (by_value_.size() == kKeysMax && !by_value_.contains(key)) by_value_.clear();
    by_value_[key].insert(names.begin(), names.end());
  }
  std::optional<std::string> with_values = WithValues(key, parameters);
  if (!with_values) return;
  if (const auto known = by_key_.find(*with_values); known != by_key_.end()) {
    known->second->plan.swap(plan);
    return;
  }
  entries_.push_front({*std::move(with_values), std::move(plan)});
  by_key_.emplace(entries_.front().key, entries_.begin());
  if (entries_.size() <= kEntriesMax) return;
  by_key_.erase(entries_.back().key);
  dropped.splice(dropped.begin(), entries_, std::prev(entries_.end()));
}

}  // namespace sightline::query
