#!/usr/bin/env bash
# Builds the fuzz targets with sanitizers (build-fuzz/) and runs them; ends with a table and, where something was found, status 1.
set -euo pipefail
source "$(dirname "$0")/setup.sh"

usage() {
  cat <<'TEXT'
usage: tools/fuzz.sh [TARGET...] [--seconds N] [--jobs N] [--no-build]
  runs all targets of test/Fuzz, or those named, each for N seconds (60), N at a time (all cores)
  inputs of findings are kept in build-fuzz/findings, inputs that reach new code in build-fuzz/corpus
TEXT
}

seconds=60 jobs=$(nproc) builds=1 targets=()
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --seconds | --jobs)
      [[ "${2:-}" =~ ^[1-9][0-9]*$ ]] || fail "$1 needs a number"
      [ "$1" = --seconds ] && seconds=$2 || jobs=$2
      shift 2 ;;
    --no-build) builds=0; shift ;;
    -*) usage >&2; exit 2 ;;
    *) targets+=("$1"); shift ;;
  esac
done

use_preset fuzz
if [ "$builds" = 1 ]; then
  install_missing_packages
  configure
fi
known=$(ls build-fuzz/fuzzers 2>/dev/null || true)
[ ${#targets[@]} -gt 0 ] || mapfile -t targets <<<"$known"
for target in "${targets[@]}"; do
  grep -qxF -- "$target" <<<"$known" || fail "there is no fuzz target '$target'; there are: ${known//$'\n'/ }"
done
if [ "$builds" = 1 ]; then
  build "${targets[@]/#/fuzz-}"
fi

mkdir -p build-fuzz/findings build-fuzz/logs

# One target: its log has libFuzzer's words, its last lines the numbers of the table.
run() {
  local target=$1 inputs=(build-fuzz/corpus/$1 test/Fuzz/$1/corpus) dictionary=() code=0
  mkdir -p "${inputs[0]}"
  [ ! -d "test/Fuzz/$target/regressions" ] || inputs+=("test/Fuzz/$target/regressions")
  [ ! -f "test/Fuzz/$target/dictionary" ] || dictionary=("-dict=test/Fuzz/$target/dictionary")
  "build-fuzz/bin/fuzz-$target" "${inputs[@]}" "${dictionary[@]}" -max_total_time="$seconds" -max_len="$(cat "build-fuzz/fuzzers/$target")" \
    -timeout=20 -rss_limit_mb=2560 -artifact_prefix="build-fuzz/findings/$target-" -print_final_stats=1 \
    >"build-fuzz/logs/$target" 2>&1 || code=$?
  echo "status: $code" >>"build-fuzz/logs/$target"
}

say "running ${#targets[@]} targets, $seconds s each, $jobs at a time"
for target in "${targets[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n || true; done
  say "$target"
  run "$target" &
done
wait

status=0
printf '%-14s %12s %10s %8s  %s\n' target executions exec/s edges findings
for target in "${targets[@]}"; do
  log=build-fuzz/logs/$target
  edges=$(grep -o 'cov: [0-9]*' "$log" | tail -1 | cut -d' ' -f2 || true)
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
  finding=$(sed -n 's/.*Test unit written to //p' "$log" | tail -1)
  if ! tail -1 "$log" | grep -qx 'status: 0'; then
    status=1
    finding=${finding:-see $log}
  fi
  printf '%-14s %12s %10s %8s  %s\n' "$target" "${executions:--}" "${rate:--}" "${edges:--}" "${finding:-none}"
done
exit $status
