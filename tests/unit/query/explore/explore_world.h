// ExploreWorld: a store for tests of query/explore, and its answers as text.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "query/explore/explore_context.h"
#include "query/explore/supported_facts.h"
#include "tests/support/test_store.h"

namespace sightline::query {

class ExploreWorld {
 public:
  test::TestStore& store() { return store_; }

  // Commits what was said first. The world keeps the context until the next call.
  ExploreContext* Look(const ExploreScope& scope = {},
                       const storage::Clearance& clearance = storage::Clearance::Unrestricted(),
                       const ExploreLimits& limits = {}) {
    store_.Commit();
    context_ = test::OrThrow(ExploreContext::Make(store_.View(clearance), scope, limits));
    return context_.get();
  }

  std::string IdOf(storage::TermId term) const {
    if (!term.is_node()) return test::OrThrow(context_->view().ValueOf(term)).ToString();
    return test::OrThrow(context_->view().ExternalIdOf(term));
  }
  // "org/a supplies prod/x 2" for two assertions, "... 2-1" for a denial beside them.
  std::string TextOf(const SupportedFact& fact) const {
    std::string text = IdOf(fact.fact.subject) + " " + IdOf(fact.fact.predicate) + " " +
                       IdOf(fact.fact.object) + " " + std::to_string(fact.asserting);
    if (fact.denying > 0) text += "-" + std::to_string(fact.denying);
    return text;
  }

 private:
  test::TestStore store_;
  std::unique_ptr<ExploreContext> context_;
};

inline storage::Clearance Green() { return test::ClearanceOf(storage::TlpLabel::kGreen); }
inline test::SayDetails Red() { return {.marking = {storage::TlpLabel::kRed, ""}}; }

}  // namespace sightline::query
