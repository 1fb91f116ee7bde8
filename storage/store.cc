#include "storage/store.h"

#include <utility>

#include "storage/txn/snapshot_view.h"
#include "storage/txn/store_state.h"
#include "storage/txn/store_transaction.h"

namespace sightline::storage {
namespace {

class OpenStore final : public Store {
 public:
  explicit OpenStore(std::shared_ptr<StoreState> state) : state_(std::move(state)) {}

  Revision revision() const override { return state_->published()->revision; }

  StatusOr<std::shared_ptr<const ReadView>> OpenReadView(std::optional<Revision> revision,
                                                         const Clearance& clearance) override {
    PublishedPtr published = state_->published();
    const Revision wanted = revision.value_or(published->revision);
    if (wanted > published->revision) {
      return OutOfRange("The revision has not been committed yet: {}; the newest is {}",
                        wanted.value, published->revision.value);
    }
    auto catalog =
        wanted == published->revision ? published->catalog : state_->catalogs().CatalogAt(wanted);
    return std::shared_ptr<const ReadView>(std::make_shared<SnapshotView>(
        state_, std::move(published), wanted, std::move(catalog),
        std::make_shared<const Clearance>(clearance), SnapshotView::Pending{}));
  }

  StatusOr<std::unique_ptr<Transaction>> BeginTransaction(
      const Clearance& clearance, const CancellationToken* cancellation) override {
    return StoreTransaction::Begin(state_, clearance, cancellation);
  }

  StoreStatistics Statistics() const override {
    const PublishedPtr published = state_->published();
    StoreStatistics statistics;
    statistics.revision = published->revision;
    statistics.statements = published->statement_count;
    statistics.quads = published->counters.quads;
    statistics.terms = published->counters.dictionary.total();
    statistics.disk_bytes = state_->kv().DiskBytes();
    return statistics;
  }

 private:
  // Views and transactions share it, so that one that is dropped late does no harm.
  const std::shared_ptr<StoreState> state_;
};

}  // namespace

StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& directory,
                                             const StoreOptions& options) {
  KvOptions kv_options = options.kv;
  kv_options.create_if_missing = options.create_if_missing && options.kv.create_if_missing;
  kv_options.format_version = kFormatVersion;
  SL_ASSIGN_OR_RETURN(auto kv, KvStore::Open(directory, kv_options));
  SL_ASSIGN_OR_RETURN(auto state, StoreState::Load(std::move(kv), options.clock, kFormatVersion));
  return std::make_unique<OpenStore>(std::move(state));
}

}  // namespace sightline::storage
