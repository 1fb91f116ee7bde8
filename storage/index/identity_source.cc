#include "storage/index/identity_source.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "storage/base/check.h"
#include "storage/index/quad_merge.h"

namespace sightline::storage {
namespace {

// Which of subject (0), predicate (1) and object (2) stands where in a permutation's rows.
using Places = std::array<uint8_t, 3>;
constexpr uint8_t kPredicate = 1;

Places PlacesIn(Permutation permutation) {
  const PermutedKey key = Permute(permutation, {TermId{0}, TermId{1}, TermId{2}});
  return {static_cast<uint8_t>(key[0].bits), static_cast<uint8_t>(key[1].bits),
          static_cast<uint8_t>(key[2].bits)};
}

// What is bound of a fact, whatever the order.
using Bound = std::array<std::optional<TermId>, 3>;

KeyPrefix PrefixOf(const Bound& bound, const Places& places) {
  KeyPrefix prefix;
  for (const uint8_t part : places) {
    if (!bound[part]) break;
    prefix.terms[prefix.length++] = *bound[part];
  }
  return prefix;
}

// The permutation whose rows begin with what is bound and go on with `next`.
Permutation PermutationFor(const Bound& bound, uint8_t next) {
  for (const Permutation permutation : kPermutations) {
    const Places places = PlacesIn(permutation);
    size_t length = 0;
    while (length < 3 && bound[places[length]]) ++length;
    const auto all = static_cast<size_t>(
        std::count_if(bound.begin(), bound.end(), [](const auto& part) { return part; }));
    if (length == all && length < 3 && places[length] == next) return permutation;
  }
  SL_CHECK(false);
  return Permutation::kSpo;
}

// What one look-up may copy rather than ask twice for: a group, as runs unpack it.
constexpr size_t kShortRows = kGroupRows;
// So many look-ups of a predicate at least come before all of its renamed rows are found.
constexpr uint64_t kLookUpsMin = 64;
// So many slices of rows are passed over before the guard is asked once more.
constexpr uint32_t kSlicesUnasked = 64;

class IdentitySource final : public QuadSource {
 public:
  IdentitySource(OpenQuadSources open, Permutation permutation, IdentityMapPtr identity,
                 std::shared_ptr<ScanGuard> guard)
      : open_(std::move(open)),
        permutation_(permutation),
        places_(PlacesIn(permutation)),
        identity_(std::move(identity)),
        guard_(std::move(guard)) {}
  ~IdentitySource() override {
    if (guard_ != nullptr) (void)guard_->Hold(held_bytes_, 0);
  }

  Status Advance(size_t row_count) override {
    if (passes_on_) {
      SL_RETURN_IF_ERROR(inputs_->Advance(row_count));
      PassOn();
      return OkStatus();
    }
    if (is_own_) {
      own_place_ += row_count;
    } else {
      SL_RETURN_IF_ERROR(inputs_->Advance(row_count));
    }
    return Show();
  }

  Status SeekForward(const QuadKey& key) override {
    SL_RETURN_IF_ERROR(inputs_->SeekForward(key));
    own_place_ += CountBefore(OwnRows(), key);
    return Show();
  }

  Status Rebind(const KeyPrefix& prefix) override {
    if (IsUntouched(prefix)) {
      SL_RETURN_IF_ERROR(inputs_->Rebind(prefix));
      own_place_ = own_end_ = removed_place_ = 0;
      passes_on_ = true;
      PassOn();
      return OkStatus();
    }
    KeyPrefix canonical = prefix;
    Bound bound;
    for (uint8_t i = 0; i < prefix.length; ++i) {
      if (places_[i] != kPredicate) canonical.terms[i] = identity_->CanonicalOf(prefix.terms[i]);
      bound[places_[i]] = canonical.terms[i];
    }
    prefix_ = canonical;
    SL_RETURN_IF_ERROR(BindInputs(permutation_, canonical, &inputs_));
    if (bound[kPredicate] != counted_predicate_) {
      counted_predicate_ = bound[kPredicate];
      look_ups_ = 0;
    }
    if (!Knows(bound)) {
      // When a predicate is looked up again and again, all its rows that are renamed are found
      // once.
      const bool all =
          counted_predicate_ && ++look_ups_ > kLookUpsMin + 8 * identity_->moved().size();
      Bound known;
      if (all) {
        known[kPredicate] = counted_predicate_;
      } else {
        known = bound;
      }
      SL_RETURN_IF_ERROR(LookUp(known));
    }
    own_end_ = own_[0].size();
    if (known_ == bound || !known_ || own_end_ == 0) {
      own_place_ = removed_place_ = 0;
    } else {
      Find(LowestKeyOf(prefix_));
    }
    passes_on_ = own_place_ == own_end_ && (removed_place_ == removed_.size() ||
                                            !StartsWith(removed_[removed_place_], prefix_));
    if (!passes_on_) return Show();
    PassOn();
    return OkStatus();
  }

