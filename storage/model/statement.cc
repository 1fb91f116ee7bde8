#include "storage/model/statement.h"

#include <array>

namespace sightline::storage {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 11> kModeNames = {
    "",           "direct-quote", "reported", "editorial", "headline", "implied",
    "background", "normalised",   "analyst",  "inferred",  "record"};
constexpr std::array<std::string_view, 7> kReliabilityNames = {"", "A", "B", "C", "D", "E", "F"};

}  // namespace

std::string_view PolarityName(Polarity polarity) {
  return polarity == Polarity::kDenies ? "denies" : "asserts";
}

std::string_view ModeName(Mode mode) {
  const size_t index = static_cast<size_t>(mode);
  return index < kModeNames.size() ? kModeNames[index] : "";
}

std::optional<Mode> ParseMode(std::string_view name) {
  for (size_t i = 1; i < kModeNames.size(); ++i) {
    if (kModeNames[i] == name) return static_cast<Mode>(i);
  }
  return std::nullopt;
}

std::string_view ReliabilityName(Reliability reliability) {
  const size_t index = static_cast<size_t>(reliability);
  return index < kReliabilityNames.size() ? kReliabilityNames[index] : "";
}

std::optional<Reliability> ParseReliability(std::string_view name) {
  for (size_t i = 1; i < kReliabilityNames.size(); ++i) {
    if (kReliabilityNames[i] == name) return static_cast<Reliability>(i);
  }
  return std::nullopt;
}

}  // namespace sightline::storage
