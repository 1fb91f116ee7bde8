// Page tokens: where the next page of a list begins, as clients hold it: opaque text.
//
// A token belongs to one method, one request (but for page_size), one clearance and one revision,
// and is sealed with a key of the store's, so that nobody makes one up or changes one: a place
// tells how many rows there are before it, which is for the server to say. It gives nobody rights:
// a page is read with the clearance of whoever asks for it.
//
// HMAC-SHA-256 (RFC 2104, FIPS 180-4), cut to 128 bits as RFC 2104, section 5, allows.
//
// Thread-safe: immutable.

#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/id_cipher.h"
#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/model/marking.h"
#include "storage/store.h"

namespace sightline::server {

struct PagePlace {
  storage::Revision revision;  // That all pages are read at.
  uint64_t skip = 0;           // Items of the pages before.
  friend bool operator==(const PagePlace&, const PagePlace&) = default;
};

class PageTokens {
 public:
  // With the key that the store keeps for its server; the first time, a new one is made. Errors:
  // the store's.
  static StatusOr<std::unique_ptr<PageTokens>> Open(storage::Store* store);
  PageTokens(std::string key, storage::IdCipher ids);

  // `request` is the request for this page; its fields page_size and page_token do not count.
  std::string Seal(const PagePlace& place, std::string_view method,
                   const google::protobuf::Message& request,
                   const storage::Clearance& clearance) const;
  // Errors: kInvalidArgument (SL8020) for a token that Seal has not given for such a request.
  StatusOr<PagePlace> Unseal(std::string_view token, std::string_view method,
                             const google::protobuf::Message& request,
                             const storage::Clearance& clearance) const;

 private:
  std::string TagOf(std::string_view place, std::string_view method,
                    const google::protobuf::Message& request,
                    const storage::Clearance& clearance) const;

  const std::string key_;
  const storage::IdCipher ids_;
};

}  // namespace sightline::server
