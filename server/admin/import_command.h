// sightline-admin import: files into a store, the fast way.

#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "server/admin/admin_exit_code.h"
#include "server/ingest/format.h"
#include "storage/base/cancellation.h"

namespace sightline::server {

struct ImportCommand {
  std::string directory;  // Of the store; made when missing.
  std::vector<std::string> files;
  FileFormat format = FileFormat::kAutomatic;
  std::string dataset;
  std::string claimant;
  std::string document;
  std::string language;
  std::string marking;            // A TLP label; empty is CLEAR.
  uint64_t memory_bytes_max = 0;  // 0: a quarter of the machine's.
  int thread_count = 0;           // 0: the machine's cores.
  std::string reject_path = "sightline-rejects.jsonl";
  uint64_t reject_limit = 1'000;
  bool is_quiet = false;
};

// Without scripts all files or none: they become one revision. Of an import with scripts, each
// script is a revision of its own, and the files between two scripts are one, in the order in which
// they stand; the first that fails ends it, and the message says how many files are in the store.
// What a run that fails, is stopped or dies was at leaves nothing.
AdminExitCode RunImport(const ImportCommand& command,
                        const storage::CancellationToken& cancellation, std::FILE* out,
                        std::FILE* errors);

}  // namespace sightline::server
