// NameForm: the form in which names of any script are found, so that "Хиквижн", "ООО «Hikvision»"
// and "HIKVISION Co., Ltd." meet.
//
// A name is folded (name_folding.h), written in Latin letters without diacritics (ICU's
// "Any-Latin; Latin-ASCII": Cyrillic, Greek, Arabic, Hebrew, Chinese as pinyin ...), cut into
// words, and freed of the legal-form words at its ends ("GmbH", "Ltd", "ООО", "有限公司").
//
// Thread safety: may be called from any thread. A thread's first name that is not Latin costs some
// milliseconds, for ICU's rules.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sightline::storage {

struct NameForm {
  // Letters and digits, lower case, one space between words; Latin but for letters that ICU knows
  // no Latin for. Never empty for a name that has a character, and without zero bytes.
  std::string words;
  std::string legal;  // The legal-form words that were taken off, in order; as `words`.
  // Written mostly without vowels (Arabic, Hebrew): to be compared by consonants.
  bool vowelless = false;

  friend auto operator<=>(const NameForm&, const NameForm&) = default;
};

// A name of nothing but legal-form words keeps them. A name without letters and digits is its own
// word, folded. REQUIRES: shorter than 2 GiB.
NameForm FormOfName(std::string_view name);

// `words` in a spelling that the usual ways of romanising share: "Khrushchyov", "Chruschtschow"
// and "Hruŝëv" come close. Rules, not sounds: letters of one sound become one (w v, ph f, q k, x ks
// ...), digraphs one letter (sh s, kh h, zh z, ts c ...), y and j are i, i before a vowel goes,
// double letters are one. A pure function of `words`; no word becomes empty.
std::string NeutralSpelling(std::string_view words);

// Three bytes of a name without its spaces, a '_' before and behind; the first byte highest.
using Trigram = uint32_t;
// Of `neutral`, distinct, ascending. As many as there are letters when none is there twice.
std::vector<Trigram> TrigramsOf(std::string_view neutral);

// The consonants of each word of `neutral`, in order: what remains without a e i o u v, and h at
// the end. A leading article of Arabic ("al") is taken off first. Words of fewer than two
// consonants have none, and words of more than 64 letters.
std::vector<std::string> ConsonantsOf(std::string_view neutral);

}  // namespace sightline::storage
