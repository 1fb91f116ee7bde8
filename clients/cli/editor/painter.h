// Painter: turns one picture on a terminal into the next with few bytes. Pure: it says what to
// write.

#pragma once

#include <cstddef>
#include <string>

#include "clients/cli/editor/layout.h"

namespace sightline::cli {

// Assumes that the cursor was at the start of an empty line when the first picture is painted, and
// that nobody else writes in between. Thread-compatible.
class Painter {
 public:
  // The bytes that show `next`. Rows that are as before are left alone.
  std::string Paint(const Picture& next);
  // The bytes that leave the picture standing and put the cursor at the start of the line below.
  std::string Finish();
  // The terminal has become this wide, and has wrapped what stood on it: the bytes that take the
  // picture away, for the next Paint to draw it anew.
  std::string Erase(size_t columns);
  // The terminal shows nothing of the picture any more.
  void Forget() { shown_ = Picture(); }

 private:
  // From the cursor's place to a row and column of the picture.
  void Move(size_t row, size_t column, std::string* out);

  Picture shown_;
};

}  // namespace sightline::cli
