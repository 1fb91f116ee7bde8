#include "storage/statements/statement_codec.h"

#include <gtest/gtest.h>

#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;

StatementDraft FullDraft() {
  StatementDraft draft;
  draft.polarity = Polarity::kDenies;
  draft.facts = {{TermId{1}, TermId{2}, TermId{UINT64_MAX}}, {TermId{4}, TermId{5}, TermId{6}}};
  draft.credibility = 6;
  draft.valid = {{BoundKind::kAt, -5}, {BoundKind::kOpen, 0}};
  draft.span = TextSpan{10, 52};
  draft.quote = std::string("optical\0components", 18);
  draft.derived_from = {StatementId{3}, StatementId{UINT32_MAX}};
  draft.qualifiers = {{TermId{7}, TermId{8}}};
  return draft;
}

StatementContext FullContext() {
  StatementContext context;
  context.claimant = TermId{1};
  context.document = TermId{2};
  context.dataset = TermId{3};
  context.via = {TermId{4}, TermId{5}};
  context.marking = {TlpLabel::kAmberStrict, "nato&(eu|us)"};
  context.reliability = Reliability::kF;
  context.mode = Mode::kRecord;
  context.said = {{BoundKind::kUnknown, 0}, {BoundKind::kAt, INT64_MAX}};
  return context;
}

TEST(StatementCodec, GivesBackEveryField) {
  const StatementDraft draft = FullDraft();
  const std::string bytes = EncodeStatement(draft, 1234567, Revision{300});
  const StatementRecord record = OrThrow(DecodeStatement(bytes));
  EXPECT_EQ(record.context_number, 1234567u);
  EXPECT_EQ(record.revision, Revision{300});
  EXPECT_EQ(record.content.polarity, draft.polarity);
  EXPECT_EQ(record.content.facts, draft.facts);
  EXPECT_EQ(record.content.credibility, draft.credibility);
  EXPECT_EQ(record.content.valid, draft.valid);
  EXPECT_EQ(record.content.span, draft.span);
  EXPECT_EQ(record.content.quote, draft.quote);
  EXPECT_EQ(record.content.derived_from, draft.derived_from);
  EXPECT_EQ(record.content.qualifiers, draft.qualifiers);
  EXPECT_TRUE(record.facts_inline);
  const StatementHead head = OrThrow(DecodeStatementHead(bytes));
  EXPECT_EQ(head.context_number, 1234567u);
  EXPECT_EQ(head.polarity, draft.polarity);
  EXPECT_EQ(head.valid, draft.valid);

  EXPECT_EQ(OrThrow(DecodeContext(EncodeContext(FullContext()))), FullContext());
  const Retraction retraction = OrThrow(DecodeRetraction(EncodeRetraction(Revision{9}, "wrong")));
  EXPECT_EQ(retraction.revision, Revision{9});
  EXPECT_EQ(retraction.reason, "wrong");
}

TEST(StatementCodec, NamesTheSubjectsWhereTheFactsAreInRuns) {
  const StatementDraft draft = FullDraft();
  for (const std::vector<TermId>& subjects :
       {std::vector<TermId>{}, std::vector<TermId>{TermId{1}, TermId{4}},
        std::vector<TermId>(kRecordSubjectsMax, TermId{9})}) {
    const std::string bytes = EncodeStatementOfRuns(draft, 1234567, Revision{300}, subjects);
    const StatementRecord record = OrThrow(DecodeStatement(bytes));
    EXPECT_FALSE(record.facts_inline);
    EXPECT_EQ(record.subjects, subjects);
    EXPECT_TRUE(record.content.facts.empty());
    EXPECT_EQ(record.content.qualifiers, draft.qualifiers);
    EXPECT_EQ(OrThrow(DecodeStatementHead(bytes)).valid, draft.valid);
    for (size_t length = 0; length < bytes.size(); ++length) {
      EXPECT_EQ(DecodeStatement(bytes.substr(0, length)).status().code(), StatusCode::kDataLoss);
    }
  }
}

// The bytes of docs/file-format.md. A change here is a change of the persistent format.
TEST(StatementCodec, WritesTheDocumentedBytes) {
  StatementDraft draft;
  draft.facts = {{TermId{1}, TermId{2}, TermId{3}}};
  draft.credibility = 2;
  draft.quote = "ab";
  const std::string expected(
      "\x02"      // Layout.
      "\x05"      // Context.
      "\x00\x02"  // Asserts; credibility.
      "\x07"      // Revision.
      "\x00"      // Undated.
      "\x00"      // No span.
      "\x02"
      "ab"                                 // Quote.
      "\x00\x00"                           // Derived from nothing; no qualifiers.
      "\x01\x01"                           // The facts follow; one.
      "\x00\x00\x00\x00\x00\x00\x00\x01"   // Subject,
      "\x00\x00\x00\x00\x00\x00\x00\x02"   // predicate,
      "\x00\x00\x00\x00\x00\x00\x00\x03",  // object.
      38);
  EXPECT_EQ(EncodeStatement(draft, 5, Revision{7}), expected);
}

TEST(StatementCodec, CallsEveryShortenedRecordDamaged) {
  const std::string statement = EncodeStatement(FullDraft(), 1, Revision{1});
  for (size_t length = 0; length < statement.size(); ++length) {
    EXPECT_EQ(DecodeStatement(statement.substr(0, length)).status().code(), StatusCode::kDataLoss)
        << length;
  }
  EXPECT_EQ(DecodeStatement(statement + "x").status().code(), StatusCode::kDataLoss);
  const std::string context = EncodeContext(FullContext());
  for (size_t length = 0; length < context.size(); ++length) {
    EXPECT_EQ(DecodeContext(context.substr(0, length)).status().code(), StatusCode::kDataLoss)
        << length;
  }
}

TEST(StatementCodec, CallsASpanBeyondAllNumbersDamaged) {
  StatementDraft draft;
  draft.span = TextSpan{UINT64_MAX - 1, UINT64_MAX};
  std::string statement = EncodeStatement(draft, 1, Revision{1});
  EXPECT_EQ(DecodeStatement(statement)->content.span, draft.span);
  // Its length stands before the lengths of the quote and two lists, all 0, and an empty list of
  // facts in the record.
  char& length = statement[statement.size() - 6];
  ASSERT_EQ(length, 1);
  length = 2;
  EXPECT_EQ(DecodeStatement(statement).status().code(), StatusCode::kDataLoss);
}

TEST(StatementCodec, SurvivesEveryDamagedByte) {
  // Any answer will do but a crash: checksums are RocksDB's.
  const std::string statement = EncodeStatement(FullDraft(), 1, Revision{1});
  for (size_t i = 0; i < statement.size(); ++i) {
    for (const int byte : {0x00, 0x7f, 0x80, 0xff}) {
      std::string damaged = statement;
      damaged[i] = static_cast<char>(byte);
      const auto record = DecodeStatement(damaged);
      EXPECT_TRUE(record.ok() || record.status().code() == StatusCode::kDataLoss);
    }
  }
}

}  // namespace
}  // namespace sightline::storage
