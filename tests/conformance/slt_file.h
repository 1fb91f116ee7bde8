// SltFile: a conformance file, parsed. A file is one session: records separated by blank lines,
// read top to bottom against one store. tests/conformance/README.md describes the format for its
// writers.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "storage/base/status.h"

namespace sightline::conformance {

struct SltRecord {
  enum class Kind {
    kLoad,       // load FILE ...           each one script, one transaction
    kUser,       // user NAME [clearance=L] [authorizations=A,B]
    kClock,      // clock 2024-04-10T00:00:00Z
    kRestart,    // restart                 close the store and open it again
    kStatement,  // statement ok | error CODE [at=LINE:COLUMN]
    kQuery,      // query [ordered] [columns=a,b] [notices=N1004,...] [param:name=VALUE]
    kPending,    // pending CODE            as a query, but the construct is not implemented yet
  };
  Kind kind = Kind::kQuery;
  int line = 0;                    // Of the record's first line.
  std::vector<std::string> words;  // Behind the kind: file names, ok, error, ordered ...
  std::map<std::string, std::string> options;  // key=value
  std::string text;                            // The SLQL.
  std::vector<std::string> rows;               // Expected, as rendered; sorted unless ordered.
  int rows_begin = 0, rows_end = 0;            // Lines [begin, end) of the expected rows, from 1.

  bool Has(const std::string& word) const;
  std::string Option(const std::string& key) const;  // Empty when it is not there.
};

struct SltFile {
  std::string path;
  std::vector<std::string> lines;
  std::vector<SltRecord> records;
  // group: [visibility] and the like, for skipping.
  std::vector<std::string> groups;
};

// Errors: kInvalidArgument with the line.
StatusOr<SltFile> ReadSltFile(const std::string& path);

}  // namespace sightline::conformance
