# The tree-sitter runtime and one grammar for each language, compiled from the C sources that npm packages carry.
# The grammars are big tables: always optimised (a Debug parse would be ten times slower), never warned about.
set(TREE_SITTER ${PROJECT_SOURCE_DIR}/node_modules/tree-sitter/vendor/tree-sitter/lib)
if(NOT EXISTS ${TREE_SITTER}/src/lib.c)
  message(FATAL_ERROR "${TREE_SITTER} is missing: run tools/bootstrap")
endif()

add_library(tree_sitter STATIC ${TREE_SITTER}/src/lib.c)
target_include_directories(tree_sitter SYSTEM PUBLIC ${TREE_SITTER}/include PRIVATE ${TREE_SITTER}/src)
target_compile_definitions(tree_sitter PRIVATE _GNU_SOURCE _DEFAULT_SOURCE)
target_compile_options(tree_sitter PRIVATE -O2 -w)

add_library(tree_sitter_grammars STATIC)
target_compile_options(tree_sitter_grammars PRIVATE -O2 -w)
if(LOADSTONE_SANITIZE)
  # Generated tables: instrumenting them takes minutes and finds nothing; their reads go through the runtime, which is instrumented.
  target_compile_options(tree_sitter_grammars PRIVATE -fno-sanitize=all)
  target_compile_options(tree_sitter PRIVATE -fno-sanitize=undefined)
endif()
target_link_libraries(tree_sitter_grammars PUBLIC tree_sitter)
foreach(grammar
        tree-sitter-bash tree-sitter-c tree-sitter-c-sharp tree-sitter-cpp tree-sitter-go tree-sitter-java
        tree-sitter-javascript tree-sitter-php/php tree-sitter-python tree-sitter-ruby tree-sitter-rust tree-sitter-scala
        tree-sitter-swift tree-sitter-typescript/typescript tree-sitter-typescript/tsx
        @tree-sitter-grammars/tree-sitter-kotlin @tree-sitter-grammars/tree-sitter-lua)
  set(folder ${PROJECT_SOURCE_DIR}/node_modules/${grammar}/src)
  if(NOT EXISTS ${folder}/parser.c)
    message(FATAL_ERROR "${folder}/parser.c is missing: run tools/bootstrap")
  endif()
  # Every grammar brings its own tree_sitter/parser.h, so each finds its own folder first.
  set(units ${folder}/parser.c)
  if(EXISTS ${folder}/scanner.c)
    list(APPEND units ${folder}/scanner.c)
  endif()
  set_source_files_properties(${units} PROPERTIES INCLUDE_DIRECTORIES ${folder})
  target_sources(tree_sitter_grammars PRIVATE ${units})
endforeach()
