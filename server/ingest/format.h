// FileFormat: the formats of files that can be imported, and how to tell one.

#pragma once

#include <cstdint>
#include <string_view>

#include "storage/base/status.h"

namespace sightline::server {

enum class FileFormat : uint8_t {
  kAutomatic,
  kNTriples,        // "ntriples"        .nt
  kNQuads,          // "nquads"          .nq
  kTurtle,          // "turtle"          .ttl
  kTriG,            // "trig"            .trig
  kFtmEntities,     // "ftm"             .ftm.json .ftm .ijson .jsonl.ftm
  kStatementCsv,    // "statement-csv"   .statements.csv
  kStatementPack,   // "statement-pack"  .pack
  kStatementJsonl,  // "statement-jsonl" .statements.jsonl .sljsonl
  kSlql,            // "slql"            .slql: a script (server/ingest/script_file.h)
};
std::string_view FileFormatName(FileFormat format);

// Errors: kInvalidArgument, listing the names.
StatusOr<FileFormat> ParseFileFormat(std::string_view name);

// By the file's extension, before which .gz and .zst are taken off. Errors: kInvalidArgument for
// one that says nothing, or too little (.json, .csv), listing the names for --format.
StatusOr<FileFormat> FormatOfFileName(std::string_view file_name);

// "watdiv-s10" of "data/watdiv-s10.nt.zst": without folder and extensions that FormatOfFileName
// knows; what is left when that is nothing.
std::string_view FileStem(std::string_view file_name);

}  // namespace sightline::server
