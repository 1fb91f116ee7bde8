#include "clients/cli/editor/key_decoder.h"

#include <algorithm>
#include <optional>

#include "clients/cli/display_text.h"

namespace sightline::cli {
namespace {

using Kind = Key::Kind;

constexpr char kEsc = '\x1b';
constexpr std::string_view kPasteEnd = "\x1b[201~";

std::optional<Kind> ControlKey(char byte) {
  switch (byte) {
    case 1:  // Ctrl-A
      return Kind::kLineStart;
    case 2:
      return Kind::kLeft;
    case 3:
      return Kind::kInterrupt;
    // A terminal that was still its own when Ctrl-D came hands it on as a zero byte.
    case 0:
    case 4:
      return Kind::kEndOfInput;
    case 5:
      return Kind::kLineEnd;
    case 6:
      return Kind::kRight;
    case 7:
      return Kind::kEscape;
    case 8:
    case 127:
      return Kind::kDeleteBack;
    case 9:
      return Kind::kTab;
    case 10:
    case 13:
      return Kind::kEnter;
    case 11:
      return Kind::kKillToLineEnd;
    case 12:
      return Kind::kClearScreen;
    case 14:
      return Kind::kHistoryForward;
    case 16:
      return Kind::kHistoryBack;
    case 18:
      return Kind::kSearch;
    case 20:
      return Kind::kTranspose;
    case 21:
      return Kind::kKillToLineStart;
    case 23:
      return Kind::kDeleteWordBack;
    case 25:
      return Kind::kYank;
    case 26:
      return Kind::kSuspend;
    case 31:  // Ctrl-_
      return Kind::kUndo;
    default:
      return std::nullopt;
  }
}

// ESC and a character: what the Alt key makes of it.
std::optional<Kind> AltKey(char byte) {
  switch (byte) {
    case 'b':
      return Kind::kWordLeft;
    case 'f':
      return Kind::kWordRight;
    case 'd':
      return Kind::kDeleteWordForward;
    case 8:
    case 127:
      return Kind::kDeleteWordBack;
    case '\r':
    case '\n':
      return Kind::kNewline;
    case '<':
      return Kind::kTextStart;
    case '>':
      return Kind::kTextEnd;
    default:
      return std::nullopt;
  }
}

// ESC [ numbers final, or ESC O final.
std::optional<Kind> SequenceKey(const std::vector<int>& numbers, char final) {
  // xterm: 1 + (1 shift, 2 alt, 4 control).
  const int modifiers = numbers.size() > 1 ? std::max(numbers[1] - 1, 0) : 0;
  const bool is_by_word = (modifiers & 6) != 0;
  const int first = numbers.empty() ? 0 : numbers[0];
  switch (final) {
    case 'A':
      return Kind::kUp;
    case 'B':
      return Kind::kDown;
    case 'C':
      return is_by_word ? Kind::kWordRight : Kind::kRight;
    case 'D':
      return is_by_word ? Kind::kWordLeft : Kind::kLeft;
    case 'H':
      return is_by_word ? Kind::kTextStart : Kind::kLineStart;
    case 'F':
      return is_by_word ? Kind::kTextEnd : Kind::kLineEnd;
    case 'M':  // Of a keypad.
      return Kind::kEnter;
    case 'Z':
      return Kind::kBackTab;
    case 'u':
      if (first == 13) return modifiers != 0 ? Kind::kNewline : Kind::kEnter;
      if (first == 27) return Kind::kEscape;
      return std::nullopt;
    case '~':
      switch (first) {
        case 1:
        case 7:
          return Kind::kLineStart;
        case 4:
        case 8:
          return Kind::kLineEnd;
        case 3:
          return is_by_word ? Kind::kDeleteWordForward : Kind::kDeleteForward;
        case 5:
          return Kind::kHistoryBack;
        case 6:
          return Kind::kHistoryForward;
        case 27:  // xterm's modifyOtherKeys: 27;modifiers;13~.
          if (numbers.size() == 3 && numbers[2] == 13) return Kind::kNewline;
          return std::nullopt;
        default:
          return std::nullopt;
      }
    default:
      return std::nullopt;
  }
}

size_t SequenceLength(unsigned char lead) {
  return lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
}

}  // namespace

std::string CleanText(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = FirstCodePoint(text);
    const char32_t c = point.value;
    if (c == '\r') {
      clean += '\n';
      if (text.size() > 1 && text[1] == '\n') text.remove_prefix(1);
    } else if (c == 0xFFFD) {
      clean += "\xEF\xBF\xBD";
    } else if (c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7F && !(c >= 0x80 && c < 0xA0))) {
      clean += text.substr(0, point.bytes);
    }
    text.remove_prefix(point.bytes);
  }
  return clean;
}

