#include "tests/support/sanction_lists.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <utility>

namespace sightline::test {
namespace {

using Row = std::vector<std::string>;

// RFC 4180.
std::vector<Row> ReadCsv(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::vector<Row> rows;
  Row row;
  std::string cell;
  bool is_quoted = false;
  const auto end_row = [&] {
    row.push_back(std::move(cell));
    cell.clear();
    if (row.size() > 1) rows.push_back(std::move(row));
    row.clear();
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_quoted) {
      if (c != '"') {
        cell.push_back(c);
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        cell.push_back(text[++i]);
      } else {
        is_quoted = false;
      }
    } else if (c == '"') {
      is_quoted = true;
    } else if (c == ',') {
      row.push_back(std::move(cell));
      cell.clear();
    } else if (c == '\n') {
      end_row();
    } else if (c != '\r') {
      cell.push_back(c);
    }
  }
  end_row();
  return rows;
}

std::string Trimmed(std::string text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n'; };
  while (!text.empty() && is_space(text.back())) text.pop_back();
  text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), is_space));
  return text;
}

void AddName(std::string name, ListedEntity* entity) {
  name = Trimmed(std::move(name));
  // "-0-" is OFAC's null.
  if (name.empty() || name == "-0-") return;
  if (std::find(entity->names.begin(), entity->names.end(), name) == entity->names.end()) {
    entity->names.push_back(std::move(name));
  }
}

void ReadEu(const std::filesystem::path& folder, std::vector<ListedEntity>* entities) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::map<std::pair<std::string, std::string>, size_t> known;
  for (const auto& file : files) {
    const std::vector<Row> rows = ReadCsv(file);
    if (rows.empty()) continue;
    std::map<std::string, size_t> columns;
    for (size_t i = 0; i < rows[0].size(); ++i) columns.emplace(rows[0][i], i);
    for (size_t i = 1; i < rows.size(); ++i) {
      const auto cell = [&](const char* column) {
        const size_t place = columns.at(column);
        return place < rows[i].size() ? rows[i][place] : std::string();
      };
      const auto [place, is_new] =
          known.try_emplace({cell("schema"), cell("name")}, entities->size());
      if (is_new) entities->push_back({"eu/" + std::to_string(entities->size()), {}});
      ListedEntity& entity = (*entities)[place->second];
      AddName(cell("name"), &entity);
      for (const char* column : {"alias", "weakAlias", "previousName"}) {
        const std::string names = cell(column);
        for (size_t begin = 0; begin <= names.size();) {
          const size_t end = std::min(names.find(';', begin), names.size());
          AddName(names.substr(begin, end - begin), &entity);
          begin = end + 1;
        }
      }
    }
  }
}

void ReadOfac(const std::filesystem::path& folder, std::vector<ListedEntity>* entities) {
  std::map<std::string, size_t> known;
  for (const Row& row : ReadCsv(folder / "sdn.csv")) {
    known.emplace(row[0], entities->size());
    entities->push_back({"ofac/" + row[0], {}});
    AddName(row[1], &entities->back());
  }
  for (const Row& row : ReadCsv(folder / "alt.csv")) {
    const auto place = known.find(row[0]);
    if (place != known.end() && row.size() > 3) AddName(row[3], &(*entities)[place->second]);
  }
}

}  // namespace

std::string SharedDataFolder() {
  const char* shared = std::getenv("SIGHTLINE_SHARED_DATA");
  return shared != nullptr ? shared : "../shared/data";
}

std::vector<ListedEntity> ReadSanctionLists(const std::string& shared_data) {
  const std::filesystem::path root(shared_data);
  std::vector<ListedEntity> entities;
  if (!std::filesystem::exists(root / "eu_journal_sanctions/consolidated") ||
      !std::filesystem::exists(root / "ofac_sdn_2021/sdn.csv")) {
    return entities;
  }
  ReadEu(root / "eu_journal_sanctions/consolidated", &entities);
  ReadOfac(root / "ofac_sdn_2021", &entities);
  return entities;
}

}  // namespace sightline::test
