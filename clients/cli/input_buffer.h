// InputBuffer: a file or pipe as the buffer of a std::istream, whose reading Ctrl-C can end.
//
//   InputBuffer buffer(descriptor, &interrupts);
//   std::istream content(&buffer);

#pragma once

#include <cstddef>
#include <streambuf>
#include <vector>

#include "clients/cli/interrupts.h"

namespace sightline::cli {

// Thread safety: one thread at a time.
class InputBuffer final : public std::streambuf {
 public:
  // Borrows both.
  InputBuffer(int descriptor, const Interrupts* interrupts);

  // The errno of a read that failed; 0 while none has. EINTR after a signal.
  int failure() const { return failure_; }

 protected:
  // Throws std::ios_base::failure when reading fails, which makes the stream bad(): what was cut
  // off is not to be taken for the end.
  int_type underflow() override;
  // Of a file; a pipe gives -1.
  pos_type seekpos(pos_type position, std::ios_base::openmode which) override;

 private:
  const int descriptor_;
  const Interrupts* const interrupts_;
  std::vector<char> bytes_;
  int failure_ = 0;
};

}  // namespace sightline::cli
