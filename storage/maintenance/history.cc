#include "storage/maintenance/history.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "storage/index/merged_scan.h"
#include "storage/txn/snapshot_view.h"

namespace sightline::storage {
namespace {

// The statements from one to another, whatever they say of their facts. For one who reads all.
class StatementRange final : public Scope {
 public:
  StatementRange(StatementId first, StatementId last) : Scope({}), first_(first), last_(last) {}
  bool Contains(StatementId statement) const override {
    return first_ <= statement && statement <= last_;
  }
  Polarity PolarityOf(StatementId) const override { return Polarity::kAsserts; }
  bool Covers(StatementId first, StatementId last) const override {
    return first_ <= first && last <= last_;
  }
  bool Intersects(StatementId first, StatementId last) const override {
    return first <= last_ && first_ <= last;
  }
  uint64_t size() const override { return last_.value - first_.value + 1; }
  std::vector<StatementId> Statements() const override { return {}; }

 private:
  const StatementId first_;
  const StatementId last_;
};

// The facts of statements that bulk loads have brought, which lie in the runs only and there in the
// order of the facts: for as many statements at a time as there is room for.
class LoadedFacts {
 public:
  LoadedFacts(const SnapshotView& view, size_t facts_max, StatementId last,
              const CancellationToken& cancellation)
      : view_(view),
        facts_max_(std::max<size_t>(facts_max, 2)),
        last_(last),
        cancellation_(cancellation) {}

  // REQUIRES: ids ascend from call to call.
  Status Visit(StatementId id, HistoryVisitor* visitor) {
    if (held_through_ < id) SL_RETURN_IF_ERROR(Gather(id));
    if (held_through_ < id) return Stream(id, visitor);
    const auto begin = std::lower_bound(
        held_.begin(), held_.end(), id,
        [](const Quad& quad, StatementId statement) { return quad.statement < statement; });
    std::vector<Fact> facts;
    for (auto quad = begin; quad != held_.end() && quad->statement == id; ++quad) {
      facts.push_back(quad->fact);
    }
    return visitor->OnFacts(facts);
  }

 private:
  template <typename Take>
  Status Scan(StatementId first, StatementId last, const Take& take) {
    SL_ASSIGN_OR_RETURN(const auto scan,
                        view_.Scan(Permutation::kSpo, KeyPrefix::Of(),
                                   std::make_shared<const StatementRange>(first, last),
                                   {.rows = ScanRows::kStatements}));
    ScanBatch batch;
    while (true) {
      SL_RETURN_IF_ERROR(cancellation_.Check());
      SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
      if (row_count == 0) return OkStatus();
      SL_ASSIGN_OR_RETURN(const bool goes_on, take(batch));
      if (!goes_on) return OkStatus();
    }
  }

  // Holds the facts of as many statements from `first` on as there is room for; none when those of
  // the first alone have none.
  Status Gather(StatementId first) {
    held_.clear();
    held_through_ = last_;
    const auto by_statement = [](const Quad& a, const Quad& b) {
      return a.statement < b.statement;
    };
    SL_RETURN_IF_ERROR(Scan(first, last_, [&](const ScanBatch& batch) -> StatusOr<bool> {
      for (size_t row = 0; row < batch.row_count; ++row) {
        const StatementId statement = batch.statements[row];
        if (held_through_ < statement) continue;
        held_.push_back(
            {{batch.columns[0][row], batch.columns[1][row], batch.columns[2][row]}, statement});
        if (held_.size() < facts_max_) continue;
        // Full: the later half of the statements waits for another pass.
        const auto middle = held_.begin() + static_cast<ptrdiff_t>(held_.size() / 2);
        std::nth_element(held_.begin(), middle, held_.end(), by_statement);
        held_through_ = StatementId{middle->statement.value - 1};
        std::erase_if(held_, [this](const Quad& quad) { return held_through_ < quad.statement; });
        if (held_through_ < first) return false;
      }
      return true;
    }));
    std::sort(held_.begin(), held_.end(), [](const Quad& a, const Quad& b) {
      return std::tie(a.statement, a.fact) < std::tie(b.statement, b.fact);
    });
    return OkStatus();
  }

  Status Stream(StatementId id, HistoryVisitor* visitor) {
    std::vector<Fact> facts;
    return Scan(id, id, [&](const ScanBatch& batch) -> StatusOr<bool> {
      facts.clear();
      for (size_t row = 0; row < batch.row_count; ++row) {
        facts.push_back({batch.columns[0][row], batch.columns[1][row], batch.columns[2][row]});
      }
      SL_RETURN_IF_ERROR(visitor->OnFacts(facts));
      return true;
    });
  }

  const SnapshotView& view_;
  const size_t facts_max_;
  const StatementId last_;
  const CancellationToken& cancellation_;
  std::vector<Quad> held_;  // By statement, then fact.
  StatementId held_through_{0};
};

// The definitions of one commit, each after those of them that it refers to: classes, predicates,
// stored texts, then what is dropped; parents before children, texts by number, else by name.
class DefinitionOrder {
 public:
  explicit DefinitionOrder(std::vector<Definition> definitions) {
    for (Definition& definition : definitions) {
      Key key = KeyOf(definition);
      definitions_.emplace(std::move(key), std::move(definition));
    }
  }

