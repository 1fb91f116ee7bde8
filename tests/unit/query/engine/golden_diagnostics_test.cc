// What we say about queries that are wrong or worth a word, beyond their syntax, in
// golden_diagnostics.txt: the caret, the message, the help, each repair, and what becomes of the
// query with it. After a change that means to change the answers, rewrite them and read the
// difference:
//   SIGHTLINE_REWRITE=1 build/release/bin/query_engine_test --gtest_filter='GoldenDiagnostics.*'

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "query/analysis.h"
#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

constexpr char kGoldenFile[] = "tests/unit/query/engine/golden_diagnostics.txt";
constexpr std::string_view kStoreMark = "=== store\n";
constexpr std::string_view kQueryMark = "=== query";
constexpr std::string_view kSaysMark = "\n=== says\n";

struct Record {
  // Of the mark's line: "reader" may not write, "green" sees TLP:GREEN, "steps=9" and "rows=1" are
  // limits, "late" has no time left.
  std::string words;
  std::string query, says;

  bool Has(std::string_view word) const {
    return (" " + words + " ").find(" " + std::string(word) + " ") != std::string::npos;
  }
  uint64_t Number(std::string_view word, uint64_t otherwise) const {
    const size_t at = (" " + words).find(" " + std::string(word) + "=");
    if (at == std::string::npos) return otherwise;
    return std::stoull(words.substr(at + word.size() + 1));
  }
};

struct Golden {
  std::string store;  // The script that every query runs on, each on a store of its own.
  std::vector<Record> records;
};

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path << " (tests run in the top folder of the repository)";
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Golden ReadGolden() {
  Golden golden;
  const std::string file = ReadAll(kGoldenFile);
  size_t at = file.find(kQueryMark);
  golden.store = file.substr(kStoreMark.size(), at - kStoreMark.size());
  while (at != std::string::npos) {
    const size_t line_end = file.find('\n', at);
    const size_t says = file.find(kSaysMark, line_end);
    const size_t next = file.find("\n" + std::string(kQueryMark), says);
    const size_t end = next == std::string::npos ? file.size() : next;
    Record record;
    const size_t words = at + kQueryMark.size();
    record.words = file.substr(words, line_end - words);
    if (!record.words.empty()) record.words.erase(0, 1);
    record.query = file.substr(line_end + 1, says - line_end - 1);
    record.says = file.substr(says + kSaysMark.size(), end - says - kSaysMark.size());
    golden.records.push_back(std::move(record));
    at = next == std::string::npos ? next : next + 1;
  }
  return golden;
}

std::string Apply(std::string text, std::vector<Edit> edits) {
  std::sort(edits.begin(), edits.end(),
            [](const Edit& a, const Edit& b) { return a.span.begin > b.span.begin; });
  for (const Edit& edit : edits) {
    text.replace(edit.span.begin, edit.span.end - edit.span.begin, edit.replacement);
  }
  return text;
}

// Edits of one place are alternatives; of several places they belong together.
std::vector<std::string> RepairsOf(const Diagnostic& diagnostic, const std::string& query) {
  std::vector<std::string> repairs;
  if (diagnostic.edits.empty()) return repairs;
  const bool one_place =
      std::all_of(diagnostic.edits.begin(), diagnostic.edits.end(),
                  [&](const Edit& edit) { return edit.span == diagnostic.edits.front().span; });
  if (!one_place) return {Apply(query, diagnostic.edits)};
  for (const Edit& edit : diagnostic.edits) repairs.push_back(Apply(query, {edit}));
  return repairs;
}

class GoldenStore {
 public:
  explicit GoldenStore(const std::string& script) {
    const RunOutcome outcome = RunQuery(store_, script);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  }

  QueryRequest RequestOf(const Record& record, const std::string& text) const {
    QueryRequest request;
    request.text = text;
    request.clearance = record.Has("green") ? test::ClearanceOf(storage::TlpLabel::kGreen)
                                            : storage::Clearance::Unrestricted();
    request.read_only = record.Has("reader");
    request.limits.steps_max = record.Number("steps", request.limits.steps_max);
    request.limits.rows_max = record.Number("rows", request.limits.rows_max);
    request.limits.memory_bytes_max = record.Number("memory", request.limits.memory_bytes_max);
    if (record.Has("late")) request.cancellation = &past_;
    return request;
  }

