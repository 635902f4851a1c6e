#!/usr/bin/env bash
# Installs what is missing, builds everything and runs all tests; ends with a line `N passed, N failed`.
set -euo pipefail
source "$(dirname "$0")/setup.sh"

sanitizes=0 limit=2400
case "${1:-}" in
  -h | --help)
    echo "usage: tools/test.sh [--sanitize] [FILTER]   runs all tests, or those whose name matches the regular expression"
    echo "  --sanitize   with AddressSanitizer and UndefinedBehaviorSanitizer, in build-sanitize/"
    exit 0 ;;
  --sanitize) sanitizes=1 limit=14400; shift ;;
esac

install_missing_packages
[ $sanitizes = 0 ] || use_preset sanitize
build all
say "testing"
results=$folder/test/results.json
rm -f "$results"
status=0
# One limit for all: lit's own, per test, needs a package of Python's that is not there by default.
timeout $limit /usr/lib/llvm-22/bin/lit -j "$(nproc)" --output "$results" ${1:+--filter "$1"} "$folder/test" "$folder/test/Unit" || status=$?
[ -f "$results" ] || fail "the tests did not run to their end"
python3 - "$results" <<'END' || status=1
import collections, json, sys
tests = json.load(open(sys.argv[1]))["tests"]
count = collections.Counter(t["code"] for t in tests)
passed = count["PASS"] + count["XFAIL"] + count["FLAKYPASS"]
skipped = count["UNSUPPORTED"] + count["SKIPPED"] + count["EXCLUDED"]
failed = len(tests) - passed - skipped
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
sys.exit(1 if failed or not passed else 0)
END
exit $status
