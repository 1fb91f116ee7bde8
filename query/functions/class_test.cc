// IsA: whether a node belongs to a class or kind.

#include <algorithm>

#include "query/functions/expression.h"
#include "query/functions/support.h"

namespace sightline::query {
namespace {

using storage::TermId;

bool HasKind(const std::vector<TermId>& kinds, TermId kind) {
  return std::binary_search(kinds.begin(), kinds.end(), kind);
}

// Whether the node is an instance of one of the kinds, in what the reader sees.
StatusOr<bool> IsInstanceOf(TermId node, const std::vector<TermId>& kinds, uint32_t scope_index,
                            EvaluationContext* context) {
  const storage::PredicateDefinition* instance_of =
      context->view->catalog().FindPredicate(storage::kInstanceOf);
  if (instance_of == nullptr) return false;
  SL_RETURN_IF_ERROR(context->Work(1));  // A scan that finds nothing costs, too.
  SL_ASSIGN_OR_RETURN(
      const std::unique_ptr<storage::MergedScan> scan,
      context->view->Scan(storage::Permutation::kSpo, storage::KeyPrefix::Of(node, instance_of->id),
                          ScopeAt(*context, scope_index)));
  storage::ScanBatch batch;
  while (true) {
    SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
    if (row_count == 0) return false;
    SL_RETURN_IF_ERROR(context->TouchFacts(row_count));
    for (const TermId kind : batch.columns[2]) {
      if (HasKind(kinds, kind)) return true;
    }
  }
}

}  // namespace

StatusOr<bool> IsA(TermId node, const BoundClassTest& test, EvaluationContext* context) {
  return IsA(node, test, context->base_scope_index, context);
}

StatusOr<bool> IsA(TermId node, const BoundClassTest& test, uint32_t scope_index,
                   EvaluationContext* context) {
  node = ScopeAt(*context, scope_index)->CanonicalOf(node);
  switch (test.kind) {
    case BoundClassTest::Kind::kAny:
      return true;
    case BoundClassTest::Kind::kClass:
      // A kind below the class counts as one of it; ONLY asks for instances of just this class.
      if (HasKind(test.themselves, node)) return true;
      return IsInstanceOf(node, test.kinds, scope_index, context);
    case BoundClassTest::Kind::kNot: {
      SL_ASSIGN_OR_RETURN(const bool is_a, IsA(node, test.children.front(), scope_index, context));
      return !is_a;
    }
    case BoundClassTest::Kind::kAnd:
      for (const BoundClassTest& child : test.children) {
        SL_ASSIGN_OR_RETURN(const bool is_a, IsA(node, child, scope_index, context));
        if (!is_a) return false;
      }
      return true;
    case BoundClassTest::Kind::kOr:
      for (const BoundClassTest& child : test.children) {
        SL_ASSIGN_OR_RETURN(const bool is_a, IsA(node, child, scope_index, context));
        if (is_a) return true;
      }
      return false;
  }
  return false;
}

}  // namespace sightline::query
