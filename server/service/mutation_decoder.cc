#include "server/service/mutation_decoder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "server/service/node_lookup.h"
#include "server/service/node_number.h"
#include "server/service/request_error.h"
#include "storage/model/marking.h"

namespace sightline::server {
namespace {

using storage::TermId;

bool LooksLikeStatement(std::string_view external_id) {
  return external_id.size() > 2 && external_id.substr(0, 2) == "s/" &&
         std::all_of(external_id.begin() + 2, external_id.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

std::string Indexed(std::string_view field, int index) {
  return fmt::format("{}[{}]", field, index);
}

}  // namespace

MutationDecoder::MutationDecoder(storage::Transaction* transaction,
                                 std::shared_ptr<const storage::ReadView> view,
                                 const ServerLimits& limits)
    : transaction_(transaction),
      view_(std::move(view)),
      limits_(limits),
      nodes_{.find = [this](std::string_view id) -> StatusOr<std::optional<TermId>> {
               SL_ASSIGN_OR_RETURN(const TermId node, Node(id));
               return std::optional<TermId>(node);
             },
             .check = ExistingNodes(view_.get()).check} {}

Status MutationDecoder::At(std::string field, const Status& status) {
  if (status.ok()) return status;
  field_ = std::move(field);
  return WithPrefix(field_ + ": ", status);
}

StatusOr<TermId> MutationDecoder::Node(std::string_view external_id) {
  if (!LooksLikeStatement(external_id)) return transaction_->InternEntity(external_id);
  SL_ASSIGN_OR_RETURN(const std::optional<TermId> statement, view_->FindNode(external_id));
  if (!statement) {
    return WithCode(kNamesNothing, InvalidArgument("there is no statement {}", external_id));
  }
  return *statement;
}

StatusOr<const storage::PredicateDefinition*> MutationDecoder::Predicate(
    const std::string& name) const {
  if (name.empty()) return InvalidArgument("a predicate is missing");
  const storage::PredicateDefinition* predicate = view_->catalog().FindPredicate(name);
  if (predicate == nullptr) {
    return WithCode(kNamesNothing, InvalidArgument("there is no predicate '{}'", name));
  }
  return predicate;
}

StatusOr<TermId> MutationDecoder::Object(const storage::PredicateDefinition& predicate,
                                         const v1::Value& value) {
  SL_ASSIGN_OR_RETURN(const storage::Value decoded, DecodeValue(value, nodes_));
  if (decoded.is_null()) return InvalidArgument("a value is missing");
  if (const TermId* node = decoded.get_if<TermId>()) {
    if (predicate.attribute_only()) {
      return InvalidArgument("'{}' takes a value, not a node", predicate.name);
    }
    return *node;
  }
  if (predicate.range_types.empty()) {
    if (!predicate.range.empty()) {
      return InvalidArgument("'{}' leads to a node; this is a {}", predicate.name,
                             storage::ValueTypeName(decoded.type()));
    }
  } else if (std::find(predicate.range_types.begin(), predicate.range_types.end(),
                       decoded.type()) == predicate.range_types.end()) {
    return InvalidArgument("'{}' does not take a {}", predicate.name,
                           storage::ValueTypeName(decoded.type()));
  }
  return transaction_->InternValue(decoded);
}

Status MutationDecoder::DecodeContext(const v1::StatementDraft& draft,
                                      storage::StatementContext* context) {
  if (draft.claimant().empty()) {
    return At("claimant", InvalidArgument("a statement needs a claimant: who says it?"));
  }
  const auto source = [this](std::string field, std::string_view id, TermId* out) -> Status {
    StatusOr<TermId> node = Node(id);
    if (!node.ok()) return At(std::move(field), node.status());
    *out = *node;
    return OkStatus();
  };
  SL_RETURN_IF_ERROR(source("claimant", draft.claimant(), &context->claimant));
  if (!draft.document().empty()) {
    SL_RETURN_IF_ERROR(source("document", draft.document(), &context->document));
  }
  if (!draft.dataset().empty()) {
    SL_RETURN_IF_ERROR(source("dataset", draft.dataset(), &context->dataset));
  }
  for (int i = 0; i < draft.via_size(); ++i) {
    SL_RETURN_IF_ERROR(source(Indexed("via", i), draft.via(i), &context->via.emplace_back()));
  }
  std::string marking_field;
  StatusOr<storage::Marking> marking = DecodeMarking(draft.marking(), &marking_field);
  if (!marking.ok()) return At("marking." + marking_field, marking.status());
  context->marking = std::move(*marking);
  if (!v1::Reliability_IsValid(draft.reliability())) {
    return At("reliability",
              InvalidArgument("there is no grade {}", static_cast<int>(draft.reliability())));
  }
  context->reliability = static_cast<storage::Reliability>(draft.reliability());
  if (!v1::Mode_IsValid(draft.mode())) {
    return At("mode", InvalidArgument("there is no mode {}", static_cast<int>(draft.mode())));
  }
  context->mode = static_cast<storage::Mode>(draft.mode());
  StatusOr<storage::TimeInterval> said = DecodeInterval(draft.said());
  if (!said.ok()) return At("said", said.status());
  context->said = *said;
  return OkStatus();
}

StatusOr<storage::StatementDraft> MutationDecoder::Decode(const v1::StatementDraft& draft) {
  field_.clear();
  storage::StatementDraft decoded;
  switch (draft.polarity()) {
    case v1::POLARITY_UNSPECIFIED:
    case v1::POLARITY_ASSERTS:
      decoded.polarity = storage::Polarity::kAsserts;
      break;
    case v1::POLARITY_DENIES:
      decoded.polarity = storage::Polarity::kDenies;
      break;
    default:
      return At("polarity",
                InvalidArgument("there is no polarity {}", static_cast<int>(draft.polarity())));
  }
  if (draft.facts().empty() || draft.facts_size() > limits_.facts_per_statement_max) {
    return At("facts", InvalidArgument("a statement has 1 to {} facts, not {}",
                                       limits_.facts_per_statement_max, draft.facts_size()));
  }
  SL_RETURN_IF_ERROR(DecodeContext(draft, &decoded.context));
  if (draft.credibility() < 0 || draft.credibility() > 6) {
    return At("credibility", InvalidArgument("credibility is 1 to 6, not {}", draft.credibility()));
  }
  decoded.credibility = static_cast<storage::Credibility>(draft.credibility());
  StatusOr<storage::TimeInterval> valid = DecodeInterval(draft.valid());
  if (!valid.ok()) return At("valid", valid.status());
  decoded.valid = *valid;
  if (draft.has_span()) {
    if (draft.span().end() < draft.span().begin()) {
      return At("span", InvalidArgument("the span ends before it begins"));
    }
    decoded.span = storage::TextSpan{draft.span().begin(), draft.span().end()};
  }
  if (static_cast<int64_t>(draft.quote().size()) > limits_.quote_bytes_max) {
    return At("quote", InvalidArgument("a quote has at most {} bytes, not {}",
                                       limits_.quote_bytes_max, draft.quote().size()));
  }
  decoded.quote = draft.quote();

  for (int i = 0; i < draft.derived_from_size(); ++i) {
    StatusOr<storage::StatementId> id = DecodeStatementNumber(draft.derived_from(i), view_->ids());
    if (id.ok() && !view_->GetStatement(*id).ok()) {
      id = WithCode(kNamesNothing, InvalidArgument("there is no statement s/{}",
                                                   StatementNumber(*id, view_->ids())));
    }
    if (!id.ok()) return At(Indexed("derived_from", i), id.status());
    decoded.derived_from.push_back(*id);
  }
  for (int i = 0; i < draft.facts_size(); ++i) {
    const v1::FactDraft& fact = draft.facts(i);
    const std::string field = Indexed("facts", i);
    StatusOr<TermId> subject = Node(fact.subject());
    if (!subject.ok()) return At(field + ".subject", subject.status());
    StatusOr<const storage::PredicateDefinition*> predicate = Predicate(fact.predicate());
    if (!predicate.ok()) return At(field + ".predicate", predicate.status());
    StatusOr<TermId> object = Object(**predicate, fact.object());
    if (!object.ok()) return At(field + ".object", object.status());
    decoded.facts.push_back({*subject, (*predicate)->id, *object});
  }
  for (int i = 0; i < draft.qualifiers_size(); ++i) {
    const v1::QualifierDraft& qualifier = draft.qualifiers(i);
    const std::string field = Indexed("qualifiers", i);
    StatusOr<const storage::PredicateDefinition*> predicate = Predicate(qualifier.predicate());
    if (!predicate.ok()) return At(field + ".predicate", predicate.status());
    StatusOr<TermId> value = Object(**predicate, qualifier.value());
    if (!value.ok()) return At(field + ".value", value.status());
    decoded.qualifiers.push_back({(*predicate)->id, *value});
  }
  return decoded;
}

StatusOr<storage::StatementId> MutationDecoder::Decode(const v1::Retraction& retraction) {
  field_.clear();
  StatusOr<storage::StatementId> id = DecodeStatementNumber(retraction.statement(), view_->ids());
  if (!id.ok()) return At("statement", id.status());
  if (retraction.reason().empty()) {
    return At("reason", InvalidArgument("a retraction needs a reason"));
  }
  return id;
}

}  // namespace sightline::server
