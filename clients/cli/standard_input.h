// StandardInput: reading that Ctrl-C can end.

#pragma once

#include <string>

#include "clients/cli/interrupts.h"

namespace sightline::cli {

// Thread safety: one thread at a time; one object a process, since it reads ahead.
class StandardInput {
 public:
  enum class Outcome { kRead, kEnd, kInterrupted, kFailed };

  // Borrows `interrupts`, which must outlive the reader.
  explicit StandardInput(const Interrupts* interrupts) : interrupts_(interrupts) {}

  // Replaces `*line` by the next line, without its end. The last line need not have one.
  Outcome ReadLine(std::string* line);
  // Replaces `*text` by all that is left, which may be nothing. Stops once it is longer than
  // `bytes_max`, which the caller then refuses.
  Outcome ReadAll(size_t bytes_max, std::string* text);

 private:
  // Appends what comes next to the buffer.
  Outcome Fill();

  const Interrupts* const interrupts_;
  std::string buffer_;
  size_t begin_ = 0;
};

}  // namespace sightline::cli
