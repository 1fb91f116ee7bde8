#include "server/daemon/metric_sources.h"

#include <sys/statvfs.h>

namespace sightline::server {
namespace {

using enum MetricKind;

constexpr double kMicrosPerSecond = 1e6;
constexpr const char* kLanes[] = {"read", "write"};  // By Lane.

template <typename Number>
double D(Number number) {
  return static_cast<double>(number);
}

void AddCompactionMetrics(const storage::StoreStatistics& store, MetricSink* sink) {
  const storage::CompactionStatistics& compaction = store.compaction;
  sink->Add(kGauge, "sightline_compaction_due_quads",
            "Quads of the delta that wait to be folded into a run", D(store.delta_quads));
  sink->Add(kGauge, "sightline_compaction_due_runs", "Runs that wait to be merged",
            D(compaction.runs_to_merge));
  sink->Add(kGauge, "sightline_compaction_fold_quads",
            "Quads of the delta from which on it is folded", D(compaction.fold_at));
  sink->Add(kGauge, "sightline_compaction_running", "Whether it works now",
            D(compaction.is_running));
  sink->Add(kGauge, "sightline_compaction_failing", "Whether its last attempt failed",
            D(!store.compaction_status.ok()));
  sink->Add(kCounter, "sightline_compaction_folds_total", "Deltas folded into runs",
            D(compaction.folds));
  sink->Add(kCounter, "sightline_compaction_merges_total", "Merges of runs", D(compaction.merges));
  sink->Add(kCounter, "sightline_compaction_written_quads_total", "Quads written by it",
            D(compaction.quads_written));
  sink->Add(kCounter, "sightline_compaction_written_bytes_total", "Bytes written by it",
            D(compaction.bytes_written));
  sink->Add(kCounter, "sightline_compaction_seconds_total", "Time that it took, pauses included",
            D(compaction.micros) / kMicrosPerSecond);
}

void AddActivityMetrics(const storage::KvActivity& activity, MetricSink* sink) {
  sink->Add(kCounter, "sightline_block_cache_hits_total", "Table blocks that were in the cache",
            D(activity.cache_hits));
  sink->Add(kCounter, "sightline_block_cache_misses_total",
            "Table blocks that were read from the disk", D(activity.cache_misses));
  sink->Add(kGauge, "sightline_block_cache_bytes", "Bytes in the cache of table blocks",
            D(activity.cache_bytes));
  sink->Add(kGauge, "sightline_block_cache_limit_bytes", "Bytes that may be in it",
            D(activity.cache_bytes_max));
  sink->Add(kCounter, "sightline_wal_bytes_total", "Bytes written to the log",
            D(activity.log_bytes));
  sink->Add(kCounter, "sightline_wal_syncs_total", "Syncs of the log that commits waited for",
            D(activity.log_syncs));
  sink->Add(kCounter, "sightline_wal_sync_seconds_total", "Time that they waited for them",
            D(activity.log_sync_micros) / kMicrosPerSecond);
}

}  // namespace

void AddStoreMetrics(const storage::Store& store, const std::string& directory, MetricSink* sink) {
  const storage::StoreStatistics statistics = store.Statistics();
  sink->Add(kGauge, "sightline_store_revision", "The newest revision",
            D(statistics.revision.value));
  sink->Add(kGauge, "sightline_store_statements", "Statements recorded", D(statistics.statements));
  sink->Add(kGauge, "sightline_store_quads", "Facts recorded", D(statistics.quads));
  sink->Add(kGauge, "sightline_store_terms", "Terms in the dictionary", D(statistics.terms));
  sink->Add(kGauge, "sightline_store_runs", "Runs of compressed quads", D(statistics.runs));
  sink->Add(kGauge, "sightline_store_takes_writes",
            "0: the disk is full or fails, and the store is read-only until it is well",
            D(statistics.read_only_reason.empty()));
  sink->Add(kGauge, "sightline_store_bytes", "Bytes of its files", D(statistics.disk_bytes));
  for (const storage::KvFamilyBytes& family : statistics.families) {
    sink->Add(kGauge, "sightline_store_family_bytes", "Bytes of its table files, by kind of data",
              D(family.disk_bytes), {{"family", std::string(family.name)}});
  }
  struct statvfs disk {};
  if (::statvfs(directory.c_str(), &disk) == 0) {
    sink->Add(kGauge, "sightline_disk_free_bytes", "Free for us on the store's file system",
              D(disk.f_bavail) * D(disk.f_frsize));
    sink->Add(kGauge, "sightline_disk_size_bytes", "Size of that file system",
              D(disk.f_blocks) * D(disk.f_frsize));
  }
  AddCompactionMetrics(statistics, sink);
  AddActivityMetrics(statistics.activity, sink);
}

void AddWorkMetrics(const Admission& admission, const CallRegistry& calls,
                    const storage::MemoryBudget& memory, MetricSink* sink) {
  const AdmissionStatistics statistics = admission.Statistics();
  const auto add = [&](MetricKind kind, const char* name, const char* help, auto value) {
    for (size_t lane = 0; lane < statistics.lanes.size(); ++lane) {
      sink->Add(kind, name, help, D(value(statistics.lanes[lane])), {{"lane", kLanes[lane]}});
    }
  };
  using OfLane = AdmissionStatistics::OfLane;
  add(kGauge, "sightline_queue_length", "Requests that wait for their turn",
      [](const OfLane& lane) { return lane.queued; });
  add(kGauge, "sightline_queue_running", "Requests that work at the moment",
      [](const OfLane& lane) { return lane.running; });
  add(kCounter, "sightline_queue_refused_total", "Requests turned away because it was full",
      [](const OfLane& lane) { return lane.refused; });
  sink->Add(kGauge, "sightline_results_open", "Results being computed, or waiting for a reader",
            D(statistics.results_open));
  sink->Add(kGauge, "sightline_rpc_running", "Calls that have not ended", D(calls.running()));
  sink->Add(kCounter, "sightline_rpc_stalled_total", "Calls cut because their client did not move",
            D(calls.stalled()));
  sink->Add(kGauge, "sightline_query_memory_bytes", "Memory that queries hold together",
            D(memory.bytes_held()));
  sink->Add(kGauge, "sightline_query_memory_limit_bytes", "Memory that they may hold together",
            D(memory.bytes_max()));
}

void AddConnectionMetrics(const ConnectionAcceptor& acceptor, MetricSink* sink) {
  const AcceptorStatistics statistics = acceptor.Statistics();
  sink->Add(kGauge, "sightline_connections_open", "TCP connections", D(statistics.open));
  sink->Add(kGauge, "sightline_connections_waiting", "Those of them that have made no call yet",
            D(statistics.waiting));
  sink->Add(kCounter, "sightline_connections_accepted_total", "TCP connections accepted",
            D(statistics.accepted));
  sink->Add(kCounter, "sightline_connections_refused_total", "Those for which there was no place",
            D(statistics.refused));
  sink->Add(kCounter, "sightline_connections_evicted_total",
            "Idle ones that were closed to make place", D(statistics.evicted));
  sink->Add(kCounter, "sightline_connections_ended_idle_total",
            "Those that were idle for as long as one may be", D(statistics.ended_idle));
  sink->Add(kCounter, "sightline_connections_cut_total",
            "Those of attackers, of the silent, and of certificates that do not count any more",
            D(statistics.cut));
  for (const auto& [reason, count] : statistics.cut_by_reason) {
    sink->Add(kCounter, "sightline_connections_cut_by_reason_total", "The same, by reason",
              D(count), {{"reason", reason}});
  }
}

void AddTlsMetrics(const TlsContext* tls, MetricSink* sink) {
  sink->Add(kGauge, "sightline_tls_certificate_expiry_timestamp_seconds",
            "When the server's certificate ends, in seconds since 1970; 0: it has none",
            D(tls == nullptr ? 0 : tls->expire_seconds()));
}

void AddAuditMetrics(const AuditLog& audit, MetricSink* sink) {
  sink->Add(kCounter, "sightline_audit_records_total", "Records written to the audit log",
            D(audit.records()));
  sink->Add(kGauge, "sightline_audit_failing", "1: the last one could not be written",
            D(audit.is_failing()));
}

void AddLogMetrics(const Log& log, const LoginGuard& logins, MetricSink* sink) {
  sink->Add(kCounter, "sightline_log_dropped_lines_total", "Log lines that nobody took",
            D(log.dropped()));
  sink->Add(kCounter, "sightline_log_omitted_lines_total",
            "Log lines left out because there were too many of their kind", D(log.omitted()));
  sink->Add(kGauge, "sightline_login_locked_addresses", "Addresses that are locked out",
            D(logins.locked_hosts()));
}

}  // namespace sightline::server
