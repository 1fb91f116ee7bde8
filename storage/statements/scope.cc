#include "storage/statements/scope.h"

namespace sightline::storage {

void Scope::Test(const uint64_t* statements, size_t count, uint8_t* verdicts) const {
  for (size_t i = 0; i < count; ++i) {
    const StatementId statement{statements[i]};
    verdicts[i] = !Contains(statement)                          ? kOutOfScope
                  : PolarityOf(statement) == Polarity::kAsserts ? kAsserted
                                                                : kDenied;
  }
}

std::vector<StatementId> Scope::Denials() const {
  std::vector<StatementId> denials;
  for (const StatementId statement : Statements()) {
    if (PolarityOf(statement) == Polarity::kDenies) denials.push_back(statement);
  }
  return denials;
}

bool Scope::Covers(StatementId, StatementId) const { return false; }

bool Scope::Intersects(StatementId, StatementId) const { return true; }

}  // namespace sightline::storage
