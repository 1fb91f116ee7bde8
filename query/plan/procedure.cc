#include "query/plan/procedure.h"

namespace sightline::query {
namespace {

constexpr ProcedureColumn kContradictionColumns[] = {
    {"denial", StaticType::kStatement}, {"assertion", StaticType::kStatement},
    {"denied", StaticType::kFact},      {"asserted", StaticType::kFact},
    {"reading", StaticType::kText},     {"overlap", StaticType::kText},
    {"how", StaticType::kList},
};
constexpr ProcedureColumn kFigureColumns[] = {
    {"first", StaticType::kStatement}, {"second", StaticType::kStatement},
    {"subject", StaticType::kEntity},  {"property", StaticType::kText},
    {"figure", StaticType::kAny},      {"other", StaticType::kAny},
    {"overlap", StaticType::kText},
};

constexpr Procedure kProcedures[] = {
    {"contradictions", "contradictions([about ENTITY|STATEMENT])", ProcedureKind::kContradictions,
     kContradictionColumns},
    {"disputedFigures", "disputedFigures([about ENTITY|STATEMENT])",
     ProcedureKind::kDisputedFigures, kFigureColumns},
};

}  // namespace

const Procedure* FindProcedure(std::string_view name) {
  for (const Procedure& procedure : kProcedures) {
    if (procedure.name == name) return &procedure;
  }
  return nullptr;
}

std::span<const Procedure> Procedures() { return kProcedures; }

}  // namespace sightline::query
