// Rule canonical-order: for readers who are not cleared for everything, whatever order an answer
// shows is one of names and values.
//
// The order in which operators give rows follows the numbers of terms, and those follow the order
// in which the store met the terms, in statements that the reader may not see as well. So rows are
// sorted, by all that the reader would see of them, wherever their order shows: at the end of the
// query, where SKIP and LIMIT take some, where a list is collected, and among the ties of ORDER BY.
// It is the reader's clearance that asks for it, never what the store holds: an order that changed
// with the first hidden statement would tell of it.
//
// Costs: the rows of an answer are all found and held before the first is sent; LIMIT without ORDER
// BY reads everything, and keeps what it needs.

#pragma once

#include "query/binder/binder.h"

namespace sightline::query {

void OrderByNames(BoundQuery* query);

}  // namespace sightline::query
