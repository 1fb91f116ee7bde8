#include "server/ingest/rdf_lexer.h"

#include <algorithm>
#include <array>

namespace sightline::server {
namespace {

// Bytes that end the plain part of a terminal.
struct ByteSet {
  std::array<bool, 256> has{};
  bool operator()(char byte) const { return has[static_cast<unsigned char>(byte)]; }
};

constexpr ByteSet SetOf(std::string_view bytes, int control_max = -1) {
  ByteSet set;
  for (const char byte : bytes) set.has[static_cast<unsigned char>(byte)] = true;
  for (int code = 0; code <= control_max; ++code) set.has[static_cast<size_t>(code)] = true;
  return set;
}

constexpr ByteSet kIriStop = SetOf("<>\"{}|^`\\", 0x20);
constexpr ByteSet kDoubleQuotedStop = SetOf("\"\\\n\r");
constexpr ByteSet kSingleQuotedStop = SetOf("'\\\n\r");
constexpr ByteSet kLongStop = SetOf("\"'\\");

bool IsLetter(char byte) { return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'); }
bool IsDigit(char byte) { return byte >= '0' && byte <= '9'; }

int HexDigit(char byte) {
  if (IsDigit(byte)) return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

char* PutCodePoint(uint32_t code, char* out) {
  if (code < 0x80) {
    *out++ = static_cast<char>(code);
  } else if (code < 0x800) {
    *out++ = static_cast<char>(0xC0 | (code >> 6));
    *out++ = static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    *out++ = static_cast<char>(0xE0 | (code >> 12));
    *out++ = static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    *out++ = static_cast<char>(0x80 | (code & 0x3F));
  } else {
    *out++ = static_cast<char>(0xF0 | (code >> 18));
    *out++ = static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    *out++ = static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    *out++ = static_cast<char>(0x80 | (code & 0x3F));
  }
  return out;
}

// UCHAR: \uXXXX or \UXXXXXXXX. REQUIRES: at the backslash, 'u' or 'U' behind it.
bool ReadUnicodeEscape(RdfCursor* cursor, uint32_t* code) {
  const int digit_count = cursor->at[1] == 'u' ? 4 : 8;
  if (cursor->end - cursor->at < 2 + digit_count) return cursor->Fail("the escape is cut short");
  *code = 0;
  for (int index = 0; index < digit_count; ++index) {
    const int digit = HexDigit(cursor->at[2 + index]);
    if (digit < 0) return cursor->Fail("a Unicode escape needs 4 or 8 hexadecimal digits");
    *code = *code * 16 + static_cast<uint32_t>(digit);
  }
  if (*code > 0x10FFFF || (*code >= 0xD800 && *code <= 0xDFFF)) {
    return cursor->Fail("the escape is no Unicode character");
  }
  cursor->at += 2 + digit_count;
  return true;
}

// ECHAR or UCHAR, written to *out. REQUIRES: at the backslash.
bool ReadStringEscape(RdfCursor* cursor, char** out) {
  const char kind = cursor->PeekNext();
  if (kind == 'u' || kind == 'U') {
    uint32_t code = 0;
    if (!ReadUnicodeEscape(cursor, &code)) return false;
    *out = PutCodePoint(code, *out);
    return true;
  }
  constexpr std::string_view kNames = "tbnrf\"'\\";
  constexpr std::string_view kBytes = "\t\b\n\r\f\"'\\";
  const size_t index = kNames.find(kind);
  if (kind == '\0' || index == std::string_view::npos) return cursor->Fail("unknown escape");
  *(*out)++ = kBytes[index];
  cursor->at += 2;
  return true;
}

// The length of the quote at the cursor: 3 when it is written thrice.
bool IsTripled(const RdfCursor& cursor, char quote) {
  return cursor.end - cursor.at >= 3 && cursor.at[1] == quote && cursor.at[2] == quote;
}

}  // namespace

bool IsNameByte(char byte) {
  return IsLetter(byte) || IsDigit(byte) || byte == '_' || byte == '-' ||
         static_cast<unsigned char>(byte) >= 0x80;
}

bool ReadIriRef(RdfCursor* cursor, std::string_view* iri) {
  const char* const open = cursor->at++;
  const char* const start = cursor->at;
  while (cursor->at != cursor->end && !kIriStop(*cursor->at)) ++cursor->at;
  if (cursor->Peek() == '>') {
    *iri = {start, static_cast<size_t>(cursor->at - start)};
    ++cursor->at;
    return true;
  }
  // The rare way: escapes. Decoded they are never longer.
  const char* close = cursor->at;
  while (close != cursor->end && *close != '>' && *close != '\n') ++close;
  if (close == cursor->end || *close != '>') return cursor->FailAt(open, "the IRI has no end");
  char* const decoded = cursor->arena->Allocate(static_cast<size_t>(close - start));
  char* out = decoded;
  for (const char* from = start; from != cursor->at; ++from) *out++ = *from;
  while (*cursor->at != '>') {
    if (!kIriStop(*cursor->at)) {
      *out++ = *cursor->at++;
      continue;
    }
    const char kind = cursor->PeekNext();
    if (*cursor->at != '\\' || (kind != 'u' && kind != 'U')) {
      return cursor->Fail("a character that cannot be in an IRI");
    }
    const char* const escape = cursor->at;
    uint32_t code = 0;
    if (!ReadUnicodeEscape(cursor, &code)) return false;
    if (code <= 0x20 || (code < 0x80 && kIriStop(static_cast<char>(code)))) {
      return cursor->FailAt(escape, "a character that cannot be in an IRI");
    }
    out = PutCodePoint(code, out);
  }
  ++cursor->at;
  *iri = {decoded, static_cast<size_t>(out - decoded)};
  return true;
}

bool ReadString(RdfCursor* cursor, bool turtle, std::string_view* text) {
  const char* const open = cursor->at;
  const char quote = *open;
  const bool is_long = turtle && IsTripled(*cursor, quote);
  cursor->at += is_long ? 3 : 1;
  const char* const start = cursor->at;
  const ByteSet& stop = is_long ? kLongStop : quote == '"' ? kDoubleQuotedStop : kSingleQuotedStop;
  char* decoded = nullptr;  // Once there was an escape.
  char* out = nullptr;
  const char* plain = start;  // Begin of what has not been copied to `out`.
  while (true) {
    while (cursor->at != cursor->end && !stop(*cursor->at)) ++cursor->at;
    if (cursor->AtEnd()) return cursor->FailAt(open, "the string has no end");
    const char byte = *cursor->at;
    if (byte == '\\') {
      if (decoded == nullptr) {
        // Escapes shorten: from here to the end of the string is room enough.
        const auto ends_at = [&](const char* place) {
          if (!is_long) return *place == quote || *place == '\n';
          return cursor->end - place >= 3 && place[0] == quote && place[1] == quote &&
                 place[2] == quote;
        };
        const char* close = cursor->at;
        while (close < cursor->end && !ends_at(close)) close += *close == '\\' ? 2 : 1;
        while (close < cursor->end && *close == quote) ++close;
        close = std::min(close, cursor->end);
        decoded = cursor->arena->Allocate(static_cast<size_t>(close - start));
        out = decoded;
      }
      while (plain != cursor->at) *out++ = *plain++;
      if (!ReadStringEscape(cursor, &out)) return false;
      plain = cursor->at;
      continue;
    }
    if (byte == '\n' || byte == '\r') {
      return cursor->FailAt(open, "the string has no end in its line");
    }
    if (byte != quote || (is_long && !IsTripled(*cursor, quote))) {
      ++cursor->at;
      continue;
    }
    break;
  }
  // """a"""" ends with a quote of its own: the last three count.
  if (is_long) {
    while (cursor->end - cursor->at > 3 && cursor->at[3] == quote) ++cursor->at;
  }
  if (decoded == nullptr) {
    *text = {start, static_cast<size_t>(cursor->at - start)};
  } else {
    while (plain != cursor->at) *out++ = *plain++;
    *text = {decoded, static_cast<size_t>(out - decoded)};
  }
  cursor->at += is_long ? 3 : 1;
  return true;
}

bool ReadBlankNodeLabel(RdfCursor* cursor, bool colons, std::string_view* label) {
  if (cursor->PeekNext() != ':') return cursor->Fail("expected '_:' and a label");
  cursor->at += 2;
  const char* const start = cursor->at;
  const auto is_label_byte = [colons](char byte) {
    return IsNameByte(byte) || (colons && byte == ':');
  };
  if (cursor->AtEnd() || !is_label_byte(*start) || *start == '-') {
    return cursor->Fail("a blank node needs a label");
  }
  while (cursor->at != cursor->end && (is_label_byte(*cursor->at) || *cursor->at == '.')) {
    ++cursor->at;
  }
  while (cursor->at[-1] == '.') --cursor->at;  // Ends the statement, not the label.
  *label = {start, static_cast<size_t>(cursor->at - start)};
  return true;
}

bool ReadLanguageTag(RdfCursor* cursor, std::string_view* language) {
  const char* const start = ++cursor->at;
  bool upper_case = false;
  while (cursor->at != cursor->end) {
    const char byte = *cursor->at;
    const bool later_subtag = cursor->at != start;
    if (!IsLetter(byte) && !(later_subtag && (IsDigit(byte) || byte == '-'))) break;
    upper_case |= byte >= 'A' && byte <= 'Z';
    ++cursor->at;
  }
  const std::string_view tag(start, static_cast<size_t>(cursor->at - start));
  const size_t dash = tag.find('-');
  const std::string_view primary = tag.substr(0, dash);
  if (tag.empty() || tag.back() == '-' || tag.find("--") != std::string_view::npos ||
      primary.find_first_of("0123456789") != std::string_view::npos) {
    return cursor->FailAt(start, "not a language tag");
  }
  *language = tag;
  if (upper_case) {
    char* const lower = cursor->arena->Allocate(tag.size());
    for (size_t index = 0; index < tag.size(); ++index) {
      const char byte = tag[index];
      lower[index] = byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + ('a' - 'A')) : byte;
    }
    *language = {lower, tag.size()};
  }
  return true;
}

bool IsAbsoluteIri(std::string_view iri) {
  if (iri.empty() || !IsLetter(iri[0])) return false;
  for (const char byte : iri) {
    if (byte == ':') return true;
    if (!IsLetter(byte) && !IsDigit(byte) && byte != '+' && byte != '-' && byte != '.') break;
  }
  return false;
}

namespace {

// RFC 3986, appendix B, without a regular expression.
struct IriParts {
  std::string_view scheme;     // With ':'.
  std::string_view authority;  // With "//"; empty when there is none.
  std::string_view path;
  std::string_view query;     // With '?'.
  std::string_view fragment;  // With '#'.
};

IriParts Split(std::string_view iri) {
  IriParts parts;
  if (const size_t hash = iri.find('#'); hash != std::string_view::npos) {
    parts.fragment = iri.substr(hash);
    iri = iri.substr(0, hash);
  }
  if (const size_t mark = iri.find('?'); mark != std::string_view::npos) {
    parts.query = iri.substr(mark);
    iri = iri.substr(0, mark);
  }
  if (IsAbsoluteIri(iri)) {
    const size_t colon = iri.find(':');
    parts.scheme = iri.substr(0, colon + 1);
    iri.remove_prefix(colon + 1);
  }
  if (iri.starts_with("//")) {
    const size_t slash = iri.find('/', 2);
    parts.authority = iri.substr(0, slash);
    iri.remove_prefix(parts.authority.size());
  }
  parts.path = iri;
  return parts;
}

// RFC 3986, 5.2.4.
std::string RemoveDotSegments(std::string_view path) {
  std::string result;
  while (!path.empty()) {
    if (path.starts_with("../")) {
      path.remove_prefix(3);
    } else if (path.starts_with("./")) {
      path.remove_prefix(2);
    } else if (path.starts_with("/./")) {
      path.remove_prefix(2);
    } else if (path == "/.") {
      path = "/";
    } else if (path.starts_with("/../") || path == "/..") {
      path = path.size() == 3 ? std::string_view("/") : path.substr(3);
      const size_t slash = result.rfind('/');
      result.resize(slash == std::string::npos ? 0 : slash);
    } else if (path == "." || path == "..") {
      path = {};
    } else {
      const size_t next = path.find('/', 1);
      result += path.substr(0, next);
      path = next == std::string_view::npos ? std::string_view() : path.substr(next);
    }
  }
  return result;
}

}  // namespace

std::string ResolveIri(std::string_view base, std::string_view reference) {
  const IriParts from = Split(base);
  const IriParts to = Split(reference);
  std::string result;
  if (!to.scheme.empty()) return std::string(reference);
  result += from.scheme;
  if (!to.authority.empty()) {
    result += to.authority;
    result += RemoveDotSegments(to.path);
    result += to.query;
  } else {
    result += from.authority;
    if (to.path.empty()) {
      result += from.path;
      result += to.query.empty() ? from.query : to.query;
    } else {
      if (to.path.starts_with('/')) {
        result += RemoveDotSegments(to.path);
      } else if (from.path.empty() && !from.authority.empty()) {
        result += RemoveDotSegments("/" + std::string(to.path));
      } else {
        const size_t slash = from.path.rfind('/');
        std::string merged(slash == std::string_view::npos ? std::string_view()
                                                           : from.path.substr(0, slash + 1));
        merged += to.path;
        result += RemoveDotSegments(merged);
      }
      result += to.query;
    }
  }
  result += to.fragment;
  return result;
}

}  // namespace sightline::server
