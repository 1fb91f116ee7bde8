#include "tests/conformance/slt_file.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace sightline::conformance {
namespace {

const std::map<std::string, SltRecord::Kind> kKinds = {
    {"load", SltRecord::Kind::kLoad},           {"user", SltRecord::Kind::kUser},
    {"clock", SltRecord::Kind::kClock},         {"restart", SltRecord::Kind::kRestart},
    {"statement", SltRecord::Kind::kStatement}, {"query", SltRecord::Kind::kQuery},
    {"pending", SltRecord::Kind::kPending},
};

bool IsBlank(const std::string& line) { return line.find_first_not_of(" \t") == std::string::npos; }

// Words apart at white space; a value in single quotes may hold it: param:rows='[1, 2]'.
std::vector<std::string> WordsOf(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  for (const char c : line) {
    if (c == '\'') {
      quoted = !quoted;
    } else if (c == ' ' && !quoted) {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
    } else {
      word += c;
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

}  // namespace

bool SltRecord::Has(const std::string& word) const {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string SltRecord::Option(const std::string& key) const {
  const auto found = options.find(key);
  return found == options.end() ? "" : found->second;
}

StatusOr<SltFile> ReadSltFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return NotFound("Cannot read {}", path);
  SltFile file;
  file.path = path;
  for (std::string line; std::getline(in, line);) file.lines.push_back(line);

  size_t i = 0;
  while (i < file.lines.size()) {
    const std::string& line = file.lines[i];
    if (line.rfind("# group:", 0) == 0) {
      std::string name;
      for (const char c : line.substr(8)) {
        if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') name += c;
      }
      file.groups.push_back(name);
    }
    if (IsBlank(line) || line[0] == '#') {
      ++i;
      continue;
    }
    SltRecord record;
    record.line = static_cast<int>(i + 1);
    std::vector<std::string> words = WordsOf(line);
    const auto kind = kKinds.find(words[0]);
    if (kind == kKinds.end()) {
      return InvalidArgument("{}:{}: there is no record kind '{}'", path, i + 1, words[0]);
    }
    record.kind = kind->second;
    for (size_t w = 1; w < words.size(); ++w) {
      const size_t equals = words[w].find('=');
      if (equals == std::string::npos) {
        record.words.push_back(words[w]);
      } else {
        record.options[words[w].substr(0, equals)] = words[w].substr(equals + 1);
      }
    }
    ++i;
    for (; i < file.lines.size() && !IsBlank(file.lines[i]) && file.lines[i] != "----"; ++i) {
      record.text += file.lines[i] + "\n";
    }
    record.rows_begin = record.rows_end = static_cast<int>(i + 1);
    if (i < file.lines.size() && file.lines[i] == "----") {
      ++i;
      record.rows_begin = static_cast<int>(i + 1);
      for (; i < file.lines.size() && !IsBlank(file.lines[i]); ++i) {
        if (file.lines[i] != "(none)") record.rows.push_back(file.lines[i]);
      }
      record.rows_end = static_cast<int>(i + 1);
    } else if (record.kind == SltRecord::Kind::kQuery) {
      return InvalidArgument("{}:{}: a query needs ---- and its rows, or (none)", path,
                             record.line);
    }
    file.records.push_back(std::move(record));
  }
  return file;
}

}  // namespace sightline::conformance
