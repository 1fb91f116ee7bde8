// ResultWriter: a result in one of the output formats, written as its batches arrive.

#pragma once

#include <memory>

#include "clients/cli/options.h"
#include "clients/cli/output.h"
#include "clients/cpp/result_batch.h"
#include "sightline/v1/query_service.pb.h"

namespace sightline::cli {

// Thread safety: one thread at a time. Calls come in this order: Begin, Add..., End. After an error
// End is not called, so that a cut-off JSON array cannot be taken for a whole one.
class ResultWriter {
 public:
  virtual ~ResultWriter() = default;
  virtual void Begin(const v1::ResultHeader& header) = 0;
  // `cards` are those of the batches so far; the same object at each call.
  virtual void Add(client::ResultBatch batch, const client::NodeCards& cards) = 0;
  virtual void End(const client::NodeCards& cards) = 0;
};

// Borrows `out`, which must outlive the writer.
std::unique_ptr<ResultWriter> MakeResultWriter(const OutputOptions& options, Output* out);

}  // namespace sightline::cli
