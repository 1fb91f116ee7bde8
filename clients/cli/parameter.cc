#include "clients/cli/parameter.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "clients/cpp/connection.h"

namespace sightline::cli {
namespace {

constexpr size_t kNestingMax = 24;  // What servers accept.
constexpr int32_t kScaleMax = 18;

client::Error Bad(std::string message) {
  return {grpc::StatusCode::INVALID_ARGUMENT, std::move(message), "SL8003", {}};
}

// Reads a number's own digits; a double would lose some. Nothing when it does not fit 64 bits and
// 18 places.
std::optional<v1::Decimal> ParseDecimal(std::string_view text) {
  std::string digits;
  int32_t scale = 0;
  bool has_point = false;
  for (const char c : text) {
    if (c == '.') {
      has_point = true;
    } else {
      digits += c;
      if (has_point) ++scale;
    }
  }
  while (scale > 0 && digits.back() == '0') {
    digits.pop_back();
    --scale;
  }
  int64_t unscaled = 0;
  const auto [rest, failure] =
      std::from_chars(digits.data(), digits.data() + digits.size(), unscaled);
  if (failure != std::errc() || rest != digits.data() + digits.size() || scale > kScaleMax) {
    return std::nullopt;
  }
  v1::Decimal decimal;
  decimal.set_unscaled(unscaled);
  decimal.set_scale(scale);
  return decimal;
}

// Builds a Value from nlohmann's parse events, which give the digits of numbers as they were typed
// and do not recurse.
class ValueBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit ValueBuilder(v1::Value* root) : root_(root) {}
  const std::string& fault() const { return fault_; }

  bool null() override { return Place() != nullptr; }
  bool boolean(bool value) override {
    v1::Value* place = Place();
    if (place != nullptr) place->set_boolean(value);
    return place != nullptr;
  }
  bool number_integer(number_integer_t value) override {
    v1::Value* place = Place();
    if (place != nullptr) place->set_integer(value);
    return place != nullptr;
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return Fail("an integer has 64 bits");
    }
    return number_integer(static_cast<int64_t>(value));
  }
  bool number_float(number_float_t value, const string_t& digits) override {
    v1::Value* place = Place();
    if (place == nullptr) return false;
    if (digits.find_first_of("eE") != std::string::npos) {
      place->set_real(value);
      return true;
    }
    const std::optional<v1::Decimal> decimal = ParseDecimal(digits);
    if (!decimal) return Fail(digits + " does not fit a decimal of 18 digits");
    *place->mutable_decimal() = *decimal;
    return true;
  }
  bool string(string_t& value) override {
    v1::Value* place = Place();
    if (place != nullptr) place->mutable_text()->set_text(value);
    return place != nullptr;
  }
  bool binary(binary_t&) override { return Fail("binary values do not exist"); }
  bool start_array(size_t) override {
    v1::Value* place = Open();
    if (place != nullptr) place->mutable_list();
    return place != nullptr;
  }
  bool start_object(size_t) override {
    v1::Value* place = Open();
    if (place != nullptr) place->mutable_map();
    return place != nullptr;
  }
  bool key(string_t& key) override {
    for (const v1::ValueMapEntry& entry : open_.back()->map().entries()) {
      if (entry.key() == key) return Fail("the key '" + key + "' comes twice");
    }
    open_.back()->mutable_map()->add_entries()->set_key(key);
    return true;
  }
  bool end_array() override { return Close(); }
  bool end_object() override { return Close(); }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  // Where the next value goes.
  v1::Value* Place() {
    if (open_.empty()) return root_;
    if (open_.back()->has_list()) return open_.back()->mutable_list()->add_values();
    v1::ValueMap* map = open_.back()->mutable_map();
    return map->mutable_entries(map->entries_size() - 1)->mutable_value();
  }
  v1::Value* Open() {
    if (open_.size() >= kNestingMax) {
      Fail(fmt::format("lists and maps nest at most {} deep", kNestingMax));
      return nullptr;
    }
    v1::Value* place = Place();
    open_.push_back(place);
    return place;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }
  bool Fail(std::string fault) {
    fault_ = std::move(fault);
    return false;
  }

  v1::Value* const root_;
  // Elements of a list under construction do not move: only the innermost one grows.
  std::vector<v1::Value*> open_;
  std::string fault_;
};

