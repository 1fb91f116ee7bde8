# sightline_module(storage_index SOURCES ... DEPENDS ... LINK ... [RPC])
#
# One static library a module, named after its folder: storage/index is sightline_storage_index.
# DEPENDS names other modules of ours, LINK outside libraries. tests/lint/layers.py checks that the
# #include lines agree with the layers of docs/architecture.md. RPC: most sources include gRPC's headers.
function(sightline_module name)
  cmake_parse_arguments(ARG "RPC" "" "SOURCES;DEPENDS;LINK" ${ARGN})
  add_library(sightline_${name} STATIC ${ARG_SOURCES})
  target_include_directories(sightline_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_compile_options(sightline_${name} PRIVATE ${SIGHTLINE_WARNINGS})
  list(TRANSFORM ARG_DEPENDS PREPEND sightline_)
  target_link_libraries(sightline_${name} PUBLIC ${ARG_DEPENDS} ${ARG_LINK})
  if(ARG_RPC)
    sightline_use_precompiled(sightline_${name} rpc)
  else()
    sightline_use_precompiled(sightline_${name} module)
  endif()
endfunction()

# The tests' own code is optimized less than what it tests: that saves a quarter of compiling it.
set(SIGHTLINE_TEST_OPTIONS $<$<CONFIG:Release>:-O1>)

# sightline_test(storage_index SOURCES ... DEPENDS ... LINK ... LABELS ...)
#
# One GoogleTest binary a module, registered with CTest as a whole (one process start, not one a case).
function(sightline_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPENDS;LINK;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${name}_test ${ARG_SOURCES})
  target_include_directories(${name}_test PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${name}_test PRIVATE ${SIGHTLINE_WARNINGS} ${SIGHTLINE_TEST_OPTIONS})
  sightline_use_precompiled(${name}_test test)
  list(TRANSFORM ARG_DEPENDS PREPEND sightline_)
  target_link_libraries(${name}_test PRIVATE ${ARG_DEPENDS} ${ARG_LINK} GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name}_test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()
