# Compiler cache, linker, warnings and sanitizers: what holds for every target of ours.

find_program(SIGHTLINE_CCACHE ccache)
if(SIGHTLINE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # What ccache asks for to keep sources that use a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${SIGHTLINE_CCACHE})
endif()

find_program(SIGHTLINE_MOLD mold)
find_program(SIGHTLINE_LLD ld.lld)
if(SIGHTLINE_MOLD)
  add_link_options(-fuse-ld=mold)
elseif(SIGHTLINE_LLD)
  add_link_options(-fuse-ld=lld)
endif()

# -Wno-restrict: GCC 12 reports "a" + std::to_string(i) at -O2, which is no overlap (GCC bug 105329).
set(SIGHTLINE_WARNINGS -Wall -Wextra -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND SIGHTLINE_WARNINGS -Wno-restrict)
elseif(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  list(APPEND SIGHTLINE_WARNINGS -Wthread-safety)
endif()

set(SIGHTLINE_SANITIZE "" CACHE STRING "Comma-separated -fsanitize= list, e.g. address,undefined")
if(SIGHTLINE_SANITIZE)
  add_compile_options(-fsanitize=${SIGHTLINE_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SIGHTLINE_SANITIZE})
  # GCC 12's flow-based warnings misfire on sanitizer instrumentation.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
endif()