 private:
  // Whether these rows are known to be as the inputs have them: all of a predicate none of whose
  // rows is renamed, whatever node is asked for. Most look-ups of most predicates.
  bool IsUntouched(const KeyPrefix& prefix) const {
    if (!known_ || (*known_)[0] || (*known_)[2] || !(*known_)[kPredicate]) return false;
    if (!removed_.empty() || !own_[0].empty() || inputs_ == nullptr) return false;
    bool same_predicate = false;
    for (uint8_t i = 0; i < prefix.length; ++i) {
      if (places_[i] == kPredicate) {
        same_predicate = prefix.terms[i] == *(*known_)[kPredicate];
      } else if (identity_->Moves(prefix.terms[i])) {
        return false;
      }
    }
    return same_predicate;
  }

  // Moves to the own rows with prefix_, and to the removed ones from `key`, its lowest, on. Those
  // of ascending prefixes are found from the last one's on.
  void Find(const QuadKey& key) {
    if (own_first_ > own_end_ || (own_first_ > 0 && !(OwnRow(own_first_ - 1) < key))) {
      own_first_ = 0;
    }
    own_place_ = own_first_;
    own_place_ += CountBefore(OwnRows(), key);
    own_first_ = own_place_;
    own_end_ = own_place_ + CountWithPrefix(OwnRows(), prefix_);
    if (removed_first_ > removed_.size() ||
        (removed_first_ > 0 && !(removed_[removed_first_ - 1] < key))) {
      removed_first_ = 0;
    }
    while (removed_first_ < removed_.size() && removed_[removed_first_] < key) {
      // A few steps, and then the place is looked for.
      constexpr size_t kSteps = 4;
      const size_t last = std::min(removed_first_ + kSteps, removed_.size());
      while (removed_first_ < last && removed_[removed_first_] < key) ++removed_first_;
      if (removed_first_ < last) break;
      removed_first_ = static_cast<size_t>(
          std::lower_bound(removed_.begin() + static_cast<ptrdiff_t>(last), removed_.end(), key) -
          removed_.begin());
    }
    removed_place_ = removed_first_;
  }

  Status BindInputs(Permutation permutation, const KeyPrefix& prefix,
                    std::unique_ptr<QuadMerge>* inputs) {
    if (*inputs != nullptr) return (*inputs)->Rebind(prefix);
    SL_ASSIGN_OR_RETURN(auto sources, open_(permutation, prefix));
    *inputs = std::make_unique<QuadMerge>(std::move(sources));
    return OkStatus();
  }

  // Asks whether the rows at hand may be held: when they have become more, and now and then.
  Status Ask() {
    if (guard_ == nullptr) return OkStatus();
    const uint64_t bytes = (renamed_.capacity() + removed_.capacity()) * sizeof(QuadKey) +
                           own_.size() * own_[0].capacity() * sizeof(uint64_t);
    if (bytes <= held_bytes_ && ++slices_unasked_ < kSlicesUnasked) return OkStatus();
    slices_unasked_ = 0;
    SL_RETURN_IF_ERROR(guard_->Hold(held_bytes_, std::max(bytes, held_bytes_)));
    held_bytes_ = std::max(bytes, held_bytes_);
    return OkStatus();
  }

  bool Moves(uint64_t bits) const { return identity_->Moves(TermId{bits}); }

