# Run by cpack on the files that it is about to pack: Debian's places and forms.
set(root "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr")
set(documents "${root}/share/doc/${CPACK_PACKAGE_NAME}")

# The copyright file has it, by reference.
file(REMOVE "${documents}/LICENSE")

file(MAKE_DIRECTORY "${root}/share/zsh/vendor-completions")
file(RENAME "${root}/share/zsh/site-functions/_nncc" "${root}/share/zsh/vendor-completions/_nncc")
file(REMOVE_RECURSE "${root}/share/zsh/site-functions")

# Of other architectures' C libraries the package has no copy: nncc finds them in the packages for cross compilation.
file(GLOB libraries "${root}/lib/nncc/*/*.so.6")
file(REMOVE ${libraries})

file(COPY "${CMAKE_CURRENT_LIST_DIR}/lintian-overrides" DESTINATION "${root}/share/lintian/overrides")
file(RENAME "${root}/share/lintian/overrides/lintian-overrides" "${root}/share/lintian/overrides/${CPACK_PACKAGE_NAME}")

string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE "${documents}/changelog.Debian" "${CPACK_PACKAGE_NAME} (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) stable; urgency=medium

  * Built from nncc's own sources by cpack.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
file(GLOB compressed "${documents}/changelog.Debian" "${root}/share/man/man1/*.1")
execute_process(COMMAND gzip -9nf ${compressed} COMMAND_ERROR_IS_FATAL ANY)
