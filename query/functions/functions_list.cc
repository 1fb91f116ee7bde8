// Functions over lists, maps and any values.

#include <utility>

#include "query/functions/datum_order.h"
#include "query/functions/function_families.h"
#include "query/functions/runtime_error.h"
#include "query/functions/sort_in_steps.h"
#include "storage/base/utf8.h"

namespace sightline::query {
namespace {

StatusOr<const DatumList*> ListArgument(std::string_view function, const Datum& datum) {
  if (datum.list() == nullptr) return TypeMismatch(function, "a LIST", datum);
  return datum.list();
}

StatusOr<Datum> Size(Arguments arguments, EvaluationContext*) {
  const Datum& x = arguments[0];
  if (x.list() != nullptr) return Datum::OfInteger(static_cast<int64_t>(x.list()->size()));
  if (x.map() != nullptr) return Datum::OfInteger(static_cast<int64_t>(x.map()->size()));
  if (const std::string* text = AsText(x)) {
    return Datum::OfInteger(static_cast<int64_t>(storage::CodePointCount(*text)));
  }
  return TypeMismatch("size", "LIST, MAP and STRING", x);
}
StatusOr<Datum> IsEmpty(Arguments arguments, EvaluationContext*) {
  const Datum& x = arguments[0];
  if (x.list() != nullptr) return Datum::OfBoolean(x.list()->empty());
  if (x.map() != nullptr) return Datum::OfBoolean(x.map()->empty());
  if (const std::string* text = AsText(x)) return Datum::OfBoolean(text->empty());
  return TypeMismatch("isEmpty", "LIST, MAP and STRING", x);
}
StatusOr<Datum> Head(Arguments arguments, EvaluationContext*) {
  SL_ASSIGN_OR_RETURN(const DatumList* list, ListArgument("head", arguments[0]));
  return list->empty() ? Datum() : list->front();
}
StatusOr<Datum> Last(Arguments arguments, EvaluationContext*) {
  SL_ASSIGN_OR_RETURN(const DatumList* list, ListArgument("last", arguments[0]));
  return list->empty() ? Datum() : list->back();
}
StatusOr<Datum> Tail(Arguments arguments, EvaluationContext*) {
  SL_ASSIGN_OR_RETURN(const DatumList* list, ListArgument("tail", arguments[0]));
  if (list->empty()) return Datum(DatumList{});
  return Datum(DatumList(list->begin() + 1, list->end()));
}
StatusOr<Datum> Reverse(Arguments arguments, EvaluationContext*) {
  if (const DatumList* list = arguments[0].list()) {
    return Datum(DatumList(list->rbegin(), list->rend()));
  }
  const std::string* text = AsText(arguments[0]);
  if (text == nullptr) return TypeMismatch("reverse", "LIST and STRING", arguments[0]);
  std::string reversed;
  reversed.reserve(text->size());
  std::vector<size_t> starts;
  for (size_t offset = 0; offset < text->size();) {
    starts.push_back(offset);
    storage::NextCodePoint(*text, &offset);
  }
  size_t end = text->size();
  for (auto start = starts.rbegin(); start != starts.rend(); ++start) {
    reversed.append(*text, *start, end - *start);
    end = *start;
  }
  return Datum::OfText(std::move(reversed));
}
StatusOr<Datum> Range(Arguments arguments, EvaluationContext*) {
  SL_ASSIGN_OR_RETURN(const int64_t from, IntegerArgument("range", arguments[0]));
  SL_ASSIGN_OR_RETURN(const int64_t to, IntegerArgument("range", arguments[1]));
  int64_t step = 1;
  if (arguments.size() == 3) {
    SL_ASSIGN_OR_RETURN(step, IntegerArgument("range", arguments[2]));
  }
  if (step == 0) return RuntimeError("SL5004", "the step of range must not be 0");
  if (step > 0 ? from > to : from < to) return Datum(DatumList{});
  const auto distance = static_cast<unsigned __int128>(step > 0 ? static_cast<__int128>(to) - from
                                                                : static_cast<__int128>(from) - to);
  const auto stride = static_cast<unsigned __int128>(step > 0 ? static_cast<__int128>(step)
                                                              : -static_cast<__int128>(step));
  const unsigned __int128 count = distance / stride + 1;
  if (count > kListItemsMax) return TooLarge("the result of range");
  DatumList list;
  list.reserve(static_cast<size_t>(count));
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    list.push_back(Datum::OfInteger(static_cast<int64_t>(
        static_cast<__int128>(from) + static_cast<__int128>(step) * static_cast<int64_t>(i))));
  }
  return Datum(std::move(list));
}
StatusOr<Datum> Sort(Arguments arguments, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const DatumList* list, ListArgument("sort", arguments[0]));
  DatumList sorted = *list;
  SL_RETURN_IF_ERROR(SortData(&sorted, context));
  return Datum(std::move(sorted));
}
StatusOr<Datum> Coalesce(Arguments arguments, EvaluationContext*) {
  for (const Datum& argument : arguments) {
    if (!argument.is_null()) return argument;
  }
  return Datum();
}
StatusOr<Datum> NullIf(Arguments arguments, EvaluationContext*) {
  return Equal(arguments[0], arguments[1]) == true ? Datum() : arguments[0];
}
StatusOr<Datum> Exists(Arguments arguments, EvaluationContext*) {
  return Datum::OfBoolean(!arguments[0].is_null());
}
StatusOr<Datum> ValueType(Arguments arguments, EvaluationContext*) {
  return Datum::OfText(std::string(DatumTypeName(arguments[0])));
}

constexpr ScalarFunction kFunctions[] = {
    {"size", "size(x LIST|MAP|STRING) -> INTEGER", "How many items, entries or characters.", 1, 1,
     StaticType::kInteger, true, Size},
    {"isEmpty", "isEmpty(x LIST|MAP|STRING) -> BOOLEAN", "Whether there is nothing in it.", 1, 1,
     StaticType::kBoolean, true, IsEmpty},
    {"head", "head(list LIST) -> ANY", "The first item; null of an empty list.", 1, 1,
     StaticType::kAny, true, Head},
    {"last", "last(list LIST) -> ANY", "The last item; null of an empty list.", 1, 1,
     StaticType::kAny, true, Last},
    {"tail", "tail(list LIST) -> LIST", "All items but the first.", 1, 1, StaticType::kList, true,
     Tail},
    {"reverse", "reverse(x LIST|STRING) -> the same", "Back to front.", 1, 1, StaticType::kAny,
     true, Reverse},
    {"range", "range(from INTEGER, to INTEGER[, step INTEGER]) -> LIST",
     "The integers from `from` to `to`, both included; at most a million.", 2, 3, StaticType::kList,
     true, Range},
    {"sort", "sort(list LIST) -> LIST", "In the order of ORDER BY.", 1, 1, StaticType::kList, true,
     Sort},
    {"coalesce", "coalesce(x ANY, ...) -> ANY", "The first argument that is known.", 1, -1,
     StaticType::kAny, false, Coalesce},
    {"nullIf", "nullIf(x ANY, y ANY) -> ANY", "x, or null when it equals y.", 2, 2,
     StaticType::kAny, false, NullIf},
    {"exists", "exists(x ANY) -> BOOLEAN", "The same as x IS KNOWN.", 1, 1, StaticType::kBoolean,
     false, Exists},
    {"valueType", "valueType(x ANY) -> STRING", "The name of its type, such as 'MONEY'.", 1, 1,
     StaticType::kText, false, ValueType},
};

}  // namespace

std::span<const ScalarFunction> ListFunctions() { return kFunctions; }

}  // namespace sightline::query