  // Whether the own rows and the removed ones include those of what is bound.
  bool Knows(const Bound& bound) const {
    return known_ && (*known_ == bound || (!(*known_)[0] && !(*known_)[2] &&
                                           (*known_)[kPredicate] == bound[kPredicate]));
  }

  // Finds own rows and removed ones.
  Status LookUp(const Bound& bound) {
    for (auto& column : own_) column.clear();
    own_is_covered_ = false;
    known_.reset();
    renamed_.clear();
    removed_.clear();
    // The ids of each bound node.
    std::array<std::vector<TermId>, 3> ids;
    bool is_merged = false, has_node = false;
    for (const uint8_t part : {uint8_t{0}, uint8_t{2}}) {
      if (!bound[part]) continue;
      has_node = true;
      const std::vector<TermId>& members = identity_->MembersOf(*bound[part]);
      if (members.empty()) continue;
      is_merged = true;
      ids[part] = members;
    }
    if (bound[0] && bound[2] && !is_merged) return OkStatus();
    if (has_node && !is_merged) {
      SL_ASSIGN_OR_RETURN(const bool is_short, CopyShort());
      if (is_short) return OkStatus();
    }
    known_ = bound;
    if (!bound[0]) SL_RETURN_IF_ERROR(FindMoved(bound, 0));
    if (!bound[2]) SL_RETURN_IF_ERROR(FindMoved(bound, 2));
    if (is_merged) SL_RETURN_IF_ERROR(ReadMembers(bound, std::move(ids)));
    if (!std::is_sorted(removed_.begin(), removed_.end())) {
      std::sort(removed_.begin(), removed_.end());
    }
    return TakeRenamed();
  }

  // Takes all rows of the inputs over when they are few, as those of a look-up mostly are: they
  // need be read once only. Else leaves the inputs at their first row.
  StatusOr<bool> CopyShort() {
    bool is_covered = true, moves = false;
    while (true) {
      const QuadRows& rows = inputs_->head();
      if (rows.row_count == 0) break;
      if (own_[0].size() + rows.row_count > kShortRows) {
        for (auto& column : own_) column.clear();
        SL_RETURN_IF_ERROR(inputs_->Rebind(prefix_));
        return false;
      }
      is_covered &= inputs_->head_is_covered();
      for (size_t i = 0; i < 4; ++i) {
        own_[i].insert(own_[i].end(), rows.columns[i], rows.columns[i] + rows.row_count);
      }
      for (size_t i = prefix_.length; i < 3; ++i) {
        if (places_[i] == kPredicate) continue;
        moves |= std::any_of(rows.columns[i], rows.columns[i] + rows.row_count,
                             [this](uint64_t bits) { return Moves(bits); });
      }
      SL_RETURN_IF_ERROR(inputs_->Advance(rows.row_count));
    }
    own_is_covered_ = is_covered;
    if (!moves) return true;
    for (size_t row = 0; row < own_[0].size(); ++row) {
      renamed_.push_back(Renamed({own_[0][row], own_[1][row], own_[2][row], own_[3][row]}));
    }
    for (auto& column : own_) column.clear();
    SL_RETURN_IF_ERROR(TakeRenamed());
    return true;
  }

  // A row of permutation_, with canonical ids.
  QuadKey Renamed(QuadKey row) const {
    for (size_t i = 0; i < 3; ++i) {
      if (places_[i] != kPredicate) row[i] = identity_->CanonicalOf(TermId{row[i]}).bits;
    }
    return row;
  }

