// Feeds arbitrary bytes to the decoders of what the store keeps of statements: records, heads,
// contexts, retractions, segments of columns, definitions. Holds them to: no crash, no
// byte read beyond, and what they take is what the encoders write.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "storage/base/check.h"
#include "storage/catalog/encoding.h"
#include "storage/statements/statement_codec.h"
#include "storage/statements/statement_table.h"

namespace sightline::storage {
namespace {

void CheckRecord(std::string_view bytes) {
  const StatusOr<StatementHead> head = DecodeStatementHead(bytes);
  const StatusOr<StatementRecord> record = DecodeStatement(bytes);
  if (!record.ok()) return;
  SL_CHECK(head.ok() && head->context_number == record->context_number &&
           head->revision == record->revision && head->valid == record->content.valid &&
           head->polarity == record->content.polarity);
  const std::string again =
      record->facts_inline
          ? EncodeStatement(record->content, record->context_number, record->revision)
          : EncodeStatementOfRuns(record->content, record->context_number, record->revision,
                                  record->subjects);
  SL_CHECK(again == bytes);
}

void CheckBytes(std::string_view bytes) {
  CheckRecord(bytes);
  if (const auto context = DecodeContext(bytes); context.ok()) {
    SL_CHECK(EncodeContext(*context) == bytes);
  }
  if (const auto retraction = DecodeRetraction(bytes); retraction.ok()) {
    SL_CHECK(EncodeRetraction(retraction->revision, retraction->reason) == bytes);
  }
  if (const auto definition = DecodeDefinition(bytes); definition.ok()) {
    const std::string again =
        std::visit([](const auto& any) { return EncodeDefinition(any); }, *definition);
    const auto twice = DecodeDefinition(again);
    SL_CHECK(twice.ok() && twice->index() == definition->index());
  }
  StatementTable table;
  (void)table.LoadSegment(bytes, UINT32_MAX);
}

}  // namespace
}  // namespace sightline::storage

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sightline::storage::CheckBytes({reinterpret_cast<const char*>(data), size});
  return 0;
}
