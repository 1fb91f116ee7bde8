#include "storage/statements/ratings.h"

#include <gtest/gtest.h>

namespace sightline::storage {
namespace {

const TermId kClaimant = TermId::Make(TermTag::kEntity, 1);
const TermId kDocument = TermId::Make(TermTag::kEntity, 2);
const TermId kDataset = TermId::Make(TermTag::kEntity, 3);

StatementContext Context() {
  StatementContext context;
  context.claimant = kClaimant;
  context.document = kDocument;
  context.dataset = kDataset;
  return context;
}

TEST(Ratings, NobodysIsUnstated) {
  EXPECT_EQ(Ratings().ReliabilityOf(Context()), Reliability::kUnstated);
  EXPECT_EQ(Ratings().CredibilityOf(StatementId{1}, 3), 3);
}

TEST(Ratings, TheNewestJudgementCounts) {
  Ratings ratings;
  ratings.AddReliability(kClaimant, Reliability::kB, 20);
  ratings.AddReliability(kClaimant, Reliability::kE, 10);
  EXPECT_EQ(ratings.ReliabilityOf(Context()), Reliability::kB);
  ratings.AddReliability(kClaimant, Reliability::kA, 30);
  EXPECT_EQ(ratings.ReliabilityOf(Context()), Reliability::kA);
}

TEST(Ratings, OfOneTimeTheWorst) {
  for (const bool worst_first : {false, true}) {
    Ratings ratings;
    ratings.AddReliability(kClaimant, worst_first ? Reliability::kF : Reliability::kA, 10);
    ratings.AddReliability(kClaimant, worst_first ? Reliability::kA : Reliability::kF, 10);
    EXPECT_EQ(ratings.ReliabilityOf(Context()), Reliability::kF);
  }
}

TEST(Ratings, ClaimantBeforeDocumentBeforeDataset) {
  Ratings ratings;
  ratings.AddReliability(kDataset, Reliability::kC, 10);
  EXPECT_EQ(ratings.ReliabilityOf(Context()), Reliability::kC);
  ratings.AddReliability(kDocument, Reliability::kD, 5);
  EXPECT_EQ(ratings.ReliabilityOf(Context()), Reliability::kD);
  ratings.AddReliability(kClaimant, Reliability::kE, 1);
  EXPECT_EQ(ratings.ReliabilityOf(Context()), Reliability::kE);
  StatementContext own = Context();
  own.reliability = Reliability::kA;
  EXPECT_EQ(ratings.ReliabilityOf(own), Reliability::kA);
}

TEST(Ratings, AStatementIsJudgedAnew) {
  Ratings ratings;
  ratings.AddCredibility(StatementId{7}, 1, 10);
  EXPECT_EQ(ratings.CredibilityOf(StatementId{7}, 4), 1);
  EXPECT_EQ(ratings.CredibilityOf(StatementId{8}, 4), 4);
}

// When a judgement was made says only which counts.
TEST(Ratings, AreEqualWhenTheySayTheSame) {
  Ratings a, b;
  a.AddReliability(kClaimant, Reliability::kB, 10);
  b.AddReliability(kClaimant, Reliability::kB, 20);
  EXPECT_EQ(a, b);
  b.AddReliability(kClaimant, Reliability::kC, 30);
  EXPECT_FALSE(a == b);
}

TEST(Ratings, ScoresAreThoseOfMisp) {
  EXPECT_EQ(ReliabilityScore(Reliability::kA), 100);
  EXPECT_EQ(ReliabilityScore(Reliability::kD), 25);
  EXPECT_EQ(ReliabilityScore(Reliability::kE), 0);
  EXPECT_EQ(ReliabilityScore(Reliability::kF), std::nullopt);
  EXPECT_EQ(ReliabilityScore(Reliability::kUnstated), std::nullopt);
  EXPECT_EQ(CredibilityScore(1), 100);
  EXPECT_EQ(CredibilityScore(3), 50);
  EXPECT_EQ(CredibilityScore(5), 0);
  EXPECT_EQ(CredibilityScore(6), std::nullopt);
  EXPECT_EQ(CredibilityScore(0), std::nullopt);
}

}  // namespace
}  // namespace sightline::storage
