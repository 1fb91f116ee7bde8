#include "server/observability/trace_context.h"

#include <algorithm>
#include <random>
#include <set>
#include <utility>

#include "storage/base/hex.h"

namespace sightline::server {
namespace {

constexpr size_t kTraceIdDigits = 32;
constexpr size_t kSpanIdDigits = 16;
constexpr size_t kHeaderBytes = 55;  // Of version 00.
constexpr uint8_t kSampled = 1;
constexpr size_t kStateBytesMax = 512;
constexpr size_t kStateMembersMax = 32;

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsId(std::string_view text) {
  return IsLowerHex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

int DigitOf(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

// Sixteen digits: not secret, only unlikely to come twice. Never all 0.
std::string RandomDigits() {
  thread_local std::mt19937_64 generator{(static_cast<uint64_t>(std::random_device()()) << 32) ^
                                         std::random_device()()};
  const uint64_t number = std::max<uint64_t>(generator(), 1);
  return storage::ToHex({reinterpret_cast<const char*>(&number), sizeof(number)});
}

bool IsKeyPart(std::string_view text, bool may_begin_with_digit) {
  if (text.empty()) return false;
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!lower(text.front()) && !(may_begin_with_digit && digit(text.front()))) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return lower(c) || digit(c) || c == '_' || c == '-' || c == '*' || c == '/';
  });
}

// lcalpha 0*255( ... ), or tenant@system of at most 241 and 14.
bool IsStateKey(std::string_view key) {
  const size_t at = key.find('@');
  if (at == std::string_view::npos) return key.size() <= 256 && IsKeyPart(key, false);
  return at <= 241 && key.size() - at - 1 <= 14 && IsKeyPart(key.substr(0, at), true) &&
         IsKeyPart(key.substr(at + 1), false);
}

bool IsStateValue(std::string_view value) {
  return !value.empty() && value.size() <= 256 && value.back() != ' ' &&
         std::all_of(value.begin(), value.end(),
                     [](char c) { return c >= 0x20 && c <= 0x7E && c != ',' && c != '='; });
}

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

}  // namespace

std::string TraceContext::ToHeader() const {
  std::string header;
  header.reserve(kHeaderBytes);
  header.append("00-").append(trace_id).append("-").append(span_id);
  return header.append((flags & kSampled) != 0 ? "-01" : "-00");
}

std::optional<TraceContext> ParseTraceparent(std::string_view header) {
  if (header.size() < kHeaderBytes || header[2] != '-' || header[35] != '-' || header[52] != '-') {
    return std::nullopt;
  }
  const std::string_view version = header.substr(0, 2);
  if (!IsLowerHex(version) || version == "ff") return std::nullopt;
  // A later version may say more behind a further hyphen.
  const bool is_longer = header.size() > kHeaderBytes;
  if (is_longer && (version == "00" || header[kHeaderBytes] != '-')) return std::nullopt;
  const std::string_view trace = header.substr(3, kTraceIdDigits);
  const std::string_view span = header.substr(36, kSpanIdDigits);
  const std::string_view flags = header.substr(53, 2);
  if (!IsId(trace) || !IsId(span) || !IsLowerHex(flags)) return std::nullopt;
  TraceContext context;
  context.trace_id = trace;
  context.parent_id = span;
  context.flags = static_cast<uint8_t>(DigitOf(flags[0]) * 16 + DigitOf(flags[1])) & kSampled;
  return context;
}

bool IsTracestate(std::string_view header) {
  if (header.empty() || header.size() > kStateBytesMax) return false;
  std::set<std::string_view> keys;
  while (true) {
    const size_t comma = header.find(',');
    const std::string_view member = Trimmed(header.substr(0, comma));
    // Empty members are allowed, and count for nothing.
    if (!member.empty()) {
      const size_t equals = member.find('=');
      if (equals == std::string_view::npos || !IsStateKey(member.substr(0, equals)) ||
          !IsStateValue(member.substr(equals + 1)) ||
          !keys.insert(member.substr(0, equals)).second) {
        return false;
      }
    }
    if (comma == std::string_view::npos) break;
    header.remove_prefix(comma + 1);
  }
  return !keys.empty() && keys.size() <= kStateMembersMax;
}

TraceContext StartSpan(const std::vector<std::string_view>& traceparents,
                       const std::vector<std::string_view>& tracestates) {
  std::optional<TraceContext> context;
  if (traceparents.size() == 1) context = ParseTraceparent(traceparents.front());
  if (!context) {
    context.emplace();
    context->trace_id = RandomDigits() + RandomDigits();
  } else {
    for (const std::string_view each : tracestates) {
      if (!context->state.empty()) context->state += ',';
      context->state += each;
    }
    if (!IsTracestate(context->state)) context->state.clear();
  }
  context->span_id = RandomDigits();
  return std::move(*context);
}

}  // namespace sightline::server
