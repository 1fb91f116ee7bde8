// EngineWorld: a world in a real store, and the engine that answers about it.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/engine.h"
#include "tests/reference/world.h"
#include "tests/support/test_store.h"

namespace sightline::reference {

struct EngineRun {
  std::string name;
  std::vector<std::string> rows;  // As reference.h writes them.
  std::string error_code, error_text;
};

struct EngineConfig {
  std::string name;
  uint32_t batch_rows = 2048;
  std::vector<std::string> rules_off;
  std::vector<std::string> rules_forced{};
  std::optional<uint64_t> spill_after_bytes{};
  // 1: one row a morsel, wherever several threads can work.
  uint32_t morsel_rows = 0;
  uint64_t ranked_rows_min = 4096;
  // Literals are given as parameters, to a plan that was made for other values.
  bool late_parameters = false;
};
// Default; batches of two rows; without any rule of the optimizer; without each; joins by hashing
// and by merging wherever they can be; plans made for other parameters; everything spilled; several
// threads wherever they can work; entities ordered by their ranks.
std::vector<EngineConfig> EngineConfigs();

// Thread-compatible.
class EngineWorld {
 public:
  explicit EngineWorld(const World& world);
  EngineRun Run(const EngineConfig& config, const std::string& text,
                const storage::Clearance& clearance);
  // The rows of all pages of a query that ends in LIMIT n AFTER $cursor.
  EngineRun RunPages(const std::string& text, const storage::Clearance& clearance);

  test::TestStore& store() { return store_; }

 private:
  // `before`, which may be null, is run first, by the same engine.
  EngineRun RunRequest(const EngineConfig& config, const query::QueryRequest& request,
                       std::string* next_cursor, const query::QueryRequest* before = nullptr);

  // The row with statements called by their labels, as the reference does.
  std::string WithLabels(const std::string& row) const;

  test::TestStore store_;
  std::map<storage::StatementId, std::string> labels_;
};

}  // namespace sightline::reference
