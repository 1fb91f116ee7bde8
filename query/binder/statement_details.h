// What the braces behind the source of ASSERT may say of the statement, beside qualifiers.

#pragma once

#include <array>
#include <string_view>

namespace sightline::query {

inline constexpr std::array<std::string_view, 14> kStatementDetails = {
    "credibility", "document", "quote",   "span",         "said",    "valid",  "mode",
    "reliability", "via",      "dataset", "derived_from", "marking", "access", "because"};

}  // namespace sightline::query
