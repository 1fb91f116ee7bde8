#include "query/functions/regex_match.h"

#include <re2/re2.h>

#include <memory>
#include <string>

#include "query/functions/runtime_error.h"

namespace sightline::query {
namespace {

constexpr size_t kMatchedBytesMax = size_t{1} << 20;
constexpr int64_t kProgramBytesMax = int64_t{1} << 20;

struct CompiledPattern {
  std::string pattern;
  std::unique_ptr<re2::RE2> compiled;
};

}  // namespace

StatusOr<bool> MatchesPattern(std::string_view text, std::string_view pattern) {
  if (text.size() > kMatchedBytesMax || pattern.size() > kMatchedBytesMax) {
    return RuntimeError("SL5005", "a STRING of more than 1 MiB cannot be matched with =~");
  }
  // A filter asks for the same pattern row after row.
  thread_local CompiledPattern last;
  if (last.compiled == nullptr || last.pattern != pattern) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kProgramBytesMax);
    last.pattern = pattern;
    last.compiled =
        std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  }
  const re2::RE2& compiled = *last.compiled;
  if (!compiled.ok()) {
    if (compiled.error_code() == re2::RE2::ErrorPatternTooLarge) {
      return RuntimeError("SL5005", "this pattern of =~ is too large",
                          {"a pattern may take 1 MiB when it is compiled"});
    }
    return RuntimeError("SL5004", "the right side of =~ is not a regular expression",
                        {"the syntax is RE2's: https://github.com/google/re2/wiki/Syntax"});
  }
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), compiled);
}

}  // namespace sightline::query
