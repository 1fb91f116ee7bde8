// ResultWriter: a result in one of the output formats, written as its batches arrive.

#pragma once

#include <memory>
#include <string>

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
  // Why the result cannot be written in this format; empty while it can. Asked after each Add;
  // nothing more is added then, and End is not called.
  virtual std::string failure() const { return ""; }
  // Whether what may still come is of no interest: nothing more is added then either.
  virtual bool is_done() const { return false; }
};

// The writer of `options.format`; on a terminal, plans are drawn as trees where tables are asked
// for. Borrows `out`, which must outlive the writer.
std::unique_ptr<ResultWriter> MakeResultWriter(const OutputOptions& options,
                                               const v1::ResultHeader& header, Output* out);

}  // namespace sightline::cli
