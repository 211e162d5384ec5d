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