  Status Visit(HistoryVisitor* visitor) {
    for (const auto& [key, definition] : definitions_) SL_RETURN_IF_ERROR(Visit(key, visitor));
    return OkStatus();
  }

 private:
  // Its kind, or what kind it drops; the number of a stored text; the name.
  using Key = std::tuple<size_t, uint64_t, std::string>;

  static Key KeyOf(const Definition& definition) {
    if (const auto* stored = std::get_if<StoredDefinition>(&definition)) {
      return {definition.index(), stored->number, stored->name};
    }
    if (const auto* dropped = std::get_if<DroppedDefinition>(&definition)) {
      return {definition.index() + static_cast<size_t>(dropped->kind), dropped->number,
              dropped->name};
    }
    return {definition.index(), 0, NameOf(definition)};
  }

  // Null when there are none.
  static const std::vector<std::string>* ParentsOf(const Definition& definition) {
    const std::vector<std::string>* parents = nullptr;
    if (const auto* any_class = std::get_if<ClassDefinition>(&definition)) {
      parents = &any_class->parents;
    } else if (const auto* predicate = std::get_if<PredicateDefinition>(&definition)) {
      parents = &predicate->parents;
    }
    return parents == nullptr || parents->empty() ? nullptr : parents;
  }

  // Classes below one another are few levels deep: CheckDefinition has no bound, so ours is a list.
  Status Visit(const Key& start, HistoryVisitor* visitor) {
    std::vector<Key> waiting{start};
    while (!waiting.empty()) {
      const Key key = waiting.back();
      const auto found = definitions_.find(key);
      if (found == definitions_.end() || done_.count(key) > 0) {
        waiting.pop_back();
        continue;
      }
      const bool is_first_time = begun_.insert(key).second;
      const std::vector<std::string>* const parents = ParentsOf(found->second);
      if (is_first_time && parents != nullptr) {
        for (const std::string& parent : *parents) {
          waiting.emplace_back(std::get<0>(key), 0, parent);
        }
        continue;
      }
      waiting.pop_back();
      done_.insert(key);
      SL_RETURN_IF_ERROR(visitor->OnDefinition(found->second));
    }
    return OkStatus();
  }

  std::map<Key, Definition> definitions_;
  std::set<Key> begun_;
  std::set<Key> done_;
};

}  // namespace

Status VisitHistory(const std::shared_ptr<StoreState>& store, const HistoryOptions& options,
                    HistoryVisitor* visitor, const CancellationToken& cancellation) {
  const PublishedPtr published = store->published();
  const auto view = std::make_shared<const SnapshotView>(
      store, published, published->revision, published->catalog,
      std::make_shared<const Clearance>(Clearance::Unrestricted()), SnapshotView::Pending{});
  SL_RETURN_IF_ERROR(visitor->OnBegin(view));
  LoadedFacts loaded(*view, options.facts_held_max, StatementId{published->statement_count},
                     cancellation);
  const auto visit_retraction = [&](StatementId id) -> Status {
    SL_ASSIGN_OR_RETURN(const Statement statement, view->GetStatement(id));
    if (!statement.retraction) return DataLoss("Statement {} has lost its retraction", id.value);
    return visitor->OnRetraction(id, statement.retraction->reason);
  };

  StatementId next{1};
  for (Revision revision{1}; revision <= published->revision; ++revision.value) {
    SL_RETURN_IF_ERROR(cancellation.Check());
    const StatementId first = next;
    const StatementId end{store->commits().StatementCountAt(revision) + 1};
    std::vector<Definition> definitions = store->catalogs().DefinitionsOf(revision);
    std::vector<StatementId> retracted =
        published->statements.RetractedBetween(Revision{revision.value - 1}, revision);
    // The order within a commit says nothing, and is not kept on disk.
    std::sort(retracted.begin(), retracted.end());
    if (first == end && definitions.empty() && retracted.empty()) continue;

    HistoryCommit commit;
    commit.micros = store->commits().MicrosOf(revision);
    std::optional<Statement> statement;
    if (first < end) {
      SL_ASSIGN_OR_RETURN(statement, view->GetStatement(first));
      commit.is_load = statement->content.facts.empty();
    }
    SL_RETURN_IF_ERROR(visitor->OnCommit(commit));
    SL_RETURN_IF_ERROR(DefinitionOrder(std::move(definitions)).Visit(visitor));
    for (const StatementId id : retracted) {
      if (id < first) SL_RETURN_IF_ERROR(visit_retraction(id));
    }
    for (; next < end; ++next.value) {
      SL_RETURN_IF_ERROR(cancellation.Check());
      if (next != first) {
        SL_ASSIGN_OR_RETURN(statement, view->GetStatement(next));
      }
      SL_RETURN_IF_ERROR(visitor->OnStatement(*statement));
      if (commit.is_load) {
        SL_RETURN_IF_ERROR(loaded.Visit(next, visitor));
      } else {
        SL_RETURN_IF_ERROR(visitor->OnFacts(statement->content.facts));
      }
      SL_RETURN_IF_ERROR(visitor->OnStatementEnd());
      if (statement->retraction && statement->retraction->revision == revision) {
        SL_RETURN_IF_ERROR(visitor->OnRetraction(next, statement->retraction->reason));
      }
    }
  }
  return OkStatus();
}

}  // namespace sightline::storage
