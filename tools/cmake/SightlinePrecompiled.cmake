# The headers of others that most tests include, compiled once for all of them
# (docs/decisions/0006-precompiled-headers.md). None of ours is among them, so that an edit of ours
# never makes every test new.
#
# SIGHTLINE_PRECOMPILED=OFF, as with sanitizers and other compilers, compiles without: then a test
# that misses an #include fails.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT SIGHTLINE_SANITIZE)
  option(SIGHTLINE_PRECOMPILED "Precompile the headers of libraries for the tests" ON)
else()
  option(SIGHTLINE_PRECOMPILED "Precompile the headers of libraries for the tests" OFF)
endif()

# A precompiled header fits only sources that are compiled with its macros and options: these are
# what libraries bring that some tests link and others do not. With one, GCC 12 sees more of
# std::string's own code, and warns of bounds there that no string passes (GCC bug 105651).
set(SIGHTLINE_PRECOMPILED_OPTIONS
  -DFMT_SHARED -pthread -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)

# The library that the tests' precompiled header is of.
function(sightline_precompile_test_headers)
  if(NOT SIGHTLINE_PRECOMPILED)
    return()
  endif()
  file(WRITE ${CMAKE_BINARY_DIR}/precompiled/test_headers.cc "")
  add_library(sightline_test_headers OBJECT ${CMAKE_BINARY_DIR}/precompiled/test_headers.cc)
  target_compile_options(sightline_test_headers PRIVATE
    ${SIGHTLINE_WARNINGS} ${SIGHTLINE_TEST_OPTIONS} ${SIGHTLINE_PRECOMPILED_OPTIONS})
  target_link_libraries(sightline_test_headers PRIVATE
    GTest::gmock GTest::gtest gRPC::grpc++ fmt::fmt absl::statusor absl::flat_hash_map)
  target_precompile_headers(sightline_test_headers PRIVATE
    <algorithm> <array> <atomic> <chrono> <condition_variable> <cstdint> <filesystem> <fstream> <functional>
    <iostream> <limits> <map> <memory> <mutex> <optional> <random> <set> <span> <sstream> <string>
    <string_view> <thread> <tuple> <unordered_map> <unordered_set> <utility> <variant> <vector>
    <absl/container/flat_hash_map.h> <absl/status/status.h> <absl/status/statusor.h>
    <absl/strings/str_cat.h> <fmt/format.h> <gmock/gmock.h> <gtest/gtest.h>
    <google/protobuf/generated_message_reflection.h> <google/protobuf/generated_message_util.h>
    <google/protobuf/map.h> <google/protobuf/map_entry.h> <google/protobuf/map_field_inl.h>
    <google/protobuf/message.h> <google/protobuf/repeated_field.h>
    <google/protobuf/unknown_field_set.h> <grpcpp/grpcpp.h>)
endfunction()

function(sightline_use_test_headers target)
  if(SIGHTLINE_PRECOMPILED)
    target_compile_options(${target} PRIVATE ${SIGHTLINE_PRECOMPILED_OPTIONS})
    target_precompile_headers(${target} REUSE_FROM sightline_test_headers)
  endif()
endfunction()
