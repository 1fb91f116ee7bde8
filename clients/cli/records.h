// Records: rows of text under named columns, as `user list` and its like print them.

#pragma once

#include <string>
#include <vector>

#include "clients/cli/session.h"

namespace sightline::cli {

struct Records {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> rows;
};

// In the session's format: aligned columns, CSV, or JSON objects of texts.
void PrintRecords(const Records& records, Session* session);

}  // namespace sightline::cli
