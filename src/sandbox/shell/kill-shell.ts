// All in the sessions in which a process carries the shell's tag, again until none is left, since one may fork in between.
// The shell itself is the eldest of them. What is older than the command, and what descends from that, is of an earlier one.
// It goes first: it would go on with its line, or tell of what was killed.
// Started in the same hundredth of a second counts as started by the command: better one too many than one left.
const script = `
tag=$1 since=$2 shell= attempt=0
while tagged=$(grep -lszxF "$tag" /proc/[0-9]*/environ | cut -d/ -f3) && [ -n "$tagged" ]; do
  attempt=$((attempt + 1))
  [ "$attempt" -lt 100 ] || exit 1
  set -- $(cat /proc/[0-9]*/stat 2>/dev/null | sed 's/(.*)/-/' |
    awk -v tagged="$(echo $tagged)" -v since="$since" -v shell="$shell" '
      $3 != "Z" { parent[$1] = $4; session[$1] = $6; start[$1] = $22 }
      function ours(pid) { return pid in session && session[pid] in sessions }
      function older(a, b) { return start[a] < start[b] || (start[a] == start[b] && a + 0 < b + 0) }
      END {
        count = split(tagged, pids, " ")
        for (i = 1; i <= count; i++) {
          if (!(pids[i] in session)) continue
          sessions[session[pids[i]]] = 1
          if (eldest == "" || older(pids[i], eldest)) eldest = pids[i]
        }
        if (shell == "") shell = eldest
        if (shell == "") exit
        print shell
        if (shell in session) print shell
        began = int(since * 100 + 0.5)
        for (pid in session) {
          if (pid == shell || !ours(pid)) continue
          spared = 0
          for (at = pid; at != shell && ours(at); at = parent[at]) if (start[at] < began) spared = 1
          if (!spared) print pid
        }
      }')
  [ $# -gt 1 ] || exit 0
  shell=$1
  shift
  kill -KILL "$@" 2>/dev/null
done
exit 0
`;

/**
 * The program and its arguments that kill, on Linux, the kept shell with this tag and what it started at `since` (seconds after
 * the system's start, empty for ever) or later. It ends with 0 when none of it is left.
 */
export function killShellArguments(tag: string, since: string): readonly [string, ...string[]] {
  return ["sh", "-c", script, "sh", tag, since];
}
