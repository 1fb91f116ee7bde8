#include "server/auth/method_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

namespace sightline::server {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;

// The tests run in the root of the source tree. Read from the text, so that a service in a file
// that DeclaredMethods does not know of is missed here.
std::vector<std::string> MethodsInProtoFiles() {
  std::vector<std::string> methods;
  for (const auto& entry : std::filesystem::directory_iterator("proto/sightline/v1")) {
    std::ifstream file(entry.path());
    std::string service;
    const std::regex service_line(R"(^service (\w+))"), rpc_line(R"(^\s*rpc (\w+)\()");
    for (std::string line; std::getline(file, line);) {
      std::smatch match;
      if (std::regex_search(line, match, service_line)) service = match[1];
      if (std::regex_search(line, match, rpc_line)) {
        methods.push_back("/sightline.v1." + service + "/" + match[1].str());
      }
    }
  }
  return methods;
}

TEST(MethodTable, DeclaredMethodsAreThoseOfTheProtoFiles) {
  ASSERT_FALSE(MethodsInProtoFiles().empty());
  EXPECT_THAT(DeclaredMethods(), UnorderedElementsAreArray(MethodsInProtoFiles()));
}

TEST(MethodTable, HasAnEntryForEachMethod) {
  EXPECT_TRUE(CheckMethodTable(MethodTable()).ok()) << CheckMethodTable(MethodTable()).ToString();
}

TEST(MethodTable, EachMissingEntryIsFound) {
  for (size_t i = 0; i < MethodTable().size(); ++i) {
    std::vector<MethodEntry> table = MethodTable();
    const std::string method(table[i].method);
    table.erase(table.begin() + static_cast<long>(i));
    const Status status = CheckMethodTable(table);
    EXPECT_EQ(status.code(), StatusCode::kInternal);
    EXPECT_THAT(MessageOf(status), HasSubstr(method));
  }
}

TEST(MethodTable, AnEntryForNoMethodIsFound) {
  std::vector<MethodEntry> table = MethodTable();
  table.push_back({"/sightline.v1.QueryService/DropEverything", Permission::kRead});
  EXPECT_EQ(CheckMethodTable(table).code(), StatusCode::kInternal);
}

TEST(MethodTable, DeniesWhatItDoesNotName) {
  EXPECT_FALSE(PermissionFor("/sightline.v1.QueryService/DropEverything").has_value());
  EXPECT_FALSE(PermissionFor("").has_value());
  EXPECT_FALSE(PermissionFor("/sightline.v1.QueryService/executequery").has_value());
}

}  // namespace
}  // namespace sightline::server