// Exactly `length` digits at the start of `*text`, taken off it.
std::optional<int> TakeDigits(std::string_view* text, size_t length) {
  if (text->size() < length) return std::nullopt;
  int number = 0;
  for (size_t i = 0; i < length; ++i) {
    const char c = (*text)[i];
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text->remove_prefix(length);
  return number;
}

bool Take(std::string_view* text, char c) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

// A date or instant in SLQL's form; nothing when the text is none.
std::optional<v1::Value> ParseTime(std::string_view text) {
  using namespace std::chrono;
  v1::Value value;
  v1::Date* date = value.mutable_date();
  const std::optional<int> year_number = TakeDigits(&text, 4);
  if (!year_number || *year_number == 0 || !Take(&text, '-')) return std::nullopt;
  date->set_year(*year_number);
  if (Take(&text, 'Q')) {
    const std::optional<int> quarter = TakeDigits(&text, 1);
    if (!quarter || *quarter < 1 || *quarter > 4 || !text.empty()) return std::nullopt;
    date->set_quarter(*quarter);
    return value;
  }
  const std::optional<int> month_number = TakeDigits(&text, 2);
  if (!month_number || *month_number < 1 || *month_number > 12) return std::nullopt;
  date->set_month(*month_number);
  if (text.empty()) return value;
  if (!Take(&text, '-')) return std::nullopt;
  const std::optional<int> day_number = TakeDigits(&text, 2);
  if (!day_number) return std::nullopt;
  const year_month_day day(year(*year_number), month(static_cast<unsigned>(*month_number)),
                           std::chrono::day(static_cast<unsigned>(*day_number)));
  if (!day.ok()) return std::nullopt;
  date->set_day(*day_number);
  if (text.empty()) return value;

  if (!Take(&text, 'T')) return std::nullopt;
  const std::optional<int> hour = TakeDigits(&text, 2);
  if (!hour || *hour > 23 || !Take(&text, ':')) return std::nullopt;
  const std::optional<int> minute = TakeDigits(&text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  int second = 0;
  int32_t nanos = 0;
  if (Take(&text, ':')) {
    const std::optional<int> read = TakeDigits(&text, 2);
    if (!read || *read > 59) return std::nullopt;
    second = *read;
    if (Take(&text, '.')) {
      int32_t unit = 100'000'000;
      while (unit > 0 && !text.empty() && text.front() >= '0' && text.front() <= '9') {
        nanos += *TakeDigits(&text, 1) * unit;
        unit /= 10;
      }
      if (unit == 100'000'000) return std::nullopt;
    }
  }
  int offset_minutes = 0;
  if (!Take(&text, 'Z') && !text.empty()) {
    const int sign = Take(&text, '-') ? -1 : Take(&text, '+') ? 1 : 0;
    const std::optional<int> hours = TakeDigits(&text, 2);
    if (sign == 0 || !hours || !Take(&text, ':')) return std::nullopt;
    const std::optional<int> minutes = TakeDigits(&text, 2);
    if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    offset_minutes = sign * (*hours * 60 + *minutes);
  }
  if (!text.empty()) return std::nullopt;
  const sys_seconds time =
      sys_days(day) + hours(*hour) + minutes(*minute) + seconds(second) - minutes(offset_minutes);
  value.mutable_instant()->set_seconds(time.time_since_epoch().count());
  value.mutable_instant()->set_nanos(nanos);
  return value;
}

}  // namespace

client::Result<v1::Value> ParseParameterValue(std::string_view text) {
  if (client::FirstInvalidUtf8(text)) return Bad("the value is not UTF-8");
  v1::Value value;
  ValueBuilder builder(&value);
  if (nlohmann::json::sax_parse(text, &builder)) return value;
  if (!builder.fault().empty()) return Bad(builder.fault());
  if (text.starts_with('[') || text.starts_with('{') || text.starts_with('"')) {
    return Bad("the value begins like JSON and is none; text goes in quotes: '\"[a]\"'");
  }
  if (text.size() > 1 && text.front() == '#') {
    v1::Value entity;
    entity.set_node_id(std::string(text.substr(1)));
    return entity;
  }
  if (const std::optional<v1::Value> time = ParseTime(text)) return *time;
  v1::Value plain;
  plain.mutable_text()->set_text(std::string(text));
  return plain;
}

client::Result<std::pair<std::string, v1::Value>> ParseParameter(std::string_view text) {
  const size_t equals = text.find('=');
  std::string_view name = text.substr(0, equals);
  // As it is written in the query, if someone does.
  if (name.starts_with('$')) name.remove_prefix(1);
  if (equals == std::string_view::npos || name.empty()) {
    return Bad(fmt::format("'{}' is not name=value", text));
  }
  if (client::FirstInvalidUtf8(name)) return Bad("the name is not UTF-8");
  client::Result<v1::Value> value = ParseParameterValue(text.substr(equals + 1));
  if (!value.ok()) return Bad(fmt::format("parameter {}: {}", name, value.error().message));
  return std::pair(std::string(name), std::move(*value));
}

}  // namespace sightline::cli
