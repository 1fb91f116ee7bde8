// Values as people read them, in SLQL's own forms: > 500000000 USD, <~ 70 %, 2023-Q4,
// #org/hikvision.

#pragma once

#include <string>
#include <string_view>

#include "clients/cpp/result_batch.h"
#include "sightline/v1/types.pb.h"

namespace sightline::cli {

// A node's caption; "caption (#id)" when another node of the result has the same caption, "#id"
// when it has none, "#?17" when the server sent no card.
std::string NodeText(client::NodeId node, const client::NodeCards& cards);

// Text stands bare at the top and in quotes within lists and maps. Unknown (null) is empty at the
// top, "null" within. May hold any character that the data holds: OneLine() makes it harmless.
std::string ValueText(const v1::Value& value, const client::NodeCards& cards);
std::string CellText(const client::Cell& cell, const client::NodeCards& cards);

// As a text is written in SLQL: in double quotes.
std::string QuotedText(std::string_view text);
std::string DecimalText(const v1::Decimal& decimal);  // "-0.05"
std::string DateText(const v1::Date& date);           // "2023-Q4"
std::string InstantText(const google::protobuf::Timestamp& instant);
std::string DoubleText(
    double real);  // The shortest that reads back the same; never looks integral.
// "", "~", "<", "<~", ">", ">~"
std::string ComparatorText(v1::Comparator comparator);

}  // namespace sightline::cli
