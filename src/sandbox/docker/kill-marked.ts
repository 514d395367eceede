/** Set in the environment of every command, and so of all that it starts. */
export const marker = "NIGHTSHIFT_COMMAND";

// The group alone would not do: `timeout` makes one of its own, a detached child even a session. So: every session in which
// a process carries the marker, again until none is left, since one may fork in between.
const script = `
attempt=0
while marked=$(grep -lszxF "$1" /proc/[0-9]*/environ | cut -d/ -f3) && [ -n "$marked" ]; do
  attempt=$((attempt + 1))
  [ "$attempt" -lt 100 ] || exit 1
  doomed=$(cat /proc/[0-9]*/stat 2>/dev/null | sed 's/(.*)/-/' | awk -v marked="$(echo $marked)" '
    { session[$1] = $6 }
    END {
      count = split(marked, pids, " ")
      for (i = 1; i <= count; i++) if (pids[i] in session) sessions[session[pids[i]]] = 1
      for (pid in session) if (session[pid] in sessions) print pid
    }')
  [ -z "$doomed" ] || kill -KILL $doomed 2>/dev/null
done
exit 0
`;

/** The program and its arguments that kill, in a container, all processes of the command that `id` marks. */
export function killArguments(id: string): readonly string[] {
  return ["sh", "-c", script, "sh", `${marker}=${id}`];
}
