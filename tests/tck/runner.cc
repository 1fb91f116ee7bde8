// tck_runner: runs feature files of the openCypher TCK against the engine.
//
//   tck_runner [--list FILE]... [--failures FILE] [--only TEXT] [--verbose] [PATH]...
//
// A PATH is a feature file or a folder, which is walked; without one it is opencypher-tck in the
// shared data folder (SIGHTLINE_SHARED_DATA, else ../shared/data). Reports by area (the folder of a
// file) and closes with "N passed, N failed, N skipped". Ends with 0 when nothing failed but what a
// --list names, 1 when something else did, 2 when it was called wrongly.
//
// A list has a line a scenario, separated by tabs: what is done with it (skip, or fail: it is known
// to fail), file, name, number of the example (* for all) and the reason. Lines with # are
// comments.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tck/gherkin.h"
#include "tests/tck/scenario_runner.h"

namespace sightline::tck {
namespace {

namespace fs = std::filesystem;

struct Listed {
  bool skip = false;
  std::string reason;
};

struct Options {
  std::vector<std::string> lists, paths;
  std::string failures, only;
  bool verbose = false;
};

struct Tally {
  int passed = 0, failed = 0, skipped = 0;
  int positive = 0, positive_passed = 0, negative = 0, negative_passed = 0;

  void Add(const Tally& other) {
    passed += other.passed;
    failed += other.failed;
    skipped += other.skipped;
    positive += other.positive;
    positive_passed += other.positive_passed;
    negative += other.negative;
    negative_passed += other.negative_passed;
  }
};

// "clauses/match" of ".../features/clauses/match/Match1.feature"; without such a folder the parent.
std::string AreaOf(const fs::path& file) {
  fs::path area;
  bool inside = false;
  for (const fs::path& part : file.parent_path()) {
    if (inside) area /= part;
    if (part == "features") {
      inside = true;
      area.clear();
    }
  }
  return inside && !area.empty() ? area.string() : file.parent_path().filename().string();
}

// Of the suite that the file is in: graphs lies beside features.
std::string GraphsOf(const fs::path& file) {
  for (fs::path at = file.parent_path(); at.has_relative_path(); at = at.parent_path()) {
    if (fs::exists(at / "graphs")) return (at / "graphs").string();
  }
  return {};
}

std::string Key(const std::string& file, const std::string& name, const std::string& example) {
  return file + "\t" + name + "\t" + example;
}

bool ReadList(const std::string& path, std::map<std::string, Listed>* listed) {
  std::ifstream in(path);
  if (!in) {
    std::cerr << "there is no list " << path << "\n";
    return false;
  }
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::vector<std::string> fields;
    std::stringstream stream(line);
    for (std::string field; std::getline(stream, field, '\t');) fields.push_back(field);
    if (fields.size() != 5 || (fields[0] != "skip" && fields[0] != "fail")) {
      std::cerr << path << ": no line of a list: " << line << "\n";
      return false;
    }
    (*listed)[Key(fields[1], fields[2], fields[3])] = {fields[0] == "skip", fields[4]};
  }
  return true;
}

class Runner {
 public:
  Runner(const Options& options, std::map<std::string, Listed> listed)
      : options_(options), listed_(std::move(listed)) {}

  bool RunFile(const fs::path& file) {
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    const StatusOr<Feature> feature = ParseFeature(text.str());
    if (!in || !feature.ok()) {
      std::cerr << file.string() << ": "
                << (feature.ok() ? "cannot be read" : MessageOf(feature.status())) << "\n";
      return false;
    }
    ScenarioRunner runner(GraphsOf(file));
    const std::string area = AreaOf(file);
    for (const Scenario& scenario : feature->scenarios) {
      const std::string title =
          fmt::format("{}/{}: {}{}", area, file.filename().string(), scenario.name,
                      scenario.example > 0 ? fmt::format(" (example {})", scenario.example) : "");
      if (!options_.only.empty() && title.find(options_.only) == std::string::npos) continue;
      Count(area, file.filename().string(), scenario, title, RunOne(&runner, scenario));
    }
    return true;
  }

  void Report() {
    fmt::print("{:<36} {:>7} {:>7} {:>8}   {:>11} {:>11}\n", "area", "passed", "failed", "skipped",
               "positive", "negative");
    Tally all;
    for (const auto& [area, tally] : tallies_) {
      Print(area, tally);
      all.Add(tally);
    }
    Print("all", all);
    fmt::print("\nskipped, by reason:\n");
    for (const auto& [reason, count] : skips_) fmt::print("  {:>5}  {}\n", count, reason);
    if (known_ > 0) fmt::print("\n{} of the failures are on the list of known ones\n", known_);
    if (!surprises_.empty()) {
      fmt::print("\non the list as failing, but passed:\n");
      for (const std::string& title : surprises_) fmt::print("  {}\n", title);
    }
    fmt::print("\n{} passed, {} failed, {} skipped\n", all.passed, all.failed, all.skipped);
    failed_ = all.failed - known_;
  }

  void WriteFailures() const {
    if (options_.failures.empty()) return;
    std::ofstream out(options_.failures);
    for (const std::string& line : failure_lines_) out << line << "\n";
  }

