// Authenticator: who calls, and what he may do. The only maker of a Caller, and a Caller is what
// every service needs to open a view: an RPC that forgets to ask has no clearance to read with.
//
// Thread safety: implementations are safe from any thread.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/auth/user.h"
#include "storage/base/status.h"
#include "storage/model/marking.h"

namespace sightline::server {

class AccessRegistry;
class ReadOnlySwitch;

// What a call shows of who makes it. Borrows the text.
struct CallOrigin {
  std::string_view token;  // Of the header "authorization: Bearer TOKEN"; empty without one.
  // Of the client's certificate, which the handshake has verified: subject alternative names and
  // common name. Empty without one.
  std::vector<std::string> certificate_names;
};

// Someone who was let in for one call.
class Caller {
 public:
  // Names him in records that are kept per caller. Stable across restarts.
  const std::string& principal() const { return principal_; }
  Role role() const { return role_; }
  const storage::Clearance& clearance() const { return clearance_; }
  bool may_write() const { return may_write_; }
  // What he may use at most, below what the server allows to all.
  const UsageLimits& limits() const { return limits_; }
  // By which he was let in; empty when it was by something else.
  const std::string& token_id() const { return token_id_; }

 private:
  friend class Authenticator;
  Caller(std::string principal, Role role, storage::Clearance clearance, std::string token_id)
      : principal_(std::move(principal)),
        role_(role),
        clearance_(std::move(clearance)),
        token_id_(std::move(token_id)) {}

  std::string principal_;
  Role role_;
  storage::Clearance clearance_;
  std::string token_id_;
  UsageLimits limits_;
  bool may_write_ = false;  // Set by Admit.
};

class Authenticator {
 public:
  virtual ~Authenticator() = default;

  // Lets the caller of `method` ("/sightline.v1.QueryService/ExecuteQuery") in. A method that is
  // open to whoever can connect has a caller without a name where it is not clear who calls.
  // Errors: kPermissionDenied for a method without an entry in the method table, and for one that
  // needs more than the caller may do, or writes while the server is read-only (IsReadOnly);
  // kUnauthenticated when it is not clear who calls.
  StatusOr<Caller> Admit(std::string_view method, const CallOrigin& origin) const;

  // For a call that has been running: OK while its caller would still be let in, so that a token
  // that is revoked ends its streams too. Else kUnauthenticated.
  virtual Status CheckStillAdmitted(const Caller& caller) const = 0;

 protected:
  explicit Authenticator(const ReadOnlySwitch* read_only) : read_only_(read_only) {}

  virtual StatusOr<Caller> Identify(const CallOrigin& origin) const = 0;

  static Caller MakeCaller(std::string principal, Role role, storage::Clearance clearance,
                           std::string token_id = "", const UsageLimits& limits = {}) {
    Caller caller(std::move(principal), role, std::move(clearance), std::move(token_id));
    caller.limits_ = limits;
    return caller;
  }

 private:
  const ReadOnlySwitch* const read_only_;
};

// Everyone is the same caller, with the clearance that the server was started with: for a socket
// that the system guards, or a loopback port whose users trust each other.
class SingleCallerAuthenticator final : public Authenticator {
 public:
  // Borrows `read_only`, which must outlive it.
  SingleCallerAuthenticator(storage::Clearance clearance, const ReadOnlySwitch* read_only)
      : Authenticator(read_only), clearance_(std::move(clearance)) {}

  Status CheckStillAdmitted(const Caller&) const override { return OkStatus(); }

 protected:
  StatusOr<Caller> Identify(const CallOrigin& origin) const override;

 private:
  const storage::Clearance clearance_;
};

// A caller is the user whose token he shows, else the one whose certificate he connected with.
class UserAuthenticator final : public Authenticator {
 public:
  // Borrows both, which must outlive it.
  UserAuthenticator(const AccessRegistry* registry, const ReadOnlySwitch* read_only)
      : Authenticator(read_only), registry_(registry) {}

  Status CheckStillAdmitted(const Caller& caller) const override;

 protected:
  StatusOr<Caller> Identify(const CallOrigin& origin) const override;

 private:
  const AccessRegistry* const registry_;
};

}  // namespace sightline::server
