# minidock_embed(TARGET SYMBOL FILE): the bytes of FILE as std::string_view SYMBOL() in TARGET,
# declared in the header SYMBOL.h of TARGET's binary directory.
function(minidock_embed target symbol file)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.cc)
  set(header ${CMAKE_CURRENT_BINARY_DIR}/embedded/${symbol}.h)
  file(WRITE ${header}.in "#pragma once\n#include <string_view>\nnamespace minidock::embedded { std::string_view ${symbol}(); }\n")
  file(WRITE ${source}.in
"#include \"embedded/${symbol}.h\"
asm(\".pushsection .rodata\\n.balign 64\\n${symbol}_begin:\\n.incbin \\\"${file}\\\"\\n${symbol}_end:\\n.byte 0\\n.popsection\\n\");
extern const char ${symbol}_begin[] asm(\"${symbol}_begin\");
extern const char ${symbol}_end[] asm(\"${symbol}_end\");
namespace minidock::embedded {
std::string_view ${symbol}() { return {${symbol}_begin, static_cast<size_t>(${symbol}_end - ${symbol}_begin)}; }
}
")
  configure_file(${header}.in ${header} COPYONLY)
  configure_file(${source}.in ${source} COPYONLY)
  # Never joined with others: a joined source would not be compiled anew when the embedded file changes.
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${file}" SKIP_UNITY_BUILD_INCLUSION ON)
  target_sources(${target} PRIVATE ${source})
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
