#include "storage/base/status.h"

#include <gtest/gtest.h>

#include <memory>

namespace sightline {
namespace {

TEST(Status, KeepsCodeAndMessage) {
  const Status status = NotFound("No such class: '{}'", "Optics");
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_EQ(MessageOf(status), "No such class: 'Optics'");
}

Status PassOn(const Status& status, bool* went_on) {
  SL_RETURN_IF_ERROR(status);
  *went_on = true;
  return OkStatus();
}

TEST(Status, ReturnIfErrorReturnsOnlyErrors) {
  bool went_on = false;
  EXPECT_EQ(PassOn(DataLoss("damaged"), &went_on).code(), StatusCode::kDataLoss);
  EXPECT_FALSE(went_on);
  EXPECT_TRUE(PassOn(OkStatus(), &went_on).ok());
  EXPECT_TRUE(went_on);
}

StatusOr<int> Twice(StatusOr<std::unique_ptr<int>> number) {
  SL_ASSIGN_OR_RETURN(const std::unique_ptr<int> owned, std::move(number));
  return *owned * 2;
}

TEST(Status, AssignOrReturnMovesTheValueOut) {
  EXPECT_EQ(*Twice(std::make_unique<int>(21)), 42);
  EXPECT_EQ(Twice(Unavailable("later")).status().code(), StatusCode::kUnavailable);
}

}  // namespace
}  // namespace sightline
