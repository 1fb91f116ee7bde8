// Catalog: the classes and predicates that are defined, and the queries and edges that are stored,
// as of one revision.
//
// A class is also a node: its id can be subject or object of facts. Definitions are append-only and
// bitemporal like statements: the catalog of an earlier revision can still be had. Classes and
// predicates carry no marking; they are visible to every reader. What is stored as a text has one,
// and is found only by those whose clearance permits it.
//
// Thread safety: a Catalog that is shared is immutable; Put is for who builds one.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/model/marking.h"
#include "storage/model/term_id.h"
#include "storage/model/value.h"

namespace sightline::storage {

// The names of what every store has from the start (storage/catalog/builtin.cc defines them).
inline constexpr std::string_view kInstanceOf = "instanceOf";  // Individual -> class or kind.
inline constexpr std::string_view kBroader = "broader";        // Kind -> wider kind; transitive.
inline constexpr std::string_view kSameAs = "sameAs";          // Symmetric, transitive.
inline constexpr std::string_view kPartOf = "partOf";          // Transitive.
inline constexpr std::string_view kName = "name";              // MANY text; what NAMED looks in ...
inline constexpr std::string_view kAlias = "alias";            // ... and this.
inline constexpr std::string_view kContradicts = "contradicts";
inline constexpr std::string_view kReliability = "reliability";  // Of a source: "A" to "F".
inline constexpr std::string_view kCredibility = "credibility";  // Of a statement: 1 to 6.

struct ClassDefinition {
  std::string name;
  TermId id;                         // The class as a node; its external id is the name.
  std::vector<std::string> parents;  // UNDER.
  std::string label;
  std::string note;
  Revision revision;  // The commit that defined it; 0 for built-in ones.
};

enum class Cardinality : uint8_t { kOne = 0, kMany = 1 };

struct PredicateDefinition {
  std::string name;
  TermId id;                           // The predicate as a term; its external id is the name.
  std::vector<std::string> domain;     // Classes; empty means anything.
  std::vector<std::string> range;      // Classes; empty with no range_types means anything.
  std::vector<ValueType> range_types;  // Value types the object may have, e.g. kMoney.
  Cardinality cardinality = Cardinality::kMany;
  bool symmetric = false;
  bool transitive = false;
  std::string inverse;               // The name that reads it backwards; empty when there is none.
  std::vector<std::string> parents;  // UNDER: a fact with this predicate is also one with these.
  std::string label;
  std::string note;
  bool taxonomic = false;  // Not walked by an edge that names no predicate.
  bool built_in = false;
  Revision revision;

  // Whether the object is a value and never a node.
  bool attribute_only() const { return !range_types.empty() && range.empty(); }
};

// A query or an edge that was defined in the language: the text of its definition. The catalog does
// not know the language, and what the text refers to is looked up when it is used. Or the prefix of
// IRIs, which is no secret, and has no marking.
struct StoredDefinition {
  // Part of the persistent format.
  enum class Kind : uint8_t { kQuery = 1, kEdge = 2, kPrefix = 3 };
  Kind kind = Kind::kQuery;
  std::string name;
  std::vector<std::string> parameters;  // Of a query, without the $.
  std::string text;                     // The whole DEFINE statement; of a prefix, its IRI.
  std::string note;
  Marking marking;
  uint64_t number = 0;  // Tells those of one name apart. Ascending, in the order of defining.
  Revision revision;
};

// Takes away what was defined before.
struct DroppedDefinition {
  // Part of the persistent format.
  enum class Kind : uint8_t { kClass = 1, kPredicate = 2, kStored = 3 };
  Kind kind = Kind::kClass;
  std::string name;
  uint64_t number = 0;  // Of the stored definition; 0 for classes and predicates.
  Revision revision;
};

class Catalog {
 public:
  Catalog() = default;
  // `dropped`: predicates that are defined no more, in their last form.
  Catalog(std::vector<ClassDefinition> classes, std::vector<PredicateDefinition> predicates,
          std::vector<StoredDefinition> stored = {}, std::vector<PredicateDefinition> dropped = {});

  // Adds a definition, in place of an earlier one of its name.
  void Put(ClassDefinition definition);
  void Put(PredicateDefinition definition);
  void Put(StoredDefinition definition);  // In place of one of its number.

