// ScriptCache: the syntax of texts that were parsed a short time ago, because most programs send
// the same few texts, with other parameters, again and again.
//
// Syntax depends on the text alone: nothing in it comes from a store or a reader. Thread-safe.

#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "query/ast/ast.h"
#include "query/parser/parser.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"

namespace sightline::query {

class ScriptCache {
 public:
  explicit ScriptCache(const ParserLimits& limits) : limits_(limits) {}

  // Null for a text that is not kept.
  std::shared_ptr<const ast::Script> Find(std::string_view text) SL_EXCLUDES(mutex_);
  // Errors: as query::Parse, which are not kept.
  StatusOr<std::shared_ptr<const ast::Script>> Parse(std::string_view text) SL_EXCLUDES(mutex_);

 private:
  struct Entry {
    std::string text;
    std::shared_ptr<const ast::Script> script;
  };
  // Syntax takes some ten times as much memory as its text.
  static constexpr size_t kTextBytesMax = 8 << 10;     // Longer ones are not kept.
  static constexpr size_t kTotalBytesMax = 512 << 10;  // Of all texts kept.

  const ParserLimits limits_;
  storage::Mutex mutex_;
  std::list<Entry> entries_ SL_GUARDED_BY(mutex_);  // The one used last in front.
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_text_ SL_GUARDED_BY(mutex_);
  size_t total_bytes_ SL_GUARDED_BY(mutex_) = 0;
};

}  // namespace sightline::query
