// TraceContext: which trace a call belongs to, as W3C Trace Context (Recommendation, 23 November
// 2021) has it in the headers `traceparent` and `tracestate`.
//
// Thread-compatible plain data; the functions are safe from any thread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sightline::server {

struct TraceContext {
  std::string trace_id;   // 32 hexadecimal digits.
  std::string span_id;    // 16 of them: this call's.
  std::string parent_id;  // The caller's span; empty when he sent none.
  std::string state;      // `tracestate` as it came; empty where it was not valid.
  uint8_t flags = 0;      // Of the caller, those that we know: 1, sampled.

  // "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", with this call's span.
  std::string ToHeader() const;
};

// What a traceparent says: its trace, its span as `parent_id`, its flags. None for one that is not
// valid; a version that is not known yet is read as far as version 00 goes.
std::optional<TraceContext> ParseTraceparent(std::string_view header);

// Whether it is a list of up to 32 members, key=value, in up to 512 bytes.
bool IsTracestate(std::string_view header);

// The context of a call that came with these headers: the caller's trace, or a new one when there
// is not exactly one valid traceparent. Several tracestates are one list (section 3.3).
TraceContext StartSpan(const std::vector<std::string_view>& traceparents,
                       const std::vector<std::string_view>& tracestates);

}  // namespace sightline::server
