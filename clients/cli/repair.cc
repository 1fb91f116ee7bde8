#include "clients/cli/repair.h"

#include <algorithm>

namespace sightline::cli {

std::optional<std::string> RepairedText(std::string_view text,
                                        const std::vector<v1::Diagnostic>& diagnostics) {
  std::vector<const v1::Edit*> edits;
  for (const v1::Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity() != v1::SEVERITY_ERROR) continue;
    for (const v1::Edit& edit : diagnostic.edits()) {
      const uint32_t begin = edit.span().start_byte(), end = edit.span().end_byte();
      if (begin > end || end > text.size()) return std::nullopt;
      const bool is_free = std::all_of(edits.begin(), edits.end(), [&](const v1::Edit* other) {
        return other->span().end_byte() < begin || end < other->span().start_byte();
      });
      if (is_free) edits.push_back(&edit);
    }
  }
  if (edits.empty()) return std::nullopt;
  // From the back, so that places stay right.
  std::sort(edits.begin(), edits.end(), [](const v1::Edit* a, const v1::Edit* b) {
    return a->span().start_byte() > b->span().start_byte();
  });
  std::string repaired(text);
  for (const v1::Edit* edit : edits) {
    repaired.replace(edit->span().start_byte(), edit->span().end_byte() - edit->span().start_byte(),
                     edit->replacement());
  }
  return repaired;
}

}  // namespace sightline::cli
