#!/usr/bin/env bash
# Installs what is missing, builds nncc and trains the built-in example.
set -euo pipefail
source "$(dirname "$0")/setup.sh"

case "${1:-}" in
  -h | --help) echo "usage: tools/quickstart.sh   installs what is missing, builds nncc, trains the built-in example"; exit 0 ;;
  "") ;;
  *) fail "unknown argument '$1'; usage: tools/quickstart.sh" ;;
esac

install_missing_packages
build nncc
say "training the built-in example: nncc -jit train"
build/bin/nncc -jit train

cat <<END

nncc is built: $PWD/build/bin/nncc
Two things to try next:
  build/bin/nncc docs/examples/shapes.nn -emit=summary
  build/bin/nncc docs/examples/shapes.nn -emit=exe -o shapes && ./shapes train
END