std::vector<Key> KeyDecoder::Decode(std::string_view bytes) {
  pending_ += bytes;
  std::vector<Key> keys;
  while (!pending_.empty() && (is_pasting_ ? TakePaste(&keys) : Take(&keys))) {
  }
  return keys;
}

std::vector<Key> KeyDecoder::Flush() {
  std::vector<Key> keys;
  if (!is_waiting()) return keys;
  if (pending_[0] == kEsc) keys.push_back({Kind::kEscape, ""});
  // Half a character that never was completed is dropped.
  pending_.clear();
  return keys;
}

bool KeyDecoder::Take(std::vector<Key>* keys) {
  const char first = pending_[0];
  if (first == kEsc) return TakeEscape(keys);
  if (static_cast<unsigned char>(first) < 0x20 || first == 0x7F) {
    pending_.erase(0, 1);
    if (const std::optional<Kind> kind = ControlKey(first)) keys->push_back({*kind, ""});
    return true;
  }
  // All the text up to the next control character at once.
  size_t end = 0;
  while (end < pending_.size()) {
    const auto lead = static_cast<unsigned char>(pending_[end]);
    if (lead < 0x20 || lead == 0x7F) break;
    const size_t length = SequenceLength(lead);
    if (end + length > pending_.size()) break;
    end += length;
  }
  if (end == 0) return false;
  const std::string text = CleanText(std::string_view(pending_).substr(0, end));
  pending_.erase(0, end);
  if (!text.empty()) keys->push_back({Kind::kText, text});
  return true;
}

bool KeyDecoder::TakeEscape(std::vector<Key>* keys) {
  if (pending_.size() < 2) return false;
  const char second = pending_[1];
  if (second == kEsc) {
    // Escape twice, or Alt before a sequence: the first counts by itself.
    pending_.erase(0, 1);
    keys->push_back({Kind::kEscape, ""});
    return true;
  }
  if (second != '[' && second != 'O') {
    pending_.erase(0, 2);
    if (const std::optional<Kind> kind = AltKey(second)) keys->push_back({*kind, ""});
    return true;
  }
  // Parameters and intermediates up to the final byte, ECMA-48 section 5.4.
  size_t end = 2;
  while (end < pending_.size() && pending_[end] >= 0x20 && pending_[end] < 0x40) ++end;
  if (end == pending_.size()) {
    constexpr size_t kLongest = 64;
    if (pending_.size() > kLongest) pending_.clear();
    return false;
  }
  std::vector<int> numbers;
  bool has_digit = false;
  for (size_t i = 2; i < end; ++i) {
    const char c = pending_[i];
    if (c >= '0' && c <= '9') {
      if (!has_digit) numbers.push_back(0);
      has_digit = true;
      numbers.back() = std::min(numbers.back() * 10 + (c - '0'), 100'000);
    } else {
      if (c == ';' && !has_digit) numbers.push_back(0);
      has_digit = false;
    }
  }
  const char final = pending_[end];
  pending_.erase(0, end + 1);
  if (final == '~' && !numbers.empty() && numbers[0] == 200) {
    is_pasting_ = true;
    return true;
  }
  if (const std::optional<Kind> kind = SequenceKey(numbers, final)) keys->push_back({*kind, ""});
  return true;
}

bool KeyDecoder::TakePaste(std::vector<Key>* keys) {
  const size_t end = pending_.find(kPasteEnd);
  if (end == std::string::npos) return false;
  const std::string text = CleanText(std::string_view(pending_).substr(0, end));
  pending_.erase(0, end + kPasteEnd.size());
  is_pasting_ = false;
  if (!text.empty()) keys->push_back({Kind::kPaste, text});
  return true;
}

}  // namespace sightline::cli
