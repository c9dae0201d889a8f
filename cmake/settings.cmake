# Two interface targets that every target of ours links: how we compile, and what we warn about.
add_library(minidock_settings INTERFACE)
# -iquote and not -I: <linux/seccomp.h> stays the kernel's, "linux/seccomp.h" is ours.
target_compile_options(minidock_settings INTERFACE "SHELL:-iquote ${CMAKE_SOURCE_DIR}/src" "SHELL:-iquote ${CMAKE_SOURCE_DIR}")
target_compile_definitions(minidock_settings INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64)
target_compile_options(minidock_settings INTERFACE
  -ffunction-sections -fdata-sections -fstack-protector-strong
  $<$<CONFIG:Release>:-O2>
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Wformat=2
  -Wimplicit-fallthrough -Wno-missing-field-initializers
  $<$<BOOL:${MINIDOCK_UNITY}>:-Wno-subobject-linkage>  # it takes a source that is included for a header
  $<$<BOOL:${MINIDOCK_DEVELOPER}>:-Werror>)

# What is compiled for the program, but not for the static helper (see src/runtime/CMakeLists.txt).
add_library(minidock_program_settings INTERFACE)
target_link_libraries(minidock_program_settings INTERFACE minidock_settings)
if(MINIDOCK_SANITIZE)
  target_compile_options(minidock_program_settings INTERFACE -fsanitize=${MINIDOCK_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(minidock_program_settings INTERFACE -fsanitize=${MINIDOCK_SANITIZE})
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

# minidock_library(NAME SOURCES... LINK targets...): a static library for one folder.
function(minidock_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(minidock_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(minidock_${name} PUBLIC minidock_program_settings ${ARG_LINK})
  set_target_properties(minidock_${name} PROPERTIES UNITY_BUILD ${MINIDOCK_UNITY} UNITY_BUILD_BATCH_SIZE 8)
endfunction()
