// Every beginning of every text that the repository holds is a text that somebody is writing: each
// gets an answer, in time, whose candidates take the place of a part of the text.

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/unit/query/completion/article_store.h"

namespace sightline::query {
namespace {

// The queries of the conformance files, and the sixty examples of the grammar.
std::vector<std::string> QueryTexts() {
  std::vector<std::string> texts;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("tests/conformance")) {
    if (entry.path().extension() != ".slt") continue;
    std::istringstream lines(FileText(entry.path().string()));
    std::string text;
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
      const bool begins =
          line.starts_with("query") || line.starts_with("statement") || line.starts_with("pending");
      if (inside && (line.empty() || line.starts_with("----"))) {
        texts.push_back(std::move(text));
        inside = false;
      } else if (inside) {
        text += line + "\n";
      } else if (begins) {
        inside = true;
        text.clear();
      }
    }
  }
  std::istringstream lines(FileText("query/grammar/examples.slql"));
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("// E") && !text.empty()) texts.push_back(std::exchange(text, ""));
    text += line + "\n";
  }
  texts.push_back(text);
  return texts;
}

TEST(EveryPrefix, OfAllExampleQueriesGetsAnAnswer) {
  ArticleStore article;
  storage::Clearance clearance;
  clearance.tlp_max = storage::TlpLabel::kGreen;
  const auto view = test::OrThrow(article.store()->OpenReadView({}, clearance));
  const std::vector<std::string> texts = QueryTexts();
  ASSERT_GT(texts.size(), 400u);
  size_t answers = 0, with_candidates = 0;
  std::chrono::nanoseconds longest{0};
  for (const std::string& text : texts) {
    // All places of short texts; of long ones some, at a distance that falls on every kind of
    // place.
    const size_t step = std::max<size_t>(1, text.size() / 60);
    for (size_t place = 0; place <= text.size(); place += step) {
      while (place < text.size() && (static_cast<unsigned char>(text[place]) & 0xC0) == 0x80) {
        ++place;
      }
      // The rest of the text there, and not there.
      for (const bool whole : {false, true}) {
        const std::string_view written =
            whole ? std::string_view(text) : std::string_view(text).substr(0, place);
        const auto begin = std::chrono::steady_clock::now();
        const storage::CancellationToken deadline(begin + std::chrono::seconds(60));
        const StatusOr<Completion> completion =
            Complete({.text = written, .place = place}, *view, deadline);
        longest = std::max(longest, std::chrono::steady_clock::now() - begin);
        ASSERT_TRUE(completion.ok()) << completion.status() << "\n" << written << "\n@" << place;
        ++answers;
        if (!completion->candidates.empty()) ++with_candidates;
        ASSERT_LE(completion->replaces.begin, place) << written;
        ASSERT_GE(completion->replaces.end, place) << written;
        ASSERT_LE(completion->replaces.end, written.size()) << written;
      }
    }
  }
  EXPECT_GT(answers, 20'000u);
  // Nothing is expected in comments, in numbers, behind closing quotes, where new names are given.
  EXPECT_GT(with_candidates, answers / 2);
  EXPECT_LT(longest, std::chrono::seconds(5));
}

TEST(EveryPrefix, OfHostileTextsGetsAnAnswer) {
  ArticleStore article;
  storage::Clearance clearance;
  clearance.tlp_max = storage::TlpLabel::kGreen;
  const auto view = test::OrThrow(article.store()->OpenReadView({}, clearance));
  const auto repeated = [](std::string_view part, size_t times) {
    std::string text;
    for (size_t i = 0; i < times; ++i) text += part;
    return text;
  };
  const std::vector<std::string> texts = {
      std::string("MATCH (\0)", 9),
      "RETURN " + repeated("(", 3'000),
      "RETURN " + repeated("NOT ", 3'000),
      "RETURN " + repeated("[", 3'000),
      "MATCH " + repeated("((a)-[:x]->(b)){1,2}", 500),
      "RETURN 1" + repeated("+1", 1'900),
      "RETURN 1" + repeated("+1", 100'000),
      repeated(")", 3'000) + "MATCH (",
      repeated("WITH ", 2'000),
      repeated("CASE ", 2'000),
      repeated("EXISTS {", 2'000),
      repeated("\"", 2'001),
      repeated("MATCH (a) RETURN a; ", 20'000),
      "MATCH (" + repeated("\xF0\x9F\x98\x80", 1'000),
      "\xEF\xBB\xBFMATCH (a:",
      "MATCH (a) // ",
      "MATCH (a) /* ",
  };
  for (const std::string& text : texts) {
    const auto begin = std::chrono::steady_clock::now();
    const storage::CancellationToken deadline(begin + std::chrono::seconds(1));
    const StatusOr<Completion> completion =
        Complete({.text = text, .place = text.size()}, *view, deadline);
    EXPECT_TRUE(completion.ok()) << completion.status() << text.substr(0, 100);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3))
        << text.substr(0, 100);
  }
}

}  // namespace
}  // namespace sightline::query
