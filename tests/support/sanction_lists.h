// Names of real lists, for measuring how well names are found: the EU's consolidated acts and the
// OFAC SDN list of 2021, from the shared data folder.
//
// Not thread-safe.

#pragma once

#include <string>
#include <vector>

namespace sightline::test {

struct ListedEntity {
  std::string id;                  // "eu/12", "ofac/36"
  std::vector<std::string> names;  // Name, aliases, weak aliases, previous names; distinct.
};

// EU rows of one name and schema are one entity. Empty when the folder has not both lists.
std::vector<ListedEntity> ReadSanctionLists(const std::string& shared_data);

// SIGHTLINE_SHARED_DATA, else ../shared/data beside the repository.
std::string SharedDataFolder();

}  // namespace sightline::test
