#!/usr/bin/env bash
# time.sh FILE COMMAND…: runs the command and writes "wall user system" in seconds to FILE, all children and threads counted.
# One stop watch for everything that is compared: bash asks the kernel (wait4), so nothing runs in the process that is measured.
file=$1
shift
TIMEFORMAT='%3R %3U %3S'
exec 3>&2
{ time "$@" 2>&3; } 2>"$file"
