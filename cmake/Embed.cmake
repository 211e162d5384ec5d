# loadstone_embed(TARGET FILE HEADER FUNCTION)
#
# Compiles the text of FILE into TARGET as the body of FUNCTION (with its namespace), a std::string_view() declared in
# HEADER. Made anew when FILE changes.
function(loadstone_embed target file header function)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  file(READ ${CMAKE_CURRENT_SOURCE_DIR}/${file} text)
  string(FIND "${text}" ")embedded\"" clash)
  if(NOT clash EQUAL -1)
    message(FATAL_ERROR "${file} holds the end mark of a raw string")
  endif()
  string(REPLACE "/" "_" stem ${file})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded/${stem}.cc)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT
"#include \"@header@\"
std::string_view @function@() { return R\"embedded(@text@)embedded\"; }
")
  target_sources(${target} PRIVATE ${source})
endfunction()

# loadstone_embed_file(TARGET FILE HEADER FUNCTION)
#
# The same for a file of any size and content that the build makes (an absolute path): the assembler takes its bytes as they
# are, which a string literal of some hundred KiB would only approach.
function(loadstone_embed_file target file header function)
  get_filename_component(stem ${file} NAME)
  string(MAKE_C_IDENTIFIER ${target}_${stem} symbol)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded/${symbol}.cc)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT
"#include \"@header@\"

asm(R\"(
.pushsection .rodata
.balign 16
.local @symbol@_begin
@symbol@_begin:
.incbin \"@file@\"
.local @symbol@_end
@symbol@_end:
.byte 0
.popsection
)\");

extern const char begin[] asm(\"@symbol@_begin\");
extern const char end[] asm(\"@symbol@_end\");

std::string_view @function@() { return {begin, static_cast<std::size_t>(end - begin)}; }
")
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS ${file})
  target_sources(${target} PRIVATE ${source})
endfunction()
