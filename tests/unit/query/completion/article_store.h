// ArticleStore: a store with the scripts of examples/article in it, and completions of it.

#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "query/completion/completion.h"
#include "query/engine.h"
#include "tests/support/test_store.h"

namespace sightline::query {

inline std::string FileText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path << " (tests run in the top folder of the repository)";
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class ArticleStore {
 public:
  ArticleStore() {
    storage::Clearance all;
    all.unrestricted = true;
    for (const char* script : {"schema", "entities", "claims", "denials-officials"}) {
      Run(FileText(std::string("examples/article/") + script + ".slql"), all);
    }
  }

  void Run(const std::string& text, const storage::Clearance& clearance) {
    QueryEngine engine(&*store_, {});
    QueryRequest request;
    request.text = text;
    request.clearance = clearance;
    test::ThrowIfError(engine.Execute(request).status());
  }

  // `marked` has a ¦ where the place is.
  Completion At(std::string marked, const storage::Clearance* clearance = nullptr,
                size_t candidates_max = 50, std::vector<std::string> parameters = {}) {
    constexpr std::string_view kMark = "¦";
    const size_t place = marked.find(kMark);
    EXPECT_NE(place, std::string::npos) << marked;
    marked.erase(place, kMark.size());
    storage::Clearance unrestricted;
    unrestricted.unrestricted = true;
    const auto view =
        test::OrThrow(store_->OpenReadView({}, clearance != nullptr ? *clearance : unrestricted));
    const storage::CancellationToken deadline(std::chrono::steady_clock::now() +
                                              std::chrono::seconds(60));
    return test::OrThrow(Complete({.text = marked,
                                   .place = place,
                                   .candidates_max = candidates_max,
                                   .parameters = std::move(parameters)},
                                  *view, deadline));
  }

  test::TestStore& store() { return store_; }

 private:
  test::TestStore store_;
};

inline std::vector<std::string> Texts(const Completion& completion) {
  std::vector<std::string> texts;
  for (const Candidate& candidate : completion.candidates) texts.push_back(candidate.insert_text);
  return texts;
}

inline const Candidate* Find(const Completion& completion, std::string_view text) {
  for (const Candidate& candidate : completion.candidates) {
    if (candidate.insert_text == text) return &candidate;
  }
  return nullptr;
}

}  // namespace sightline::query
