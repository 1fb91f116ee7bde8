#include "clients/cli/info_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "clients/cli/csv_writer.h"
#include "clients/cli/display_text.h"
#include "clients/cli/exit_code.h"
#include "clients/cli/query_command.h"
#include "clients/cli/value_text.h"

namespace sightline::cli {

int RunInfoCommand(Session* session) {
  if (const int exit_code = session->Open(); exit_code != kExitOk) return exit_code;
  const client::Result<v1::GetServerInfoResponse> info =
      session->connection().ServerInfo({.timeout = session->options().timeout, .cancel = nullptr});
  if (!info.ok()) {
    session->Report(info.error());
    return session->ExitCodeOf(info.error(), false);
  }
  const std::map<std::string, int64_t> limits(info->limits().begin(), info->limits().end());
  const std::vector<std::string> features(info->features().begin(), info->features().end());
  Output& out = session->out();
  const Format format = session->options().output.format;
  if (format == Format::kJson || format == Format::kJsonLines) {
    const nlohmann::ordered_json json = {{"version", info->version()},
                                         {"api_version", info->api_version()},
                                         {"start_time", InstantText(info->start_time())},
                                         {"read_only", info->read_only()},
                                         {"features", features},
                                         {"limits", limits}};
    out.Write(json.dump(format == Format::kJson ? 2 : -1, ' ', false,
                        nlohmann::ordered_json::error_handler_t::replace) +
              "\n");
    return FinishOutput(session, kExitOk);
  }
  std::vector<std::pair<std::string, std::string>> lines = {
      {"version", info->version()},
      {"api_version", info->api_version()},
      {"start_time", InstantText(info->start_time())},
      {"read_only", info->read_only() ? "true" : "false"},
      {"features", fmt::format("{}", fmt::join(features, " "))}};
  for (const auto& [name, limit] : limits) lines.emplace_back(name, std::to_string(limit));
  size_t width = 0;
  for (const auto& [name, value] : lines) width = std::max(width, DisplayWidth(OneLine(name)));
  if (format == Format::kCsv) out.Write("name,value\r\n");
  for (const auto& [name, value] : lines) {
    out.Write(format == Format::kCsv
                  ? CsvField(name, false) + "," + CsvField(value, false) + "\r\n"
                  : fmt::format("{:{}}  {}\n", OneLine(name), width, OneLine(value)));
  }
  return FinishOutput(session, kExitOk);
}

}  // namespace sightline::cli
