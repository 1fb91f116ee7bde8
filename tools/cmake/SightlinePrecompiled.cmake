# The headers of others that most sources include, compiled once for all of them
# (docs/decisions/0006-precompiled-headers.md): three sets, for modules, for modules that speak gRPC,
# and for tests. None of ours is among them, so that an edit of ours never makes everything new.
#
# SIGHTLINE_PRECOMPILED=OFF, as with sanitizers and other compilers, compiles without: then a source
# that misses an #include fails.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT SIGHTLINE_SANITIZE)
  option(SIGHTLINE_PRECOMPILED "Precompile the headers of libraries" ON)
else()
  option(SIGHTLINE_PRECOMPILED "Precompile the headers of libraries" OFF)
endif()

# A precompiled header fits only sources that are compiled with its macros and options: these are
# what libraries bring that some targets link and others do not. With one, GCC 12 sees more of
# std::string's own code, and warns of bounds there that no string passes (GCC bug 105651).
set(SIGHTLINE_PRECOMPILED_OPTIONS
  -DFMT_SHARED -pthread -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)

set(SIGHTLINE_MODULE_HEADERS
  <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <cstdint> <filesystem> <fstream> <functional>
  <limits> <map> <memory> <mutex> <optional> <set> <span> <sstream> <string> <string_view> <thread> <tuple>
  <unordered_map> <unordered_set> <utility> <variant> <vector>
  <absl/container/flat_hash_map.h> <absl/container/flat_hash_set.h> <absl/status/status.h> <absl/status/statusor.h>
  <absl/strings/str_cat.h> <fmt/format.h>)
set(SIGHTLINE_RPC_HEADERS
  ${SIGHTLINE_MODULE_HEADERS}
  <google/protobuf/generated_message_reflection.h> <google/protobuf/generated_message_util.h>
  <google/protobuf/map.h> <google/protobuf/map_entry.h> <google/protobuf/map_field_inl.h>
  <google/protobuf/message.h> <google/protobuf/repeated_field.h> <google/protobuf/unknown_field_set.h>
  <grpcpp/grpcpp.h>)
set(SIGHTLINE_TEST_HEADERS ${SIGHTLINE_RPC_HEADERS} <iostream> <random> <gmock/gmock.h> <gtest/gtest.h>)

# The library sightline_KIND_headers, which a set of headers is compiled with.
function(sightline_precompile kind)
  cmake_parse_arguments(ARG "" "" "HEADERS;OPTIONS;LINK" ${ARGN})
  if(NOT SIGHTLINE_PRECOMPILED)
    return()
  endif()
  set(source ${CMAKE_BINARY_DIR}/precompiled/${kind}_headers.cc)
  file(WRITE ${source} "")
  add_library(sightline_${kind}_headers OBJECT ${source})
  target_compile_options(sightline_${kind}_headers PRIVATE ${ARG_OPTIONS} ${SIGHTLINE_PRECOMPILED_OPTIONS})
  target_link_libraries(sightline_${kind}_headers PRIVATE ${ARG_LINK})
  target_precompile_headers(sightline_${kind}_headers PRIVATE ${ARG_HEADERS})
endfunction()

function(sightline_use_precompiled target kind)
  if(SIGHTLINE_PRECOMPILED)
    target_compile_options(${target} PRIVATE ${SIGHTLINE_PRECOMPILED_OPTIONS})
    target_precompile_headers(${target} REUSE_FROM sightline_${kind}_headers)
  endif()
endfunction()
