// What the FollowTheMoney importers and the exporter agree on: how a record lies in the store, so
// that the same record can be written out again.
//
// A value of a property becomes a fact: a node where the property's type is "entity", a date or a
// number where its type says so and it reads as one, else text. Values that would not print the way
// they were spelled, the order of values, and keys that are no properties are kept in qualifiers of
// the record's statement. docs/import.md describes them.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/ingest/import_sink.h"
#include "storage/model/value.h"

namespace sightline::server {

// Qualifier predicates. kFtmRecord marks the statement of an entity record, kFtmRows that of rows
// of a statement file; their text is JSON.
inline constexpr std::string_view kFtmRecord = "ftm:record";
inline constexpr std::string_view kFtmRows = "ftm:rows";
// Top-level keys of an entity record: the ones with text that are worth asking for, and the rest as
// one JSON object.
inline constexpr std::string_view kFtmKeys = "ftm:keys";
inline constexpr std::string_view kFtmTextKeys[] = {"caption", "first_seen", "last_seen",
                                                    "last_change"};
// Columns that the rows of a statement have in common.
inline constexpr std::string_view kFtmRowColumns[] = {"canonical_id", "origin", "external",
                                                      "first_seen", "last_seen"};

// "ftm:" and the name.
std::string FtmPredicate(std::string_view name);

// The predicate of a property: its name, or FtmPredicate of it where the name is one of ours.
std::string PredicateOfProperty(std::string_view property);
std::string_view PropertyOfPredicate(std::string_view predicate);

// The external id of a dataset, and back; an id of another form is its own name.
std::string DatasetId(std::string_view name);
std::string_view DatasetName(std::string_view id);

// `type`: of FtmModel. The object borrows `text` and `*value`.
ImportedObject ObjectOfFtmValue(std::string_view type, std::string_view text,
                                storage::Value* value);
// How the object is spelled when nothing else is on record.
std::string SpellingOf(const ImportedObject& object);

// Text of any length in one or more qualifiers: `predicate`, `predicate`/2, ... `parts` owns the
// texts and must outlive `qualifiers`.
struct LongTextPart {
  std::string predicate;
  std::string_view text;
};
std::vector<LongTextPart> SplitLongText(std::string_view predicate, std::string_view text);

}  // namespace sightline::server
