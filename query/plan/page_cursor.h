// PageCursor: where in a result the next page of LIMIT n AFTER begins. A client gets it as a text
// without meaning and hands it back.
//
// A page is taken from the rows in a total order, read at the revision of the first page, so that
// a number of rows is a place in them. The text holds nothing but that place and what it belongs
// to, and gives nobody rights: the next page is read with the clearance of whoever asks for it.
//
// Thread-safe: free functions.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "query/functions/datum.h"
#include "storage/base/id_cipher.h"
#include "storage/base/ids.h"
#include "storage/model/marking.h"

namespace sightline::query {

struct PageCursor {
  storage::Revision revision;  // That all pages are read at.
  uint64_t rows_before = 0;    // Rows of the pages so far.
  uint64_t query = 0;          // What it belongs to, as FingerprintOf gives it.
  friend bool operator==(const PageCursor&, const PageCursor&) = default;
};

// Hexadecimal. The revision, which counts what anybody has written, goes through `ids`.
std::string EncodePageCursor(const PageCursor& cursor, const storage::IdCipher& ids);
// Nothing when the text is not what EncodePageCursor writes.
std::optional<PageCursor> DecodePageCursor(std::string_view text, const storage::IdCipher& ids);

// A number that differs for another query, other parameters or another clearance. `text` is the
// query without its cursor, `cursor_parameter` the parameter that stands for it, if one does.
uint64_t FingerprintOf(std::string_view text,
                       const std::map<std::string, Datum, std::less<>>& parameters,
                       std::string_view cursor_parameter, const storage::Clearance& clearance);

}  // namespace sightline::query
