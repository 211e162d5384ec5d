# Compiler options shared by every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

# Paths relative to the project, so that another clone or worktree of it finds what this one has compiled.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_C_COMPILER_LAUNCHER})
endif()

# mold links the many test programs in a tenth of the time of the system's linker.
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# Our own code. Third-party C sources are compiled with their own options (see Libraries.cmake).
add_library(loadstone_options INTERFACE)
target_compile_options(loadstone_options INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                                                   -Wimplicit-fallthrough -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # GCC 12 warns of overlapping copies in its own std::string concatenation (GCC bug 105651).
  target_compile_options(loadstone_options INTERFACE -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  # The stable_sort of GCC 12's library calls a function that the same library deprecates.
  target_compile_options(loadstone_options INTERFACE -Wno-deprecated-declarations)
endif()
target_include_directories(loadstone_options INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR})

# Frame pointers cost one or two per cent and make every profile readable.
add_compile_options(-fno-omit-frame-pointer)
if(LOADSTONE_SANITIZE)
  add_compile_options(-fsanitize=${LOADSTONE_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${LOADSTONE_SANITIZE})
endif()
if(LOADSTONE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
