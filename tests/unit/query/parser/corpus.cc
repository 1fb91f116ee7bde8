#include "tests/unit/query/parser/corpus.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace sightline::query {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path << " (tests run in the top folder of the repository)";
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<CorpusText> GrammarExamples() {
  std::vector<CorpusText> examples;
  std::istringstream lines(ReadFile("query/grammar/examples.slql"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("// E") && line.size() > 6) {
      examples.push_back({line.substr(3, 3), ""});
    }
    if (!examples.empty()) examples.back().text += line + "\n";
  }
  EXPECT_EQ(examples.size(), 60u);
  return examples;
}

std::vector<CorpusText> ArticleScripts() {
  std::vector<CorpusText> scripts;
  for (const auto& entry : std::filesystem::directory_iterator("examples/article")) {
    if (entry.path().extension() != ".slql") continue;
    scripts.push_back({entry.path().string(), ReadFile(entry.path().string())});
  }
  std::sort(scripts.begin(), scripts.end(),
            [](const CorpusText& a, const CorpusText& b) { return a.name < b.name; });
  EXPECT_FALSE(scripts.empty());
  return scripts;
}

std::vector<CorpusText> Corpus() {
  std::vector<CorpusText> corpus = GrammarExamples();
  for (CorpusText& script : ArticleScripts()) corpus.push_back(std::move(script));
  return corpus;
}

}  // namespace sightline::query
