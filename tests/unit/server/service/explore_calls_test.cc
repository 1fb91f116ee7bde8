#include "server/service/explore_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/service/request_error.h"
#include "server/service/revision_token.h"
#include "tests/support/test_store.h"

namespace sightline::server {
namespace {

using storage::TlpLabel;
using test::ClearanceOf;
using test::OrThrow;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ExploreCallsTest : public testing::Test {
 protected:
  void SetUp() override {
    store_.DefineClass("Company");
    for (const char* id : {"org/hub", "org/a", "org/b", "org/c"}) {
      store_.Say("desk", id, "instanceOf", "Company");
    }
    store_.Name("org/hub", "Hub Trading");
    store_.Say("desk", "org/hub", "owns", "org/c");
    store_.Say("desk", "org/hub", "owns", "org/a");
    asserted_ = store_.Say("desk", "org/hub", "owns", "org/b",
                           {.document = "doc/1",
                            .credibility = 2,
                            .mode = storage::Mode::kReported,
                            .span = storage::TextSpan{3, 9},
                            .quote = "owns b"});
    denied_ = store_.Deny("ministry", "org/hub", "owns", "org/b");
    hidden_ = store_.Say("spy", "org/hub", "owns", "org/secret", {.marking = {TlpLabel::kRed, ""}});
    store_.Say("spy", "org/secret", "alias", storage::Value::OfText("Hub Secret"),
               {.marking = {TlpLabel::kRed, ""}});
    store_.Commit();
    tokens_ = OrThrow(PageTokens::Open(&*store_));
    service_.store = &*store_;
    service_.page_tokens = tokens_.get();
  }

  // The reply; its status is in status_.
  template <typename Response, typename Request>
  Response Ask(const Request& request, TlpLabel tlp_max = TlpLabel::kGreen) {
    const SingleCallerAuthenticator authenticator(ClearanceOf(tlp_max), /*may_write=*/false);
    const Caller caller =
        OrThrow(authenticator.Admit("/sightline.v1.ExploreService/GetEntity", {}));
    error_ = {};
    const storage::CancellationToken token;
    CallContext call{service_, caller, token, &error_};
    Response response;
    status_ = Answer(&call, request, &response);
    rows_ = call.rows;
    return response;
  }
  // Code, reason and field: "InvalidArgument SL8021 page_size".
  std::string Error() const {
    std::string reason = RequestCodeOf(status_);
    if (reason.empty()) reason = error_.reason;
    const auto field = error_.metadata.find("field");
    return absl::StatusCodeToString(status_.code()) + " " + reason + " " +
           (field == error_.metadata.end() ? "" : field->second);
  }
  static std::map<uint64_t, std::string> IdsOf(
      const google::protobuf::RepeatedPtrField<v1::NodeCard>& cards) {
    std::map<uint64_t, std::string> ids;
    for (const v1::NodeCard& card : cards) ids[card.id()] = card.external_id();
    return ids;
  }
  static v1::ExpandEntityRequest Expand(const char* id) {
    v1::ExpandEntityRequest request;
    request.mutable_entity()->set_external_id(id);
    return request;
  }

  test::TestStore store_;
  std::unique_ptr<PageTokens> tokens_;
  ServiceContext service_;
  storage::StatementId asserted_, denied_, hidden_;
  Status status_;
  ErrorContext error_;
  int64_t rows_ = 0;
};

TEST_F(ExploreCallsTest, SearchesNames) {
  v1::SearchEntitiesRequest request;
  request.set_name("hub trading");
  const auto found = Ask<v1::SearchEntitiesResponse>(request);
  ASSERT_TRUE(status_.ok()) << status_;
  ASSERT_THAT(found.matches(), SizeIs(1));
  EXPECT_EQ(found.matches(0).card().external_id(), "org/hub");
  EXPECT_EQ(found.matches(0).card().class_name(), "Company");
  EXPECT_EQ(found.matches(0).matched_name(), "Hub Trading");
  EXPECT_EQ(found.matches(0).score(), 1);
  EXPECT_THAT(found.next_page_token(), IsEmpty());
  EXPECT_EQ(rows_, 1);
  request.set_name("hub secret");
  request.set_min_score(0.95);
  EXPECT_THAT(Ask<v1::SearchEntitiesResponse>(request).matches(), IsEmpty());
  EXPECT_THAT(Ask<v1::SearchEntitiesResponse>(request, TlpLabel::kRed).matches(), SizeIs(1));
  request.set_class_name("Nothing");
  Ask<v1::SearchEntitiesResponse>(request);
  EXPECT_EQ(Error(), "INVALID_ARGUMENT SL8021 class_name");
  request.set_name("");
  Ask<v1::SearchEntitiesResponse>(request);
  EXPECT_EQ(Error(), "INVALID_ARGUMENT SL8021 name");
}

TEST_F(ExploreCallsTest, WhatIsHiddenIsAsWhatIsNot) {
  std::vector<std::string> messages;
  for (const char* id : {"org/secret", "org/absent"}) {
    v1::GetEntityRequest request;
    request.mutable_entity()->set_external_id(id);
    Ask<v1::GetEntityResponse>(request);
    EXPECT_EQ(Error(), "NOT_FOUND SL8004 entity");
    std::string message = MessageOf(status_);
    message.replace(message.find(id), std::string(id).size(), "X");
    messages.push_back(message);
  }
  EXPECT_EQ(messages[0], messages[1]);
  // By number, too.
  v1::GetEntityRequest request;
  request.mutable_entity()->set_id(store_.Entity("org/secret").bits);
  Ask<v1::GetEntityResponse>(request);
  EXPECT_EQ(Error(), "NOT_FOUND SL8004 entity");
  EXPECT_EQ(Ask<v1::GetEntityResponse>(request, TlpLabel::kRed).card().external_id(), "org/secret");
  request.mutable_entity()->set_id(123);
  Ask<v1::GetEntityResponse>(request);
  EXPECT_EQ(Error(), "NOT_FOUND SL8004 entity");
  request.clear_entity();
  Ask<v1::GetEntityResponse>(request);
  EXPECT_EQ(Error(), "INVALID_ARGUMENT SL8021 entity");
}

TEST_F(ExploreCallsTest, ExpandsPageByPage) {
  v1::ExpandEntityRequest request = Expand("org/hub");
  request.set_page_size(2);
  const auto first = Ask<v1::ExpandEntityResponse>(request);
  ASSERT_TRUE(status_.ok()) << status_;
  ASSERT_THAT(first.edges(), SizeIs(2));
  auto ids = IdsOf(first.cards());
  EXPECT_EQ(first.cards(0).external_id(), "org/hub");
  EXPECT_EQ(ids[first.edges(0).fact().object().node()], "org/a");
  EXPECT_EQ(ids[first.edges(1).fact().object().node()], "org/b");
  EXPECT_EQ(first.edges(0).standing(), v1::STANDING_ASSERTED);
  EXPECT_EQ(first.edges(1).standing(), v1::STANDING_DISPUTED);
  EXPECT_EQ(first.edges(1).asserting_statements(), 1);
  EXPECT_EQ(first.edges(1).denying_statements(), 1);
  EXPECT_EQ(first.edge_count(), 3);
  ASSERT_FALSE(first.next_page_token().empty());

  // The next page is of the same revision, whatever is written in between.
  store_.Say("desk", "org/hub", "owns", "org/0");
  store_.Commit();
  request.set_page_token(first.next_page_token());
  request.set_page_size(1'000'000);
  const auto second = Ask<v1::ExpandEntityResponse>(request);
  ASSERT_THAT(second.edges(), SizeIs(1));
  EXPECT_EQ(IdsOf(second.cards())[second.edges(0).fact().object().node()], "org/c");
  EXPECT_THAT(second.next_page_token(), IsEmpty());
  EXPECT_EQ(second.read_at().token(), first.read_at().token());

  // The token is of this request and this clearance.
  Ask<v1::ExpandEntityResponse>(request, TlpLabel::kRed);
  EXPECT_EQ(Error(), "INVALID_ARGUMENT SL8020 page_token");
  request.mutable_filter()->add_predicates("owns");
  Ask<v1::ExpandEntityResponse>(request);
  EXPECT_EQ(Error(), "INVALID_ARGUMENT SL8020 page_token");
  request = Expand("org/hub");
  request.set_page_size(-1);
  Ask<v1::ExpandEntityResponse>(request);
  EXPECT_EQ(Error(), "INVALID_ARGUMENT SL8021 page_size");
  request = Expand("org/hub");
  request.mutable_filter()->add_predicates("nothing");
  Ask<v1::ExpandEntityResponse>(request);
  EXPECT_EQ(Error(), "INVALID_ARGUMENT SL8021 filter.predicates");
}

TEST_F(ExploreCallsTest, APageIsCutWhereAMessageIsFull) {
  for (int i = 0; i < 40; ++i) {
    const std::string id = "org/long" + std::to_string(i);
    store_.Say("desk", "org/many", "owns", id);
    store_.Name(id, std::string(10'000, 'x') + std::to_string(i));
  }
  store_.Commit();
  service_.limits.message_bytes_max = 100'000;
  v1::ExpandEntityRequest request = Expand("org/many");
  int edges = 0, pages = 0;
  do {
    const auto page = Ask<v1::ExpandEntityResponse>(request);
    ASSERT_TRUE(status_.ok()) << status_;
    ASSERT_LT(page.ByteSizeLong(), 100'000u);
    EXPECT_EQ(page.edge_count(), 40);
    edges += page.edges_size();
    ++pages;
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(edges, 40);
  EXPECT_GT(pages, 5);
}

TEST_F(ExploreCallsTest, TheSummaryCountsWhatIsShown) {
  v1::SummarizeNeighborsRequest request;
  request.mutable_entity()->set_external_id("org/hub");
  const auto summary = Ask<v1::SummarizeNeighborsResponse>(request);
  ASSERT_TRUE(status_.ok()) << status_;
  ASSERT_THAT(summary.groups(), SizeIs(1));
  EXPECT_EQ(summary.groups(0).predicate(), "owns");
  EXPECT_EQ(summary.groups(0).kind(), "Company");
  EXPECT_EQ(summary.groups(0).direction(), v1::EDGE_DIRECTION_OUTBOUND);
  EXPECT_EQ(summary.groups(0).edge_count(), 3);
  EXPECT_EQ(summary.groups(0).denied_count(), 1);
  EXPECT_EQ(summary.card().caption(), "Hub Trading");
  request.mutable_scope()->set_dispute_rule(v1::DISPUTE_RULE_EXCLUDING_DISPUTED);
  EXPECT_EQ(Ask<v1::SummarizeNeighborsResponse>(request).groups(0).edge_count(), 2);
}

TEST_F(ExploreCallsTest, WrongScopesAreNamed) {
  const auto error = [this](const auto& change) {
    v1::GetEntityRequest request;
    request.mutable_entity()->set_external_id("org/hub");
    change(request.mutable_scope());
    Ask<v1::GetEntityResponse>(request);
    return Error();
  };
  using Scope = v1::StatementScope;
  EXPECT_EQ(error([](Scope* scope) { scope->mutable_as_of()->set_year(10'000); }),
            "INVALID_ARGUMENT SL8021 scope.as_of");
  EXPECT_EQ(error([](Scope* scope) {
              scope->mutable_during()->mutable_from()->set_seconds(5);
              scope->mutable_during()->mutable_to()->set_seconds(5);
            }),
            "INVALID_ARGUMENT SL8021 scope.during");
  EXPECT_EQ(error([](Scope* scope) { scope->set_reliability_or_better(v1::RELIABILITY_F); }),
            "INVALID_ARGUMENT SL8021 scope.reliability_or_better");
  EXPECT_EQ(error([](Scope* scope) { scope->set_credibility_or_better(6); }),
            "INVALID_ARGUMENT SL8021 scope.credibility_or_better");
  EXPECT_EQ(error([](Scope* scope) { scope->set_backed_by_sources(-1); }),
            "INVALID_ARGUMENT SL8021 scope.backed_by_sources");
  EXPECT_EQ(error([](Scope* scope) { scope->set_dispute_rule(static_cast<v1::DisputeRule>(99)); }),
            "INVALID_ARGUMENT SL8021 scope.dispute_rule");
  EXPECT_EQ(error([](Scope* scope) { scope->add_according_to()->set_external_id("spy"); }),
            "NOT_FOUND SL8004 scope.according_to[0]");
  EXPECT_EQ(error([](Scope* scope) { scope->mutable_as_of()->set_year(2020); }), "OK  ");
}

TEST_F(ExploreCallsTest, ListsStatementsWithTheirRecords) {
  v1::ListStatementsRequest request;
  request.mutable_subject()->set_external_id("org/hub");
  request.set_predicate("owns");
  request.mutable_object()->set_node_id("org/b");
  const auto list = Ask<v1::ListStatementsResponse>(request);
  ASSERT_TRUE(status_.ok()) << status_;
  ASSERT_THAT(list.statements(), SizeIs(2));
  auto ids = IdsOf(list.cards());
  const v1::Statement& said = list.statements(0);
  EXPECT_EQ(said.statement(), asserted_.value);
  EXPECT_EQ(said.polarity(), v1::POLARITY_ASSERTS);
  EXPECT_EQ(ids[said.claimant()], "desk");
  EXPECT_EQ(ids[said.document()], "doc/1");
  EXPECT_EQ(said.dataset(), 0u);
  EXPECT_EQ(said.quote(), "owns b");
  EXPECT_EQ(said.span().begin(), 3u);
  EXPECT_EQ(said.mode(), v1::MODE_REPORTED);
  EXPECT_EQ(said.credibility(), 2);
  EXPECT_EQ(said.effective_credibility(), 2);
  EXPECT_EQ(said.marking().tlp(), v1::TLP_LABEL_CLEAR);
  EXPECT_GT(said.record_time().seconds(), 0);
  ASSERT_THAT(said.facts(), SizeIs(1));
  EXPECT_EQ(said.fact_count(), 1);
  EXPECT_EQ(ids[said.facts(0).subject()], "org/hub");
  EXPECT_EQ(said.facts(0).predicate(), "owns");
  EXPECT_EQ(ids[said.facts(0).object().node()], "org/b");
  EXPECT_EQ(list.statements(1).polarity(), v1::POLARITY_DENIES);

  request.mutable_about()->set_external_id("org/hub");
  Ask<v1::ListStatementsResponse>(request);
  EXPECT_EQ(Error(), "INVALID_ARGUMENT SL8021 about");
  Ask<v1::ListStatementsResponse>(v1::ListStatementsRequest());
  EXPECT_EQ(Error(), "INVALID_ARGUMENT SL8021 about");
  v1::ListStatementsRequest value;
  value.mutable_object()->mutable_text()->set_text("nobody has said this");
  EXPECT_EQ(Ask<v1::ListStatementsResponse>(value).statement_count(), 0);
  EXPECT_TRUE(status_.ok());
}

TEST_F(ExploreCallsTest, GetsStatementsThatMayBeSeen) {
  v1::BatchGetStatementsRequest request;
  for (const uint64_t number :
       {denied_.value, hidden_.value, asserted_.value, uint64_t{99'999}, denied_.value}) {
    request.add_statements(number);
  }
  const auto numbers = [](const v1::BatchGetStatementsResponse& response) {
    std::vector<uint64_t> numbers;
    for (const v1::Statement& statement : response.statements()) {
      numbers.push_back(statement.statement());
    }
    return numbers;
  };
  EXPECT_THAT(numbers(Ask<v1::BatchGetStatementsResponse>(request)),
              ElementsAre(denied_.value, asserted_.value));
  EXPECT_THAT(numbers(Ask<v1::BatchGetStatementsResponse>(request, TlpLabel::kRed)),
              ElementsAre(denied_.value, hidden_.value, asserted_.value));
  store_.Retract(asserted_, "wrong company");
  store_.Commit();
  EXPECT_EQ(Ask<v1::BatchGetStatementsResponse>(request).statements(1).retraction().reason(),
            "wrong company");
  Ask<v1::BatchGetStatementsResponse>(v1::BatchGetStatementsRequest());
  EXPECT_EQ(Error(), "INVALID_ARGUMENT SL8021 statements");
  request.add_statements(0);
  Ask<v1::BatchGetStatementsResponse>(request);
  EXPECT_EQ(Error(), "INVALID_ARGUMENT SL8021 statements[5]");
}

TEST_F(ExploreCallsTest, ReadsWhatOneHasWritten) {
  const storage::Revision before = store_->revision();
  store_.Say("desk", "org/hub", "owns", "org/new");
  const storage::Revision after = store_.Commit();
  v1::ExpandEntityRequest request = Expand("org/hub");
  *request.mutable_consistency()->mutable_at_least_as_fresh() = ToProto(after, store_->ids());
  EXPECT_EQ(Ask<v1::ExpandEntityResponse>(request).edge_count(), 4);
  *request.mutable_consistency()->mutable_exact() = ToProto(before, store_->ids());
  EXPECT_EQ(Ask<v1::ExpandEntityResponse>(request).edge_count(), 3);
  *request.mutable_consistency()->mutable_at_least_as_fresh() =
      ToProto({after.value + 1}, store_->ids());
  Ask<v1::ExpandEntityResponse>(request);
  EXPECT_EQ(status_.code(), StatusCode::kUnavailable);
  request.mutable_consistency()->mutable_exact()->set_token("nonsense");
  Ask<v1::ExpandEntityResponse>(request);
  EXPECT_EQ(Error(), "INVALID_ARGUMENT SL8005 ");
}

TEST_F(ExploreCallsTest, TimelinesHavePlaces) {
  const auto in = [](const char* date) {
    return storage::TimeInterval::Of(OrThrow(storage::PartialDate::Parse(date)));
  };
  store_.Say("desk", "org/hub", "owns", "org/a", {.valid = in("2020")});
  store_.Say("spy", "org/hub", "owns", "org/a",
             {.marking = {TlpLabel::kRed, ""}, .valid = in("2021")});
  store_.Commit();
  v1::ListTimelineRequest request;
  request.add_entities()->set_external_id("org/hub");
  const auto page = Ask<v1::ListTimelineResponse>(request);
  ASSERT_TRUE(status_.ok()) << status_;
  ASSERT_THAT(page.items(), SizeIs(1));
  EXPECT_EQ(page.items(0).when().from().seconds(), 1577836800);
  EXPECT_EQ(page.items(0).edge().fact().predicate(), "owns");
  EXPECT_FALSE(page.items(0).is_value());
  EXPECT_EQ(Ask<v1::ListTimelineResponse>(request, TlpLabel::kRed).item_count(), 2);
  request.clear_entities();
  Ask<v1::ListTimelineResponse>(request);
  EXPECT_EQ(Error(), "INVALID_ARGUMENT SL8021 entities");
}

}  // namespace
}  // namespace sightline::server
