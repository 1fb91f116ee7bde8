// FoldName: the form in which names are compared, so that "Łódź", "LODZ" and " lodz " are one.
//
// What folds away: case (full case folding: ß is ss), diacritics, compatibility forms (full-width
// letters, ligatures), the variants of apostrophes, quotes and dashes (' " -), invisible
// characters, and runs and ends of white space. What stays: vowel signs of Indic scripts and the
// voicing marks of kana, which tell words apart; punctuation; legal-form words ("Ltd", "GmbH",
// "OOO"); the script. storage/text/name_form.h takes those away too.
//
// Thread safety: may be called from any thread.

#pragma once

#include <string>
#include <string_view>

namespace sightline::storage {

// Bytes that are not UTF-8 fold to U+FFFD. Folding a folded name changes nothing. A name of nothing
// but white space folds to the empty string. REQUIRES: shorter than 2 GiB, ICU's limit.
std::string FoldName(std::string_view name);

}  // namespace sightline::storage
