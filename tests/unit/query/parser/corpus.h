// The SLQL texts that the repository holds: the sixty examples of the grammar and the article.

#pragma once

#include <string>
#include <vector>

namespace sightline::query {

struct CorpusText {
  std::string name;  // "E01", "examples/article/claims.slql"
  std::string text;
};

// The examples of query/grammar/examples.slql, one a text. Fails the test when there are not 60.
std::vector<CorpusText> GrammarExamples();
// Every script of examples/article, whole. Fails the test when there is none.
std::vector<CorpusText> ArticleScripts();
// Both.
std::vector<CorpusText> Corpus();

std::string ReadFile(const std::string& path);

}  // namespace sightline::query