  std::vector<Diagnostic> Run(const Record& record) {
    const RunOutcome outcome = RunRequest(&*store_, RequestOf(record, record.query));
    std::vector<Diagnostic> diagnostics = outcome.summary.notices;
    const std::vector<Diagnostic> errors = DiagnosticsOf(outcome.status);
    diagnostics.insert(diagnostics.end(), errors.begin(), errors.end());
    return diagnostics;
  }

  // Empty when the text binds, else what is wrong with it.
  std::string MistakesIn(const Record& record, const std::string& text) {
    QueryEngine engine(&*store_, {});
    const StatusOr<Analysis> analysis = engine.Analyze(RequestOf(record, text));
    if (!analysis.ok()) return analysis.status().ToString();
    std::string codes;
    for (const Diagnostic& diagnostic : analysis->diagnostics) {
      if (diagnostic.severity == Severity::kError) codes += " " + diagnostic.code;
    }
    return codes;
  }

 private:
  test::TestStore store_;
  const storage::CancellationToken past_{std::chrono::steady_clock::now() -
                                         std::chrono::seconds(1)};
};

std::string WhatWeSay(GoldenStore* store, const Record& record) {
  std::string says;
  for (const Diagnostic& diagnostic : store->Run(record)) {
    says += Render(diagnostic, record.query);
    for (const std::string& repair : RepairsOf(diagnostic, record.query)) {
      says += fmt::format("repaired: {}\n", repair);
    }
  }
  return says.empty() ? "nothing\n" : says;
}

TEST(GoldenDiagnostics, AreAsTheFileHasThem) {
  const bool rewrite = std::getenv("SIGHTLINE_REWRITE") != nullptr;
  Golden golden = ReadGolden();
  ASSERT_GE(golden.records.size(), 80u);
  for (Record& record : golden.records) {
    GoldenStore store(golden.store);
    const std::string says = WhatWeSay(&store, record);
    EXPECT_NE(says, "nothing\n") << record.query;
    if (rewrite) {
      record.says = says;
    } else {
      EXPECT_EQ(says, record.says) << record.query;
    }
  }
  if (!rewrite) return;
  std::ofstream file(kGoldenFile, std::ios::binary);
  file << kStoreMark << golden.store;
  bool first = true;
  for (const Record& record : golden.records) {
    file << (first ? "" : "\n") << kQueryMark << (record.words.empty() ? "" : " ") << record.words
         << "\n"
         << record.query << kSaysMark << record.says;
    first = false;
  }
}

TEST(GoldenDiagnostics, EachRepairBinds) {
  const Golden golden = ReadGolden();
  GoldenStore store(golden.store);
  int repairs = 0;
  for (const Record& record : golden.records) {
    if (record.says.find("\nrepaired: ") == std::string::npos) continue;
    GoldenStore own(golden.store);
    for (const Diagnostic& diagnostic : own.Run(record)) {
      for (const std::string& repair : RepairsOf(diagnostic, record.query)) {
        ++repairs;
        EXPECT_EQ(store.MistakesIn(record, repair), "") << repair;
      }
    }
  }
  EXPECT_GE(repairs, 15);
}

// Codes that no query alone can bring about, and why.
bool IsOfRequests(const std::string& code) {
  return code.starts_with("SL8")  // What is wrong with a request beside its text: server tests.
         || code == "SL5006"      // Of results on their way out: tests/unit/server/service.
         || code == "SL7003"      // Said by a server whose administrator has turned writing off.
         || code == "SL1006"      // Said by the command line of a text that is empty.
         || code == "SL1004";     // No file of ours holds bytes that are not UTF-8.
}

// The syntax errors stand in tests/unit/query/parser/broken.txt.
TEST(GoldenDiagnostics, EveryPublishedCodeHasOne) {
  std::string goldens = ReadAll("tests/unit/query/parser/broken.txt");
  for (const Record& record : ReadGolden().records) goldens += record.says;
  std::vector<std::string> missing;
  for (const auto& entry : std::filesystem::directory_iterator("docs/language/errors")) {
    const std::string code = entry.path().stem().string();
    if (IsOfRequests(code)) continue;
    if (goldens.find("[" + code + "]") == std::string::npos) missing.push_back(code);
  }
  std::sort(missing.begin(), missing.end());
  EXPECT_THAT(missing, testing::IsEmpty());
}

}  // namespace
}  // namespace sightline::query
