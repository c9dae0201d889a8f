# musl for the helper: a static program with it is an eighth of one with glibc, and starts without glibc's look at the
# processor, which is slow in a virtual machine (docs/decisions/0010). Where it is not installed, glibc it is.
option(MINIDOCK_MUSL "Link the helper with musl where it is installed" ON)
string(REPLACE "-gnu" "-musl" MINIDOCK_MUSL_TRIPLET "${CMAKE_LIBRARY_ARCHITECTURE}")
find_path(MINIDOCK_MUSL_INCLUDE stdlib.h PATHS /usr/include/${MINIDOCK_MUSL_TRIPLET} NO_DEFAULT_PATH)
find_path(MINIDOCK_MUSL_LIB libc.a PATHS /usr/lib/${MINIDOCK_MUSL_TRIPLET} NO_DEFAULT_PATH)

set(MINIDOCK_USE_MUSL OFF)
if(MINIDOCK_MUSL AND MINIDOCK_MUSL_INCLUDE AND MINIDOCK_MUSL_LIB AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  set(MINIDOCK_USE_MUSL ON)
endif()

# A path that the compiler knows: -print-file-name=crtend.o
function(minidock_ask_compiler question variable)
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} ${question} OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE)
  set(${variable} "${answer}" PARENT_SCOPE)
endfunction()

# minidock_musl(TARGET): a static executable of C++ without exceptions, RTTI and the C++ library.
function(minidock_musl target)
  minidock_ask_compiler(-print-file-name=include compiler_headers)
  minidock_ask_compiler(-print-file-name=crtbeginT.o begin)
  minidock_ask_compiler(-print-file-name=crtend.o end)
  minidock_ask_compiler(-print-libgcc-file-name libgcc)
  set(headers -nostdinc -nostdinc++)
  foreach(directory IN LISTS CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES) # of C++ alone, those without glibc's
    if(directory MATCHES "/c\\+\\+/")
      list(APPEND headers "SHELL:-isystem ${directory}")
    endif()
  endforeach()
  list(APPEND headers "SHELL:-isystem ${MINIDOCK_MUSL_INCLUDE}" "SHELL:-isystem ${compiler_headers}")
  # The kernel's headers are where glibc's are, so these come last.
  list(APPEND headers "SHELL:-idirafter /usr/include" "SHELL:-idirafter /usr/include/${CMAKE_LIBRARY_ARCHITECTURE}")
  target_compile_options(${target} PRIVATE ${headers}
    "-D__GLIBC_PREREQ(major,minor)=0" # libstdc++'s configuration, made for glibc, asks
    "SHELL:-include ${CMAKE_SOURCE_DIR}/src/runtime/init/musl.h")
  set(musl ${MINIDOCK_MUSL_LIB})
  target_link_options(${target} PRIVATE -static -no-pie -nostdlib ${musl}/crt1.o ${musl}/crti.o ${begin})
  target_link_libraries(${target} PRIVATE -Wl,--start-group ${musl}/libc.a ${libgcc} -Wl,--end-group ${end} ${musl}/crtn.o)
endfunction()
