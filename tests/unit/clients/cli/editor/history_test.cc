#include "clients/cli/editor/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace sightline::cli {
namespace {

using testing::ElementsAre;

class HistoryFileTest : public testing::Test {
 protected:
  HistoryFileTest() {
    std::string name = std::filesystem::temp_directory_path() / "sightline-history-XXXXXX";
    folder_ = mkdtemp(name.data());
    path_ = folder_ / "history";
  }
  ~HistoryFileTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_, path_;
};

TEST_F(HistoryFileTest, KeepsEntriesOfSeveralLinesWhole) {
  {
    History history(path_);
    history.Add("MATCH (a)\nRETURN a;");
    history.Add("RETURN 'c:\\temp\\n';");
  }
  EXPECT_THAT(History(path_).entries(),
              ElementsAre("MATCH (a)\nRETURN a;", "RETURN 'c:\\temp\\n';"));
}

TEST_F(HistoryFileTest, IsForItsOwnerAlone) {
  std::ofstream(path_).close();
  std::filesystem::permissions(path_, std::filesystem::perms::all);
  History(path_).Add("RETURN 1;");
  struct stat entry {};
  ASSERT_EQ(stat(path_.c_str(), &entry), 0);
  EXPECT_EQ(entry.st_mode & 0777, 0600u);
}

TEST_F(HistoryFileTest, TwoShellsAddToIt) {
  History one(path_), other(path_);
  one.Add("RETURN 1;");
  other.Add("RETURN 2;");
  one.Add("RETURN 3;");
  EXPECT_THAT(History(path_).entries(), ElementsAre("RETURN 1;", "RETURN 2;", "RETURN 3;"));
}

TEST_F(HistoryFileTest, LeavesOutWhatIsNotToBeKept) {
  History history(path_);
  history.Add("");
  history.Add("  \n");
  history.Add(" RETURN 'secret';");
  history.Add("RETURN 1;");
  history.Add("RETURN 1;\n");
  history.set_is_kept(false);
  history.Add("RETURN 2;");
  EXPECT_THAT(history.entries(), ElementsAre("RETURN 1;", "RETURN 2;"));
  EXPECT_THAT(History(path_).entries(), ElementsAre("RETURN 1;"));
}

TEST_F(HistoryFileTest, ReadsWhatLibeditWrote) {
  std::ofstream(path_) << "_HiStOrY_V2_\nRETURN\\0401;\n:format\\040csv\n";
  EXPECT_THAT(History(path_).entries(), ElementsAre("RETURN 1;", ":format csv"));
  // It has been written anew, in our way.
  std::ifstream file(path_);
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, "RETURN 1;");
}

TEST_F(HistoryFileTest, KeepsTheNewestOfMany) {
  {
    std::ofstream file(path_);
    for (size_t i = 0; i < 2 * History::kEntriesMax + 1; ++i) file << "RETURN " << i << ";\n";
  }
  EXPECT_EQ(History(path_).entries().size(), History::kEntriesMax);
  EXPECT_EQ(History(path_).entries().back(), "RETURN 10000;");
}

TEST(History, FindsTheNewestBefore) {
  History history("");
  history.Add("MATCH (a) RETURN a;");
  history.Add("RETURN 1;");
  history.Add("match (b) RETURN b;");
  EXPECT_EQ(history.FindBefore(3, "MATCH"), 2u);
  EXPECT_EQ(history.FindBefore(2, "MATCH"), 0u);
  EXPECT_EQ(history.FindBefore(0, "MATCH"), 3u);
}

TEST(History, EncodingComesBack) {
  for (const std::string entry : {"a\nb", "a\\nb", "\\", "a\\040b", "海\n\\\\"}) {
    EXPECT_EQ(DecodeEntry(EncodeEntry(entry)), entry);
  }
}

}  // namespace
}  // namespace sightline::cli
