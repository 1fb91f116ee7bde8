// What \help says of the language's words. Of functions the server tells.

#pragma once

#include <string>
#include <string_view>

namespace sightline::cli {

// How a clause is written and what it does; empty for a word that begins none. Whatever its case.
std::string KeywordHelp(std::string_view word);

// The words that KeywordHelp knows: "ASSERT, CALL, ...".
std::string HelpedKeywords();

}  // namespace sightline::cli