  // The rows with what is bound whose `part`, which is not, is an id that moves: removes them where
  // they are and takes them over under their new ids. Skips from one such id to the next.
  Status FindMoved(const Bound& bound, uint8_t part) {
    const Permutation permutation = PermutationFor(bound, part);
    const Places places = PlacesIn(permutation);
    const KeyPrefix prefix = PrefixOf(bound, places);
    std::unique_ptr<QuadMerge>& rows = finders_[part];
    if (rows != nullptr && finder_permutations_[part] != permutation) rows = nullptr;
    finder_permutations_[part] = permutation;
    SL_RETURN_IF_ERROR(BindInputs(permutation, prefix, &rows));
    const size_t column = prefix.length;
    // Where the columns of permutation_ are in these rows, and the other end.
    std::array<size_t, 3> from{};
    size_t other_end = 0;
    for (size_t i = 0; i < 3; ++i) {
      from[i] =
          static_cast<size_t>(std::find(places.begin(), places.end(), places_[i]) - places.begin());
      if (places_[i] != kPredicate && places_[i] != part) other_end = i;
    }
    const size_t moved_end =
        static_cast<size_t>(std::find(places_.begin(), places_.end(), part) - places_.begin());
    // When both ends are free and both move, the row is found by its subject.
    const bool found_before = part == 2 && !bound[0];
    const std::vector<TermId>& moved = identity_->moved();
    auto id = moved.begin();
    while (rows->head().row_count > 0) {
      SL_RETURN_IF_ERROR(Ask());
      const QuadRows& head = rows->head();
      id = std::lower_bound(id, moved.end(), TermId{head.columns[column][0]});
      if (id == moved.end()) return OkStatus();
      const uint64_t canonical = identity_->CanonicalOf(*id).bits;
      size_t count = 0;
      for (; count < head.row_count && head.columns[column][count] == id->bits; ++count) {
        const QuadKey row = {head.columns[from[0]][count], head.columns[from[1]][count],
                             head.columns[from[2]][count], head.columns[3][count]};
        const TermId other{row[other_end]}, new_other = identity_->CanonicalOf(other);
        if (found_before && new_other != other) continue;
        removed_.push_back(row);
        QuadKey& renamed = renamed_.emplace_back(row);
        renamed[moved_end] = canonical;
        renamed[other_end] = new_other.bits;
      }
      if (count > 0) {
        SL_RETURN_IF_ERROR(rows->Advance(count));
        continue;
      }
      KeyPrefix key = prefix;
      key.terms[key.length++] = *id;
      SL_RETURN_IF_ERROR(rows->SeekForward(LowestKeyOf(key)));
    }
    return OkStatus();
  }

  // The rows about the other ids of what is bound.
  Status ReadMembers(const Bound& bound, std::array<std::vector<TermId>, 3> ids) {
    for (const size_t part : {0, 2}) {
      if (ids[part].empty()) ids[part] = {bound[part].value_or(TermId())};
    }
    for (const TermId subject : ids[0]) {
      for (const TermId object : ids[2]) {
        Bound member = bound;
        if (bound[0]) member[0] = subject;
        if (bound[2]) member[2] = object;
        if (member == bound) continue;
        SL_RETURN_IF_ERROR(BindInputs(permutation_, PrefixOf(member, places_), &members_));
        while (true) {
          const QuadRows& rows = members_->head();
          if (rows.row_count == 0) break;
          SL_RETURN_IF_ERROR(Ask());
          for (size_t row = 0; row < rows.row_count; ++row) {
            QuadKey& renamed = renamed_.emplace_back(rows.Row(row));
            for (size_t i = 0; i < 3; ++i) {
              if (i < prefix_.length) {
                renamed[i] = prefix_.terms[i].bits;
              } else if (places_[i] != kPredicate) {
                renamed[i] = identity_->CanonicalOf(TermId{renamed[i]}).bits;
              }
            }
          }
          SL_RETURN_IF_ERROR(members_->Advance(rows.row_count));
        }
      }
    }
    return OkStatus();
  }

  // Makes the renamed rows the own ones, sorted, each once.
  Status TakeRenamed() {
    if (!std::is_sorted(renamed_.begin(), renamed_.end())) {
      std::sort(renamed_.begin(), renamed_.end());
    }
    renamed_.erase(std::unique(renamed_.begin(), renamed_.end()), renamed_.end());
    for (size_t i = 0; i < 4; ++i) {
      own_[i].resize(renamed_.size());
      for (size_t row = 0; row < renamed_.size(); ++row) own_[i][row] = renamed_[row][i];
    }
    renamed_.clear();
    return Ask();
  }

