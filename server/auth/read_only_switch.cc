#include "server/auth/read_only_switch.h"

#include <absl/strings/cord.h>

#include <utility>

#include "sightline/v1/admin_service.pb.h"
#include "storage/base/utf8.h"

namespace sightline::server {
namespace {

using storage::MutexLock;

constexpr char kRecord[] = "read-only";
// Never leaves the process.
constexpr char kPayloadKey[] = "sightline/read-only";
constexpr int64_t kMicrosPerSecond = 1'000'000;

std::string Encode(const ReadOnlySwitch::State& state) {
  v1::ReadOnlyState record;
  record.set_read_only(state.is_on);
  record.set_reason(state.reason);
  record.set_user(state.user);
  record.mutable_change_time()->set_seconds(state.changed_micros / kMicrosPerSecond);
  record.mutable_change_time()->set_nanos(
      static_cast<int>(state.changed_micros % kMicrosPerSecond * 1'000));
  return record.SerializeAsString();
}

StatusOr<ReadOnlySwitch::State> Decode(const std::string& text) {
  v1::ReadOnlyState record;
  if (!record.ParseFromString(text)) {
    return DataLoss("What the store keeps about being read-only is damaged");
  }
  return ReadOnlySwitch::State{.is_on = record.read_only(),
                               .is_fixed = false,
                               .reason = record.reason(),
                               .user = record.user(),
                               .changed_micros = record.change_time().seconds() * kMicrosPerSecond +
                                                 record.change_time().nanos() / 1'000};
}

}  // namespace

StatusOr<std::unique_ptr<ReadOnlySwitch>> ReadOnlySwitch::Open(storage::Store* store,
                                                               storage::Clock* clock,
                                                               bool is_fixed) {
  std::unique_ptr<ReadOnlySwitch> made(new ReadOnlySwitch(store, clock));
  if (is_fixed) {
    made->SetState({.is_on = true, .is_fixed = true});
    return made;
  }
  SL_ASSIGN_OR_RETURN(const auto records, store->ServerRecords());
  if (const auto found = records.find(kRecord); found != records.end()) {
    SL_ASSIGN_OR_RETURN(State state, Decode(found->second));
    made->SetState(std::move(state));
  }
  return made;
}

void ReadOnlySwitch::SetState(State state) {
  MutexLock lock(&mutex_);
  state_ = std::move(state);
  is_on_.store(state_.is_on, std::memory_order_release);
}

ReadOnlySwitch::State ReadOnlySwitch::state() const {
  MutexLock lock(&mutex_);
  return state_;
}

Status ReadOnlySwitch::Check() const {
  if (!is_on()) return OkStatus();
  const State state = this->state();
  Status status = MakeStatus(StatusCode::kPermissionDenied,
                             state.reason.empty() ? "The server is read-only"
                                                  : "The server is read-only: " + state.reason);
  status.SetPayload(kPayloadKey, absl::Cord("1"));
  return status;
}

Status ReadOnlySwitch::Set(bool is_on, std::string_view reason, std::string_view user) {
  if (reason.size() > kReasonBytesMax) {
    return InvalidArgument("reason: more than {} bytes", kReasonBytesMax);
  }
  if (!storage::IsValidUtf8(reason)) return InvalidArgument("reason: not UTF-8");
  MutexLock turn(&turning_);
  if (state().is_fixed) {
    return FailedPrecondition("The server was started {}, and stays so until it is started anew",
                              state().is_on ? "with --read-only" : "so that nobody turns this");
  }
  State next{.is_on = is_on,
             .is_fixed = false,
             .reason = is_on ? std::string(reason) : "",
             .user = std::string(user),
             .changed_micros = clock_->NowMicros()};
  const std::string record = Encode(next);
  // On: first of all nobody writes any more. Off: not before it is on record.
  if (is_on) SetState(next);
  const Status kept = store_->WriteServerRecords({{kRecord, record}});
  if (!kept.ok()) {
    return MakeStatus(kept.code(), fmt::format("{}; the server is read-only{}", MessageOf(kept),
                                               is_on ? " until it is started anew" : " still"));
  }
  if (!is_on) SetState(std::move(next));
  return OkStatus();
}

bool IsReadOnly(const Status& status) { return status.GetPayload(kPayloadKey).has_value(); }

}  // namespace sightline::server
