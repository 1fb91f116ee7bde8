// ImportOptions: what the user says about a file beside the file itself.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "server/ingest/format.h"
#include "storage/base/status.h"
#include "storage/model/marking.h"

namespace sightline::server {

struct ImportProgress {
  uint64_t bytes_taken = 0;  // Of the file as it lies on the disk, compressed or not.
  uint64_t records = 0;      // Lines, rows or Turtle statements parsed.
  uint64_t facts = 0;
};

struct ImportOptions {
  // The file's name without its folder; kAutomatic looks at its extension.
  std::string file_name;
  FileFormat format = FileFormat::kAutomatic;

  // External ids of entities. `dataset` empty: "dataset/" and the file's name without extensions;
  // where the file itself names a dataset, that one counts. `claimant` empty: the dataset speaks.
  // `document` empty: the named graph for RDF, none for the rest.
  std::string dataset;
  std::string claimant;
  std::string document;
  // Of every statement that has none of its own.
  storage::Marking marking;
  // Of text that has none of its own; lower-case BCP 47.
  std::string language;

  // Threads that parse, for the formats with one record a line, when the sink has lanes.
  int thread_count = 1;

  // Called now and then from the thread that calls Import; an error ends the import with it. This
  // is also how an import is cancelled.
  std::function<Status(const ImportProgress&)> on_progress;
};

}  // namespace sightline::server
