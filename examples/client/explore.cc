// A program that uses Sightline over gRPC: finds an entity by its name, shows how it is connected,
// and who says so.
//
//   explore_example ADDRESS NAME
//
// ADDRESS is HOST:PORT or unix:PATH; where the server has users, $SIGHTLINE_TOKEN says who calls.
// Every call has a deadline. A call is tried again only while the server is UNAVAILABLE, by the
// library; whatever else goes wrong is said, and ends the program.

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "clients/cpp/connection.h"

namespace {

using sightline::client::CallOptions;
using sightline::client::CodeName;
using sightline::client::Connection;
using sightline::client::ConnectOptions;
using sightline::client::Error;
namespace v1 = sightline::v1;

int Fail(const char* what, const Error& error) {
  std::fprintf(stderr, "%s: %s (%s %s)\n", what, error.message.c_str(),
               CodeName(error.code).c_str(), error.reason.c_str());
  return 1;
}

using Captions = std::map<uint64_t, std::string>;

Captions CaptionsOf(const google::protobuf::RepeatedPtrField<v1::NodeCard>& cards) {
  Captions captions;
  for (const v1::NodeCard& card : cards) captions[card.id()] = card.caption();
  return captions;
}

const char* MarkOf(v1::Standing standing) {
  switch (standing) {
    case v1::STANDING_DISPUTED:
      return " (disputed)";
    case v1::STANDING_DENIED:
      return " (denied)";
    default:
      return "";
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "Usage: %s ADDRESS NAME\n", argv[0]);
    return 2;
  }
  ConnectOptions connect;
  if (const char* token = std::getenv("SIGHTLINE_TOKEN")) connect.token = token;
  const auto connection = Connection::Open(argv[1], connect);
  if (!connection.ok()) return Fail("connect", connection.error());
  CallOptions options;
  options.timeout = std::chrono::seconds(5);
  options.attempts = 3;

  // Whom the name may mean, best first.
  v1::SearchEntitiesRequest search;
  search.set_name(argv[2]);
  search.set_page_size(1);
  const auto found = (*connection)->SearchEntities(search, options);
  if (!found.ok()) return Fail("search", found.error());
  if (found->matches().empty()) {
    std::printf("Nothing is called like \"%s\".\n", argv[2]);
    return 0;
  }
  const v1::NodeCard& entity = found->matches(0).card();
  std::printf("%s (%s), #%s\n", entity.caption().c_str(), entity.class_name().c_str(),
              entity.external_id().c_str());

  // How it is connected. The revision is handed on, so that all answers are of one state.
  v1::SummarizeNeighborsRequest summarize;
  summarize.mutable_entity()->set_id(entity.id());
  *summarize.mutable_consistency()->mutable_exact() = found->read_at();
  const auto summary = (*connection)->SummarizeNeighbors(summarize, options);
  if (!summary.ok()) return Fail("summarize", summary.error());
  for (const v1::NeighborGroup& group : summary->groups()) {
    std::printf("  %s %s: %s%lld %s\n",
                group.direction() == v1::EDGE_DIRECTION_INBOUND ? "<-" : "->",
                group.predicate().c_str(), group.at_least() ? "at least " : "",
                static_cast<long long>(group.edge_count()),
                group.kind().empty() ? "things" : group.kind().c_str());
  }

  // All edges, page by page.
  v1::ExpandEntityRequest expand;
  *expand.mutable_entity() = summarize.entity();
  *expand.mutable_consistency() = summarize.consistency();
  expand.set_page_size(20);
  v1::Edge disputed;
  Captions captions;
  do {
    const auto page = (*connection)->ExpandEntity(expand, options);
    if (!page.ok()) return Fail("expand", page.error());
    captions.merge(CaptionsOf(page->cards()));
    for (const v1::Edge& edge : page->edges()) {
      std::printf("%s -[%s]-> %s%s\n", captions[edge.fact().subject()].c_str(),
                  edge.fact().predicate().c_str(), captions[edge.fact().object().node()].c_str(),
                  MarkOf(edge.standing()));
      if (edge.standing() == v1::STANDING_DISPUTED) disputed = edge;
    }
    expand.set_page_token(page->next_page_token());
  } while (!expand.page_token().empty());

  // Who says so, and who denies it.
  if (!disputed.has_fact()) return 0;
  v1::ListStatementsRequest list;
  list.mutable_subject()->set_id(disputed.fact().subject());
  list.set_predicate(disputed.fact().predicate());
  *list.mutable_object() = disputed.fact().object();
  const auto statements = (*connection)->ListStatements(list, options);
  if (!statements.ok()) return Fail("statements", statements.error());
  captions = CaptionsOf(statements->cards());
  for (const v1::Statement& statement : statements->statements()) {
    std::printf("%s %s it: \"%s\"\n", captions[statement.claimant()].c_str(),
                statement.polarity() == v1::POLARITY_DENIES ? "denies" : "asserts",
                statement.quote().c_str());
  }
  return 0;
}
