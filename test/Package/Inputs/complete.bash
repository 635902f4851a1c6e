# complete.bash SCRIPT FOLDER: prints what SCRIPT completes in FOLDER for each line `COMPLETE: WORDS` of standard input.
# WORDS are as bash hands them over, '' is an empty one.
source "$1"
cd "$2" || exit 1
while read -r mark line; do
  [[ $mark == COMPLETE: ]] || continue
  echo "> $line"
  read -ra COMP_WORDS <<<"$line"
  COMP_WORDS=("${COMP_WORDS[@]/#\'\'/}")
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  COMPREPLY=()
  _nncc
  for word in "${COMPREPLY[@]}"; do echo "$word"; done
done
