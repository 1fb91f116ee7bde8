#include "server/admin/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/temp_directory.h"

namespace sightline::server {
namespace {

using ::testing::HasSubstr;

struct Outcome {
  AdminExitCode code;
  std::string out;
  std::string errors;
};

std::string TakeText(std::FILE* file) {
  std::string text(static_cast<size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

Outcome RunWords(std::vector<std::string> words) {
  words.insert(words.begin(), "sightline-admin");
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  std::FILE* const out = std::tmpfile();
  std::FILE* const errors = std::tmpfile();
  const AdminExitCode code =
      RunAdmin(static_cast<int>(arguments.size()), arguments.data(), out, errors);
  return {code, TakeText(out), TakeText(errors)};
}

TEST(RunAdmin, MistakesExitWithTwo) {
  const test::TempDirectory directory;
  const std::string store = directory.Child("store");
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {},
           {"frobnicate"},
           {"import", "a.nt"},
           {"import", "--db", store},
           {"import", "--db", store, "a.nt", "--format", "tabular"},
           {"import", "--db", store, "a.nt", "--threads", "0"},
           {"import", "--db", store, "a.nt", "--memory", "much"},
           {"import", "--db", store, "a.nt", "--reject-limit", "-1"},
           {"compact"},
           {"compact", "--db", store, "extra"},
       }) {
    const Outcome outcome = RunWords(words);
    EXPECT_EQ(outcome.code, AdminExitCode::kUsage) << ::testing::PrintToString(words);
    EXPECT_NE(outcome.errors, "") << ::testing::PrintToString(words);
    EXPECT_EQ(outcome.out, "") << ::testing::PrintToString(words);
  }
  EXPECT_FALSE(std::filesystem::exists(store));
}

TEST(RunAdmin, HelpAndVersionAreNoMistakes) {
  EXPECT_EQ(RunWords({"--help"}).code, AdminExitCode::kDone);
  EXPECT_THAT(RunWords({"import", "--help"}).out, HasSubstr("--reject-limit"));
  EXPECT_THAT(RunWords({"--version"}).out, HasSubstr("sightline-admin "));
}

TEST(RunAdmin, ImportsAFileWhoseNameSaysNothing) {
  const test::TempDirectory directory;
  const std::string store = directory.Child("store"), file = directory.Child("data");
  std::ofstream(file) << "<ex:a> <ex:p> <ex:b> .\n";
  const std::vector<std::string> words = {"import",   "--db", store,    file,
                                          "--memory", "8MiB", "--quiet"};
  EXPECT_EQ(RunWords(words).code, AdminExitCode::kFailed);
  std::vector<std::string> with_format = words;
  with_format.insert(with_format.end(), {"--format", "ntriples", "--threads", "1"});
  const Outcome outcome = RunWords(with_format);
  EXPECT_EQ(outcome.code, AdminExitCode::kDone) << outcome.errors;
  EXPECT_THAT(outcome.out, HasSubstr("1 triple of 1 statement"));
  // The store is for its owner alone.
  const auto rights = std::filesystem::status(store).permissions();
  EXPECT_EQ(rights & (std::filesystem::perms::group_all | std::filesystem::perms::others_all),
            std::filesystem::perms::none);
}

}  // namespace
}  // namespace sightline::server
