# loadstone_folder(NAME [FOLDERS folder...] [LIBRARIES target...])
#
# Makes a static library of a source folder (and its subfolders), and beside it what the suffixes say:
#   *_test.cc   one test program NAME_test, run by ctest
#   *_fuzz.cc   one fuzzer each; without LOADSTONE_FUZZ it replays its corpus/ folder as a test
#   *_bench.cc  one benchmark each, with LOADSTONE_BENCH
# FOLDERS are the folders it may include; the same table stands in docs/architecture.md.

# Folders whose code runs on several threads: their tests are also run under the thread sanitizer (ctest -L threads).
# Not probe: its tests count the threads and the bytes of processes, and the sanitizer adds its own to both.
set(LOADSTONE_THREADED net audience engine duet serve simulate faults service push index http live liveview redis cli)
add_custom_target(threaded_tests)
add_custom_target(fuzzers)

function(loadstone_folder name)
  cmake_parse_arguments(ARG "" "" "FOLDERS;LIBRARIES" ${ARGN})
  string(REPLACE "/" "_" target ${name})
  set(directory ${CMAKE_CURRENT_SOURCE_DIR}/${name})
  get_filename_component(own_name ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  if(NOT IS_DIRECTORY ${directory} AND own_name STREQUAL name)  # called from within the folder itself
    set(directory ${CMAKE_CURRENT_SOURCE_DIR})
  elseif(NOT IS_DIRECTORY ${directory})
    message(FATAL_ERROR "loadstone_folder: there is no folder ${directory}")
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${directory}/*.cc)
  set(tests ${sources})
  set(fuzzers ${sources})
  set(benches ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cc$")
  list(FILTER benches INCLUDE REGEX "_bench\\.cc$")
  list(FILTER sources EXCLUDE REGEX "(_test|_fuzz|_bench|/main)\\.cc$")

  set(depends ${ARG_LIBRARIES})
  foreach(folder ${ARG_FOLDERS})
    string(REPLACE "/" "_" folder ${folder})
    list(APPEND depends loadstone_${folder})
  endforeach()

  if(sources)
    add_library(loadstone_${target} STATIC ${sources})
    target_link_libraries(loadstone_${target} PUBLIC ${depends} PRIVATE loadstone_options)
  else()
    add_library(loadstone_${target} INTERFACE)
    target_link_libraries(loadstone_${target} INTERFACE ${depends})
  endif()

  if(tests AND BUILD_TESTING AND NOT LOADSTONE_FUZZ)
    set(labels ${target})
    if(target IN_LIST LOADSTONE_THREADED)
      # One label, for gtest_discover_tests takes a list apart; and ctest -L looks for a part of it.
      string(APPEND labels -threads)
      add_dependencies(threaded_tests ${target}_test)
    endif()
    add_executable(${target}_test ${tests})
    target_link_libraries(${target}_test PRIVATE loadstone_${target} loadstone_options GTest::gmock GTest::gtest_main)
    gtest_discover_tests(${target}_test DISCOVERY_MODE PRE_TEST WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
                         PROPERTIES TIMEOUT 120 LABELS "${labels}")
  endif()

  if(NOT (BUILD_TESTING OR LOADSTONE_FUZZ))
    set(fuzzers)
  endif()
  foreach(fuzzer ${fuzzers})
    get_filename_component(stem ${fuzzer} NAME_WE)
    get_filename_component(folder ${fuzzer} DIRECTORY)
    string(REGEX REPLACE "_fuzz$" "" subject ${stem})
    add_executable(${target}_${stem} ${fuzzer})
    target_link_libraries(${target}_${stem} PRIVATE loadstone_${target} loadstone_options)
    add_dependencies(fuzzers ${target}_${stem})
    if(LOADSTONE_FUZZ)
      target_link_options(${target}_${stem} PRIVATE -fsanitize=fuzzer)
    else()
      target_sources(${target}_${stem} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay.cc)
      add_test(NAME ${target}_${stem}.corpus COMMAND ${target}_${stem} ${folder}/corpus/${subject})
    endif()
  endforeach()

  if(LOADSTONE_BENCH)
    foreach(bench ${benches})
      get_filename_component(stem ${bench} NAME_WE)
      add_executable(${target}_${stem} ${bench})
      target_link_libraries(${target}_${stem} PRIVATE loadstone_${target} loadstone_options benchmark::benchmark_main)
    endforeach()
  endif()
endfunction()
