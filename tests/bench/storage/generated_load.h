// Generated quads, as a bulk load takes them: terms as words, in statements of some facts.

#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <string>

#include "storage/load/bulk_loader.h"
#include "tests/bench/storage/figures.h"
#include "tests/bench/storage/generated_quads.h"

namespace sightline::storage::bench {

inline constexpr uint64_t kLoadPredicateCount = 60;

inline std::string EntityNameOf(TermId entity) {
  return fmt::format("http://example.org/resource/entity/{}", entity.payload());
}
inline std::string PredicateNameOf(uint64_t number) {
  return fmt::format("http://example.org/ontology/predicate/{}", number % kLoadPredicateCount);
}
inline std::string TextOf(TermId text) {
  return fmt::format("A text of some length, number {}", text.payload());
}

inline void DefineGeneratedPredicates(BulkLoader* loader) {
  for (uint64_t i = 0; i < kLoadPredicateCount; ++i) {
    PredicateDefinition predicate;
    predicate.name = PredicateNameOf(i);
    OrExit(loader->Define(predicate));
  }
}

struct ProducerOptions {
  uint64_t seed = 1;
  uint64_t quad_count = 0;
  uint64_t facts_per_statement = 10;
  uint64_t red_every = 0;  // Every n-th statement is marked TLP:RED; 0: none.
};

// One producer's share of a load.
inline void ProduceGeneratedQuads(BulkLoader::Stream* stream, const ProducerOptions& options) {
  GeneratedQuadsOptions generator_options;
  generator_options.seed = options.seed;
  QuadGenerator generator(generator_options);
  StatementDraft draft;
  draft.context.claimant = OrExit(stream->Entity("http://example.org/source"));
  StatementRef statement;
  std::string subject, predicate, object;
  for (uint64_t i = 0; i < options.quad_count; ++i) {
    if (i % options.facts_per_statement == 0) {
      const uint64_t number = i / options.facts_per_statement;
      const bool is_red = options.red_every != 0 && number % options.red_every == 0;
      draft.context.marking.tlp = is_red ? TlpLabel::kRed : TlpLabel::kClear;
      statement = OrExit(stream->OpenStatement(draft));
    }
    const Quad quad = generator.Next();
    // As the functions above, into strings that are there already.
    subject.clear();
    predicate.clear();
    fmt::format_to(std::back_inserter(subject), "http://example.org/resource/entity/{}",
                   quad.fact.subject.payload());
    fmt::format_to(std::back_inserter(predicate), "http://example.org/ontology/predicate/{}",
                   quad.fact.predicate.payload() % kLoadPredicateCount);
    TermRef term = quad.fact.object;
    if (HasDictionaryEntry(term.tag())) {
      object.clear();
      if (term.is_entity()) {
        fmt::format_to(std::back_inserter(object), "http://example.org/resource/entity/{}",
                       term.payload());
        term = OrExit(stream->Entity(object));
      } else {
        fmt::format_to(std::back_inserter(object), "A text of some length, number {}",
                       term.payload());
        term = OrExit(stream->Text(object));
      }
    }
    OrExit(stream->Add(statement, OrExit(stream->Entity(subject)),
                       OrExit(stream->Predicate(predicate)), term));
  }
}

}  // namespace sightline::storage::bench
