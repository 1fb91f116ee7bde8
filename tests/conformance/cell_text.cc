#include "tests/conformance/cell_text.h"

namespace sightline::conformance {

std::string Quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

std::string OneLine(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\t' ? "\\t" : c == '\n' ? "\\n" : std::string(1, c);
  return out;
}

}  // namespace sightline::conformance
