#include "server/service/statement_codec.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "query/functions/term_order.h"
#include "server/service/node_number.h"
#include "server/service/value_codec.h"

namespace sightline::server {
namespace {

// More are counted, but not shown: the record of a data set's row may have a thousand.
constexpr size_t kFactsShown = 100;
// None is shown of more, because to say which come first takes the names of all.
constexpr size_t kFactsOrdered = 1'000;

}  // namespace

Status EncodeTerm(storage::TermId term, const query::ExploreContext& context, CardList* cards,
                  v1::Value* out) {
  if (term.is_node()) {
    out->set_node(cards->NumberOf(term));
    return OkStatus();
  }
  SL_ASSIGN_OR_RETURN(const storage::Value value, context.view().ValueOf(term));
  EncodeValue(value, out);
  return OkStatus();
}

Status StatementEncoder::EncodeFacts(storage::StatementId id, v1::Statement* out) {
  StatusOr<std::vector<storage::Fact>> all = context_.view().FactsOf(id);
  if (all.status().code() == StatusCode::kResourceExhausted) {
    out->set_fact_count(-1);
    return OkStatus();
  }
  if (!all.ok()) return all.status();
  std::vector<storage::Fact> facts = *std::move(all);
  SL_RETURN_IF_ERROR(context_.Touch(facts.size()));
  out->set_fact_count(static_cast<int64_t>(facts.size()));
  if (facts.size() > kFactsOrdered) return OkStatus();
  // By names: the numbers of terms follow what others have written.
  query::TermOrder names(&context_.view());
  const size_t shown = std::min(facts.size(), kFactsShown);
  std::partial_sort(facts.begin(), facts.begin() + static_cast<ptrdiff_t>(shown), facts.end(),
                    [&names](const storage::Fact& a, const storage::Fact& b) {
                      for (const auto term : {&storage::Fact::subject, &storage::Fact::predicate,
                                              &storage::Fact::object}) {
                        const auto order = names.Compare(a.*term, b.*term);
                        if (order != 0) return order < 0;
                      }
                      return false;
                    });
  SL_RETURN_IF_ERROR(names.status());
  facts.resize(shown);
  for (const storage::Fact& fact : facts) {
    v1::Fact* to = out->add_facts();
    to->set_subject(cards_->NumberOf(fact.subject));
    SL_ASSIGN_OR_RETURN(*to->mutable_predicate(), context_.NameOf(fact.predicate));
    SL_RETURN_IF_ERROR(EncodeTerm(fact.object, context_, cards_, to->mutable_object()));
  }
  return OkStatus();
}

StatusOr<bool> StatementEncoder::Encode(storage::StatementId id, v1::Statement* out) {
  const storage::ReadView& view = context_.view();
  SL_RETURN_IF_ERROR(context_.Touch(1));
  const StatusOr<storage::Statement> statement = view.GetStatement(id);
  if (statement.status().code() == StatusCode::kNotFound) return false;
  if (!statement.ok()) return statement.status();
  const storage::StatementDraft& content = statement->content;
  const storage::StatementContext& said = content.context;
  const auto node = [this](storage::TermId term) {
    return cards_->NumberOf(context_.CanonicalOf(term));
  };
  out->set_statement(StatementNumber(id, view.ids()));
  out->set_polarity(content.polarity == storage::Polarity::kAsserts ? v1::POLARITY_ASSERTS
                                                                    : v1::POLARITY_DENIES);
  SL_RETURN_IF_ERROR(EncodeFacts(id, out));
  out->set_claimant(node(said.claimant));
  out->set_document(node(said.document));
  out->set_dataset(node(said.dataset));
  for (const storage::TermId via : said.via) out->add_via(node(via));
  if (content.span) {
    out->mutable_span()->set_begin(content.span->begin);
    out->mutable_span()->set_end(content.span->end);
  }
  out->set_quote(content.quote);
  // The wire's enumerations have the store's numbers, with "unspecified" at 0.
  out->set_mode(static_cast<v1::Mode>(said.mode));
  out->set_reliability(static_cast<v1::Reliability>(said.reliability));
  out->set_credibility(content.credibility);
  SL_ASSIGN_OR_RETURN(const query::EffectiveGrades grades, context_.GradesOf(*statement));
  out->set_effective_reliability(static_cast<v1::Reliability>(grades.reliability));
  out->set_effective_credibility(grades.credibility);
  EncodeInterval(said.said, out->mutable_said());
  EncodeInterval(content.valid, out->mutable_valid());
  SetTimestamp(statement->recorded_at_micros, out->mutable_record_time());
  out->mutable_marking()->set_tlp(
      static_cast<v1::TlpLabel>(static_cast<int>(said.marking.tlp) + 1));
  out->mutable_marking()->set_access(said.marking.access);
  for (const storage::StatementId parent : content.derived_from) {
    const StatusOr<storage::Statement> found = view.GetStatement(parent);
    if (found.status().code() == StatusCode::kNotFound) continue;  // Above the clearance.
    if (!found.ok()) return found.status();
    out->add_derived_from(StatementNumber(parent, view.ids()));
  }
  for (const storage::Qualifier& qualifier : content.qualifiers) {
    v1::Qualifier* to = out->add_qualifiers();
    SL_ASSIGN_OR_RETURN(*to->mutable_predicate(), context_.NameOf(qualifier.predicate));
    SL_RETURN_IF_ERROR(
        EncodeTerm(context_.CanonicalOf(qualifier.value), context_, cards_, to->mutable_value()));
  }
  if (statement->retraction) {
    SetTimestamp(statement->retraction->recorded_at_micros,
                 out->mutable_retraction()->mutable_record_time());
    out->mutable_retraction()->set_reason(statement->retraction->reason);
  }
  return true;
}

}  // namespace sightline::server