  QuadKey OwnRow(size_t row) const {
    return {own_[0][row], own_[1][row], own_[2][row], own_[3][row]};
  }
  QuadRows OwnRows() const {
    return QuadRows{{own_[0].data(), own_[1].data(), own_[2].data(), own_[3].data()}, own_end_}
        .From(own_place_);
  }

  // Makes the inputs' rows the head as they are.
  void PassOn() {
    head_ = inputs_->head();
    head_is_covered_ = inputs_->head_is_covered();
  }

  // Makes the next rows the head: of the inputs up to where one is removed or an own one belongs,
  // or own ones.
  Status Show() {
    while (true) {
      const QuadRows& in = inputs_->head();
      if (in.row_count > 0 && removed_place_ < removed_.size()) {
        const QuadKey first = in.Row(0);
        while (removed_place_ < removed_.size() && removed_[removed_place_] < first) {
          ++removed_place_;
        }
        size_t count = 0;
        while (count < in.row_count && removed_place_ < removed_.size() &&
               removed_[removed_place_] == in.Row(count)) {
          ++count;
          ++removed_place_;
        }
        if (count > 0) {
          SL_RETURN_IF_ERROR(inputs_->Advance(count));
          continue;
        }
      }
      const QuadRows own = OwnRows();
      is_own_ = in.row_count == 0;
      if (!is_own_ && own.row_count > 0) {
        const QuadKey first = in.Row(0), own_first = own.Row(0);
        if (first == own_first) {
          // One statement says the same of two ids.
          ++own_place_;
          continue;
        }
        is_own_ = own_first < first;
      }
      if (is_own_) {
        head_ = own;
        if (in.row_count > 0) head_.row_count = CountBefore(own, in.Row(0));
        head_is_covered_ = own_is_covered_;
        return OkStatus();
      }
      head_ = in;
      if (own.row_count > 0) head_.row_count = CountBefore(head_, own.Row(0));
      if (removed_place_ < removed_.size()) {
        head_.row_count = CountBefore(head_, removed_[removed_place_]);
      }
      head_is_covered_ = inputs_->head_is_covered();
      return OkStatus();
    }
  }

  const OpenQuadSources open_;
  const Permutation permutation_;
  const Places places_;
  const IdentityMapPtr identity_;
  const std::shared_ptr<ScanGuard> guard_;
  uint64_t held_bytes_ = 0;  // As the guard was told.
  uint32_t slices_unasked_ = 0;

  std::unique_ptr<QuadMerge> inputs_;  // The rows with prefix_.
  KeyPrefix prefix_;
  // Own and removed rows are all of those that have this bound; none: whatever was copied.
  std::optional<Bound> known_;
  std::optional<TermId> counted_predicate_;
  uint64_t look_ups_ = 0;  // Of it, since another one was looked up.
  std::array<std::vector<uint64_t>, 4> own_;
  bool own_is_covered_ = false;
  size_t own_place_ = 0, own_end_ = 0;
  // Where the rows with the last prefix begin: hints.
  size_t own_first_ = 0, removed_first_ = 0;
  bool passes_on_ = false;        // Of the rows with the prefix none is own or removed.
  bool is_own_ = false;           // The head is of the own rows.
  std::vector<QuadKey> removed_;  // Rows of the inputs that are left out, ascending.
  size_t removed_place_ = 0;

  // For looking up; kept for the next time.
  std::array<std::unique_ptr<QuadMerge>, 3> finders_;
  std::array<Permutation, 3> finder_permutations_{};
  std::unique_ptr<QuadMerge> members_;
  std::vector<QuadKey> renamed_;
};

}  // namespace

StatusOr<std::unique_ptr<QuadSource>> OpenIdentitySource(OpenQuadSources open,
                                                         Permutation permutation,
                                                         const KeyPrefix& prefix,
                                                         IdentityMapPtr identity,
                                                         std::shared_ptr<ScanGuard> guard) {
  auto source = std::make_unique<IdentitySource>(std::move(open), permutation, std::move(identity),
                                                 std::move(guard));
  SL_RETURN_IF_ERROR(source->Rebind(prefix));
  return std::unique_ptr<QuadSource>(std::move(source));
}

}  // namespace sightline::storage
