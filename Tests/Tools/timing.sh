# Times one command beside another; sourced. `runs` says how often.

# now: microseconds.
now() { echo "${EPOCHREALTIME/./}"; }

median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

# pair NAME AIM A B: two shell functions, one after the other, after a run of each that does not count.
pair() {
  local name=$1 aim=$2 a=$3 b=$4 i start
  local -a ours=() theirs=()
  "$a" >/dev/null 2>&1
  "$b" >/dev/null 2>&1
  for ((i = 0; i < ${runs:-7}; i++)); do
    start=$(now); "$a" >/dev/null 2>&1; ours+=($(($(now) - start)))
    start=$(now); "$b" >/dev/null 2>&1; theirs+=($(($(now) - start)))
  done
  awk -v name="$name" -v aim="$aim" -v a="$(printf '%s\n' "${ours[@]}" | median)" \
    -v b="$(printf '%s\n' "${theirs[@]}" | median)" \
    'BEGIN {printf "%-50s %8.1f ms  beside %8.1f ms  ratio %.2f (aim: at most %s)\n", name, a / 1000, b / 1000, a / b, aim}'
}
