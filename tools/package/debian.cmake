# Run by cpack on the files that it is about to pack: Debian's places and forms.
set(root "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr")
set(documents "${root}/share/doc/${CPACK_PACKAGE_NAME}")

# The copyright file has it, by reference.
file(REMOVE "${documents}/LICENSE")

file(MAKE_DIRECTORY "${root}/share/zsh/vendor-completions")
file(RENAME "${root}/share/zsh/site-functions/_nncc" "${root}/share/zsh/vendor-completions/_nncc")
file(REMOVE_RECURSE "${root}/share/zsh/site-functions")

string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE "${documents}/changelog.Debian" "${CPACK_PACKAGE_NAME} (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) stable; urgency=medium

  * Built from nncc's own sources by cpack.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
file(GLOB compressed "${documents}/changelog.Debian" "${root}/share/man/man1/*.1")
execute_process(COMMAND gzip -9nf ${compressed} COMMAND_ERROR_IS_FATAL ANY)
