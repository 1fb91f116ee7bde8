# The command line and the documentation's commands, with the real programs.
add_test(NAME e2e_cli
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/cli_test.py $<TARGET_FILE_DIR:sightline>)
add_test(NAME e2e_docs
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/docs_test.py $<TARGET_FILE_DIR:sightline>)
set_tests_properties(e2e_cli e2e_docs PROPERTIES LABELS e2e TIMEOUT 600)
add_test(NAME e2e_shell
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/shell_test.py $<TARGET_FILE_DIR:sightline>)
set_tests_properties(e2e_shell PROPERTIES LABELS e2e TIMEOUT 600)
add_test(NAME e2e_article
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/article_test.py $<TARGET_FILE_DIR:sightline>
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(e2e_article PROPERTIES LABELS e2e TIMEOUT 120 SKIP_RETURN_CODE 77)
add_test(NAME e2e_shipments
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/shipments_test.py $<TARGET_FILE_DIR:sightline>
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(e2e_shipments PROPERTIES LABELS e2e TIMEOUT 300 SKIP_RETURN_CODE 77)
add_test(NAME e2e_import
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/import_test.py $<TARGET_FILE_DIR:sightline>)
set_tests_properties(e2e_import PROPERTIES LABELS e2e TIMEOUT 900)
add_test(NAME e2e_dump
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/dump_test.py $<TARGET_FILE_DIR:sightline>)
set_tests_properties(e2e_dump PROPERTIES LABELS e2e TIMEOUT 300)
add_test(NAME e2e_access
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/access_test.py $<TARGET_FILE_DIR:sightline>)
set_tests_properties(e2e_access PROPERTIES LABELS e2e TIMEOUT 300)
add_test(NAME e2e_observability
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/observability_test.py $<TARGET_FILE_DIR:sightline>)
set_tests_properties(e2e_observability PROPERTIES LABELS e2e TIMEOUT 300 SKIP_RETURN_CODE 77)
add_test(NAME e2e_admin
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/admin_test.py $<TARGET_FILE_DIR:sightline>)
set_tests_properties(e2e_admin PROPERTIES LABELS e2e TIMEOUT 300)
add_test(NAME e2e_explore
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/explore_test.py $<TARGET_FILE_DIR:sightline> ${CMAKE_SOURCE_DIR}/proto)
set_tests_properties(e2e_explore PROPERTIES LABELS e2e TIMEOUT 300 SKIP_RETURN_CODE 77)
add_test(NAME e2e_example_client
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/example_client_test.py $<TARGET_FILE_DIR:explore_example>)
set_tests_properties(e2e_example_client PROPERTIES LABELS e2e TIMEOUT 300)
# The lists of docs/attacks.md, which need Debian's grpcio; each starts servers of its own.
foreach(attack permission hostile_query history leak)
  set(name e2e_${attack})
  add_test(NAME ${name}
    COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/${attack}_test.py $<TARGET_FILE_DIR:sightline>)
  set_tests_properties(${name} PROPERTIES LABELS e2e TIMEOUT 900 SKIP_RETURN_CODE 77)
endforeach()
# Strangers at the port, in the clear and over TLS.
foreach(network "network;NetworkTest" "network_tls;TlsNetworkTest")
  list(POP_FRONT network name)
  add_test(NAME e2e_${name}
    COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/network_test.py $<TARGET_FILE_DIR:sightline> ${network})
  set_tests_properties(e2e_${name} PROPERTIES LABELS e2e TIMEOUT 900 SKIP_RETURN_CODE 77)
endforeach()
