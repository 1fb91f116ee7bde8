// Runs every .slt file of this folder in every kind of session that this program knows. With
// SIGHTLINE_REWRITE=1 the kind "default" writes what it got into the files.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "tests/conformance/session.h"
#include "tests/conformance/slt_file.h"

namespace sightline::conformance {
namespace {

std::string Joined(const std::vector<std::string>& lines, const char* separator = "\n") {
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : separator) + line;
  return out;
}

std::vector<std::string> SplitAtCommas(const std::string& text) {
  std::vector<std::string> parts;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::string FileText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

class SltTest : public testing::Test {
 public:
  SltTest(std::string path, SessionKind kind) : path_(std::move(path)), kind_(std::move(kind)) {}

  void TestBody() override {
    auto file = ReadSltFile(path_);
    ASSERT_TRUE(file.ok()) << file.status();
    auto session = kind_.open();
    ASSERT_TRUE(session.ok()) << session.status();
    session_ = *std::move(session);
    if (std::any_of(file->records.begin(), file->records.end(), [](const SltRecord& record) {
          return record.kind == SltRecord::Kind::kClock;
        })) {
      // Before all that the file will set.
      SetClock("2000-01-01T00:00:00Z");
      if (IsSkipped()) return;
    }
    // A later record must not run on what an earlier one failed to make.
    for (SltRecord& record : file->records) {
      SCOPED_TRACE(path_ + ":" + std::to_string(record.line));
      Run(&record);
      if (HasFatalFailure() || IsSkipped()) break;
    }
    if (rewrite_) Rewrite(*file);
  }

 private:
  void Run(SltRecord* record) {
    switch (record->kind) {
      case SltRecord::Kind::kLoad:
        for (const std::string& name : record->words) {
          const std::string path = "examples/article/" + name + ".slql";
          const std::string text = FileText(path);
          ASSERT_FALSE(text.empty()) << path;
          const Outcome outcome = session_->Run(text, {});
          ASSERT_EQ(outcome.error_code, "") << path << ": " << outcome.error_text;
        }
        return;
      case SltRecord::Kind::kUser: {
        User user;
        if (const std::string label = record->Option("clearance"); !label.empty()) {
          user.clearance = "TLP:" + label;
        }
        user.authorizations = record->Option("authorizations");
        const Status status = session_->SetUser(user);
        ASSERT_TRUE(status.ok()) << status;
        return;
      }
      case SltRecord::Kind::kClock: {
        ASSERT_EQ(record->words.size(), 1u);
        SetClock(record->words[0]);
        return;
      }
      case SltRecord::Kind::kRestart: {
        const Status status = session_->Restart();
        ASSERT_TRUE(status.ok()) << status;
        return;
      }
      case SltRecord::Kind::kStatement:
      case SltRecord::Kind::kPending: {
        const Outcome outcome = RunText(*record);
        const bool pending = record->kind == SltRecord::Kind::kPending;
        if (!pending && record->Has("ok")) {
          ASSERT_EQ(outcome.error_code, "") << outcome.error_text;
          return;
        }
        ASSERT_FALSE(record->words.empty()) << "which error?";
        EXPECT_EQ(outcome.error_code, pending ? record->words[0] : record->words.back())
            << outcome.error_text
            << (pending ? "\nIs it implemented now? Then write the rows it should give." : "");
        if (!record->Option("at").empty() && kind_.same_text) {
          EXPECT_EQ(outcome.error_place, record->Option("at")) << outcome.error_text;
        }
        return;
      }
      case SltRecord::Kind::kQuery:
        RunQuery(record);
        return;
    }
  }

  void SetClock(const std::string& instant) {
    const Status status = session_->SetClock(instant);
    if (status.code() == StatusCode::kUnimplemented) GTEST_SKIP() << status;
    ASSERT_TRUE(status.ok()) << status;
  }

  Outcome RunText(const SltRecord& record) {
    std::map<std::string, std::string> parameters;
    for (const auto& [key, value] : record.options) {
      if (key.rfind("param:", 0) == 0) parameters[key.substr(6)] = value;
    }
    return session_->Run(record.text, parameters);
  }

  void RunQuery(SltRecord* record) {
    Outcome outcome = RunText(*record);
    ASSERT_EQ(outcome.error_code, "") << outcome.error_text;
    if (!record->Has("ordered")) std::sort(outcome.rows.begin(), outcome.rows.end());
    if (rewrite_) {
      record->rows = outcome.rows;
      return;
    }
    std::vector<std::string> expected = record->rows;
    if (!record->Has("ordered")) std::sort(expected.begin(), expected.end());
    EXPECT_EQ(Joined(outcome.rows), Joined(expected)) << record->text;
    if (const std::string columns = record->Option("columns"); !columns.empty()) {
      EXPECT_EQ(Joined(outcome.columns, ","), columns);
    }
    if (record->options.count("notices") != 0) {
      EXPECT_EQ(outcome.notices, SplitAtCommas(record->Option("notices")));
    }
  }

  void Rewrite(const SltFile& file) {
    std::ofstream out(path_, std::ios::binary);
    size_t next = 0;  // Index of the first line that is not written yet.
    for (const SltRecord& record : file.records) {
      if (record.kind != SltRecord::Kind::kQuery) continue;
      for (; next < static_cast<size_t>(record.rows_begin) - 1; ++next)
        out << file.lines[next] << "\n";
      for (const std::string& row : record.rows) out << row << "\n";
      if (record.rows.empty()) out << "(none)\n";
      next = static_cast<size_t>(record.rows_end) - 1;
    }
    for (; next < file.lines.size(); ++next) out << file.lines[next] << "\n";
  }

  const std::string path_;
  const SessionKind kind_;
  const bool rewrite_ = std::getenv("SIGHTLINE_REWRITE") != nullptr && kind_.name == "default";
  std::unique_ptr<Session> session_;
};

void RegisterFiles(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".slt") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  for (const SessionKind& kind : SessionKinds()) {
    for (const std::string& path : paths) {
      const std::string name = path.substr(folder.size() + 1);
      testing::RegisterTest(kind.name.c_str(), name.c_str(), nullptr, nullptr, path.c_str(), 1,
                            [path, kind]() -> testing::Test* { return new SltTest(path, kind); });
    }
  }
}

}  // namespace
}  // namespace sightline::conformance

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  sightline::conformance::RegisterFiles("tests/conformance");
  return RUN_ALL_TESTS();
}