  bool ok() const { return failed_ == 0; }

 private:
  static Outcome RunOne(ScenarioRunner* runner, const Scenario& scenario) {
    try {
      return runner->Run(scenario);
    } catch (const std::exception& error) {
      return {.kind = Outcome::Kind::kFailed, .reason = error.what(), .negative = false};
    }
  }

  const Listed* Find(const std::string& file, const Scenario& scenario) const {
    for (const std::string& example : {std::to_string(scenario.example), std::string("*")}) {
      const auto found = listed_.find(Key(file, scenario.name, example));
      if (found != listed_.end()) return &found->second;
    }
    return nullptr;
  }

  void Count(const std::string& area, const std::string& file, const Scenario& scenario,
             const std::string& title, Outcome outcome) {
    Tally& tally = tallies_[area];
    const Listed* const listed = Find(area + "/" + file, scenario);
    const bool meant = outcome.kind != Outcome::Kind::kSkipped;
    const bool passed = outcome.kind == Outcome::Kind::kPassed;
    if (meant) {
      ++(outcome.negative ? tally.negative : tally.positive);
      if (passed) ++(outcome.negative ? tally.negative_passed : tally.positive_passed);
    }
    if (outcome.kind == Outcome::Kind::kFailed && listed != nullptr && listed->skip) {
      outcome.kind = Outcome::Kind::kSkipped;
      outcome.reason = "listed: " + listed->reason;
    }
    switch (outcome.kind) {
      case Outcome::Kind::kPassed:
        ++tally.passed;
        if (listed != nullptr) surprises_.push_back(title);
        break;
      case Outcome::Kind::kSkipped:
        ++tally.skipped;
        ++skips_[outcome.reason];
        break;
      case Outcome::Kind::kFailed:
        ++tally.failed;
        if (listed != nullptr) ++known_;
        failure_lines_.push_back(fmt::format("fail\t{}/{}\t{}\t{}\t{}", area, file, scenario.name,
                                             scenario.example,
                                             outcome.reason.substr(0, outcome.reason.find('\n'))));
        if (listed == nullptr || options_.verbose) {
          fmt::print("FAILED {}\n    {}\n", title, outcome.reason);
        }
        break;
    }
    if (options_.verbose && outcome.kind != Outcome::Kind::kFailed) {
      fmt::print("{} {}{}\n", passed ? "passed" : "skipped", title,
                 passed ? "" : ": " + outcome.reason);
    }
  }

  static void Print(const std::string& area, const Tally& tally) {
    fmt::print("{:<36} {:>7} {:>7} {:>8}   {:>11} {:>11}\n", area, tally.passed, tally.failed,
               tally.skipped, fmt::format("{}/{}", tally.positive_passed, tally.positive),
               fmt::format("{}/{}", tally.negative_passed, tally.negative));
  }

  const Options& options_;
  const std::map<std::string, Listed> listed_;
  std::map<std::string, Tally> tallies_;
  std::map<std::string, int> skips_;
  std::vector<std::string> surprises_, failure_lines_;
  int known_ = 0;
  int failed_ = 0;
};

int Main(int argc, char** argv) {
  // What failed is to be seen while the rest still runs.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const bool has_value = i + 1 < argc;
    if (argument == "--verbose") {
      options.verbose = true;
    } else if (argument == "--list" && has_value) {
      options.lists.emplace_back(argv[++i]);
    } else if (argument == "--failures" && has_value) {
      options.failures = argv[++i];
    } else if (argument == "--only" && has_value) {
      options.only = argv[++i];
    } else if (argument.starts_with("--")) {
      std::cerr << "usage: tck_runner [--list FILE]... [--failures FILE] [--only TEXT] [--verbose] "
                   "[PATH]...\n";
      return 2;
    } else {
      options.paths.push_back(argument);
    }
  }
  std::map<std::string, Listed> listed;
  for (const std::string& list : options.lists) {
    if (!ReadList(list, &listed)) return 2;
  }
  if (options.paths.empty()) {
    const char* shared = std::getenv("SIGHTLINE_SHARED_DATA");
    options.paths.push_back(
        (fs::path(shared != nullptr ? shared : "../shared/data") / "opencypher-tck").string());
  }
  std::vector<fs::path> files;
  for (const std::string& path : options.paths) {
    if (!fs::exists(path)) continue;
    if (!fs::is_directory(path)) {
      files.emplace_back(fs::canonical(path));
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(fs::canonical(path))) {
      if (entry.path().extension() == ".feature") files.push_back(entry.path());
    }
  }
  if (files.empty()) {
    fmt::print("skipped: there are no feature files of the openCypher TCK at {}\n",
               fmt::join(options.paths, " "));
    fmt::print("0 passed, 0 failed, 0 skipped\n");
    return 0;
  }
  std::sort(files.begin(), files.end());
  Runner runner(options, std::move(listed));
  bool read = true;
  for (const fs::path& file : files) read &= runner.RunFile(file);
  runner.Report();
  runner.WriteFailures();
  return read && runner.ok() ? 0 : 1;
}

}  // namespace
}  // namespace sightline::tck

int main(int argc, char** argv) { return sightline::tck::Main(argc, argv); }
