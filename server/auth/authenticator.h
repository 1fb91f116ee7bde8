// Authenticator: who calls, and what he may do. The only maker of a Caller, and a Caller is what
// every service needs to open a view: an RPC that forgets to ask has no clearance to read with.
//
// Thread safety: implementations are safe from any thread.

#pragma once

#include <string>
#include <string_view>

#include "storage/base/status.h"
#include "storage/model/marking.h"

namespace sightline::server {

// Someone who was let in for one call.
class Caller {
 public:
  // Names him in records that are kept per caller. Stable across restarts.
  const std::string& principal() const { return principal_; }
  const storage::Clearance& clearance() const { return clearance_; }
  bool may_write() const { return may_write_; }

 private:
  friend class Authenticator;
  Caller(std::string principal, storage::Clearance clearance, bool may_write)
      : principal_(std::move(principal)), clearance_(std::move(clearance)), may_write_(may_write) {}

  std::string principal_;
  storage::Clearance clearance_;
  bool may_write_;
};

class Authenticator {
 public:
  virtual ~Authenticator() = default;

  // Lets the caller of `method` ("/sightline.v1.QueryService/ExecuteQuery") in. Errors:
  // kPermissionDenied for a method without an entry in the method table, and for one that needs
  // more than the caller may do; kUnauthenticated when it is not clear who calls.
  virtual StatusOr<Caller> Admit(std::string_view method) const = 0;

 protected:
  static Caller MakeCaller(std::string principal, storage::Clearance clearance, bool may_write) {
    return Caller(std::move(principal), std::move(clearance), may_write);
  }
};

// This version has no accounts: every caller is the same one, with the clearance that the server
// was started with.
class SingleCallerAuthenticator final : public Authenticator {
 public:
  SingleCallerAuthenticator(storage::Clearance clearance, bool may_write)
      : clearance_(std::move(clearance)), may_write_(may_write) {}

  StatusOr<Caller> Admit(std::string_view method) const override;

 private:
  const storage::Clearance clearance_;
  const bool may_write_;
};

}  // namespace sightline::server
