#include "storage/kv/engine_log.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/temp_directory.h"

namespace sightline::storage {
namespace {

std::string Content(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

TEST(EngineLog, KeepsWarningsWithTheirTimeAndNoMore) {
  const test::TempDirectory directory;
  const auto log = MakeEngineLog(directory.path());
  rocksdb::Log(rocksdb::InfoLogLevel::INFO_LEVEL, log, "all is well");
  rocksdb::Log(rocksdb::InfoLogLevel::ERROR_LEVEL, log, "no space for %d bytes", 7);
  const std::string content = Content(directory.Child("LOG"));
  EXPECT_EQ(content.find("all is well"), std::string::npos);
  EXPECT_NE(content.find("no space for 7 bytes\n"), std::string::npos) << content;
  EXPECT_TRUE(content.starts_with("20")) << content;
}

TEST(EngineLog, TwoFilesAreAllThereIs) {
  const test::TempDirectory directory;
  const auto log = MakeEngineLog(directory.path());
  const std::string words(3'000, 'x');
  for (int i = 0; i < 1'000; ++i) rocksdb::Warn(log, "%d %s", i, words.c_str());
  EXPECT_LE(std::filesystem::file_size(directory.Child("LOG")), 1u << 20);
  EXPECT_LE(std::filesystem::file_size(directory.Child("LOG.old.1")), 1u << 20);
  EXPECT_NE(Content(directory.Child("LOG")).find(" 999 x"), std::string::npos);
}

TEST(EngineLog, WhatCannotBeWrittenIsLeftOut) {
  const test::TempDirectory directory;
  const std::string path = directory.Child("LOG");
  std::filesystem::create_directory(path);
  const auto log = MakeEngineLog(directory.path());
  rocksdb::Warn(log, "lost");
  std::filesystem::remove(path);
  rocksdb::Warn(log, "kept");
  EXPECT_EQ(Content(path).find("lost"), std::string::npos);
  EXPECT_NE(Content(path).find("kept"), std::string::npos);
}

}  // namespace
}  // namespace sightline::storage