  // Null when there is none. Names are case-sensitive. The pointer lives as long as the catalog.
  const ClassDefinition* FindClass(std::string_view name) const;
  const ClassDefinition* FindClass(TermId id) const;
  const PredicateDefinition* FindPredicate(std::string_view name) const;
  const PredicateDefinition* FindPredicate(TermId id) const;
  // The predicate whose inverse has this name.
  const PredicateDefinition* FindInverse(std::string_view name) const;

  // By name, ascending.
  const std::map<std::string, ClassDefinition, std::less<>>& classes() const { return classes_; }
  const std::map<std::string, PredicateDefinition, std::less<>>& predicates() const {
    return predicates_;
  }

  // The stored query with this name that the reader may see; the newest of several, null when there
  // is none.
  const StoredDefinition* FindQuery(std::string_view name, const Clearance& clearance) const;
  // The definitions of an edge that the reader may see, which together are the edge, in the order
  // of defining.
  std::vector<const StoredDefinition*> FindEdge(std::string_view name,
                                                const Clearance& clearance) const;
  // The prefix of this name, the newest of several; null when there is none.
  const StoredDefinition* FindPrefix(std::string_view name) const;
  // All that the reader may see, by name, then in the order of defining.
  std::vector<const StoredDefinition*> StoredOf(StoredDefinition::Kind kind,
                                                const Clearance& clearance) const;
  // Whoever may see them, by number: for making another catalog of this one, never for a reader.
  const std::map<uint64_t, StoredDefinition>& stored() const { return stored_; }

  // The last definition of a predicate that is defined no more. There may be facts with it still.
  const PredicateDefinition* FindDropped(std::string_view name) const;
  const std::map<std::string, PredicateDefinition, std::less<>>& dropped() const {
    return dropped_;
  }

  // The class itself and every class below it, ascending by name.
  std::vector<const ClassDefinition*> ClassesAtOrBelow(std::string_view name) const;
  // Whether `name` is `ancestor` or below it. False when either is not defined.
  bool IsClassAtOrBelow(std::string_view name, std::string_view ancestor) const;
  // The predicate itself and every sub-predicate of it, ascending by name.
  std::vector<const PredicateDefinition*> PredicatesAtOrBelow(std::string_view name) const;
  // Their ids, in that order.
  std::vector<TermId> PredicateIdsAtOrBelow(std::string_view name) const;
  // Whether `name` is `ancestor` or below it. False when either is not defined. Looks at what is
  // above `name` only: for asking about one, cheaper than to list all below.
  bool IsPredicateAtOrBelow(std::string_view name, std::string_view ancestor) const;

 private:
  std::map<std::string, ClassDefinition, std::less<>> classes_;
  std::map<std::string, PredicateDefinition, std::less<>> predicates_;
  std::map<uint64_t, StoredDefinition> stored_;  // By number.
  std::map<std::string, PredicateDefinition, std::less<>> dropped_;
  std::map<std::string, std::string, std::less<>> inverses_;  // Inverse name -> predicate name.
  std::map<uint64_t, std::string> names_by_id_;
};

// Longest texts of a definition, in bytes: of its name and inverse, of its label and of its note.
inline constexpr size_t kDefinitionNameBytesMax = 1 << 10;
inline constexpr size_t kDefinitionRemarkBytesMax = 4 << 10;

// What is wrong with a new definition against `catalog`: kInvalidArgument for an unknown parent,
// domain or range class, a cycle through UNDER, a name or inverse that is taken by another
// predicate, a built-in name, SYMMETRIC with INVERSE, a text that is too long or not UTF-8. A
// second, equal definition is fine.
Status CheckDefinition(const Catalog& catalog, const ClassDefinition& definition);
Status CheckDefinition(const Catalog& catalog, const PredicateDefinition& definition);

// As above, for the name, the note and the marking, for an empty text or one over
// kStoredTextBytesMax, and for the name of an edge that a predicate or an inverse has.
// The name of a prefix is letters, digits, '_', '-' and '.', and begins with a letter; its IRI is
// absolute.
inline constexpr size_t kStoredTextBytesMax = 64 << 10;
Status CheckDefinition(const Catalog& catalog, const StoredDefinition& definition);

// Why a class or a predicate cannot be dropped as far as the catalog knows: kInvalidArgument when
// there is none, when it is built in, or when other definitions name it.
Status CheckDrop(const Catalog& catalog, DroppedDefinition::Kind kind, std::string_view name);

// The built-in predicates, without ids (the store interns them when it is created).
std::vector<PredicateDefinition> BuiltInPredicates();

}  // namespace sightline::storage
