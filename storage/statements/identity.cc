#include "storage/statements/identity.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

namespace sightline::storage {
namespace {

using Pair = std::pair<TermId, TermId>;

Pair PairOf(const Judgement& judgement) {
  return {std::min(judgement.subject, judgement.object),
          std::max(judgement.subject, judgement.object)};
}

// Disjoint sets of ids, with the ids that each set must be kept apart from. Union by size: R. E.
// Tarjan, Efficiency of a good but not linear set union algorithm (1975).
class Clusters {
 public:
  size_t Add(TermId term) {
    const auto [entry, is_new] = numbers_.emplace(term, terms_.size());
    if (is_new) {
      terms_.push_back(term);
      parents_.push_back(entry->second);
      sizes_.push_back(1);
      denials_.emplace_back();
    }
    return entry->second;
  }

  size_t RootOf(size_t number) {
    while (parents_[number] != number) {
      parents_[number] = parents_[parents_[number]];
      number = parents_[number];
    }
    return number;
  }

  void KeepApart(const Judgement& denial) {
    const size_t a = Add(denial.subject), b = Add(denial.object);
    denials_[a].emplace_back(b, denial);
    denials_[b].emplace_back(a, denial);
  }

  // The first judgement that keeps two sets apart, or null.
  const Judgement* DenialBetween(size_t a, size_t b) {
    if (denials_[a].size() > denials_[b].size()) std::swap(a, b);
    const Judgement* first = nullptr;
    for (const auto& [other, denial] : denials_[a]) {
      if (RootOf(other) != b) continue;
      if (first == nullptr || denial.statement < first->statement) first = &denial;
    }
    return first;
  }

  void Join(size_t a, size_t b) {
    if (sizes_[a] < sizes_[b]) std::swap(a, b);
    parents_[b] = a;
    sizes_[a] += sizes_[b];
    denials_[a].insert(denials_[a].end(), denials_[b].begin(), denials_[b].end());
    denials_[b].clear();
  }

  const std::vector<TermId>& terms() const { return terms_; }

 private:
  std::unordered_map<TermId, size_t> numbers_;
  std::vector<TermId> terms_;
  std::vector<size_t> parents_, sizes_;
  std::vector<std::vector<std::pair<size_t, Judgement>>> denials_;  // By root.
};

}  // namespace

StatusOr<IdentityMapPtr> IdentityMap::Make(std::vector<Judgement> judgements,
                                           const ExternalIds& external_id) {
  std::erase_if(judgements, [](const Judgement& judgement) {
    return judgement.subject == judgement.object || !judgement.subject.is_entity() ||
           !judgement.object.is_entity();
  });
  std::sort(judgements.begin(), judgements.end(), [](const Judgement& a, const Judgement& b) {
    if (a.statement != b.statement) return a.statement < b.statement;
    return PairOf(a) < PairOf(b);
  });
  // Of each pair the first judgement of either kind.
  std::map<Pair, Judgement> denied;
  std::set<Pair> known;
  std::vector<Judgement> links;
  for (const Judgement& judgement : judgements) {
    if (!judgement.same) denied.emplace(PairOf(judgement), judgement);
  }
  for (const Judgement& judgement : judgements) {
    const Pair pair = PairOf(judgement);
    if (judgement.same && !denied.contains(pair) && known.insert(pair).second) {
      links.push_back(judgement);
    }
  }
  if (links.empty()) return IdentityMapPtr();
  // One statement may judge several pairs: the external ids order them, because the numbers of
  // terms follow the order of first use, hidden use included.
  std::unordered_map<TermId, std::string> ids;
  for (const Judgement& link : links) {
    for (const TermId end : {link.subject, link.object}) {
      if (ids.contains(end)) continue;
      SL_ASSIGN_OR_RETURN(std::string id, external_id(end));
      ids.emplace(end, std::move(id));
    }
  }
  const auto names = [&ids](const Judgement& link) {
    return std::minmax(ids.at(link.subject), ids.at(link.object));
  };
  std::stable_sort(links.begin(), links.end(), [&](const Judgement& a, const Judgement& b) {
    return a.statement != b.statement ? a.statement < b.statement : names(a) < names(b);
  });

  auto map = std::make_shared<IdentityMap>();
  Clusters clusters;
  for (const auto& [pair, denial] : denied) clusters.KeepApart(denial);
  std::vector<Judgement> taken;
  for (const Judgement& link : links) {
    const size_t a = clusters.RootOf(clusters.Add(link.subject));
    const size_t b = clusters.RootOf(clusters.Add(link.object));
    if (a == b) continue;
    if (const Judgement* denial = clusters.DenialBetween(a, b)) {
      map->conflicts_.push_back({link, *denial});
      continue;
    }
    clusters.Join(a, b);
    taken.push_back(link);
  }

  std::unordered_map<size_t, Entity> by_root;
  for (const auto& [term, id] : ids) {
    by_root[clusters.RootOf(clusters.Add(term))].members.push_back(term);
  }
  for (const Judgement& link : taken) {
    by_root[clusters.RootOf(clusters.Add(link.subject))].links.push_back(link);
  }
  for (auto& [root, entity] : by_root) {
    if (entity.members.size() < 2) continue;
    std::sort(entity.members.begin(), entity.members.end(),
              [&ids](TermId a, TermId b) { return ids.at(a) < ids.at(b); });
    const TermId canonical = entity.members.front();
    for (size_t i = 1; i < entity.members.size(); ++i) {
      map->canonical_.emplace(entity.members[i], canonical);
      map->moved_.push_back(entity.members[i]);
    }
    map->entities_.emplace(canonical, std::move(entity));
  }
  if (map->moved_.empty()) return IdentityMapPtr();
  std::sort(map->moved_.begin(), map->moved_.end());
  int bits = 10;
  while (bits < 30 && (uint64_t{1} << bits) < 16 * map->moved_.size()) ++bits;
  map->filter_shift_ = 64 - bits;
  map->filter_.resize((uint64_t{1} << bits) / 64);
  for (const TermId term : map->moved_) {
    const uint64_t bit = (term.bits * 0x9E3779B97F4A7C15ull) >> map->filter_shift_;
    map->filter_[bit / 64] |= uint64_t{1} << (bit % 64);
  }
  return IdentityMapPtr(std::move(map));
}

const std::vector<TermId>& IdentityMap::MembersOf(TermId canonical) const {
  static const std::vector<TermId> none;
  const auto found = entities_.find(canonical);
  return found == entities_.end() ? none : found->second.members;
}

const std::vector<Judgement>& IdentityMap::LinksOf(TermId canonical) const {
  static const std::vector<Judgement> none;
  const auto found = entities_.find(canonical);
  return found == entities_.end() ? none : found->second.links;
}

}  // namespace sightline::storage
