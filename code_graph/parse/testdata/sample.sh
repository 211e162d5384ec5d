#!/bin/sh
# Runs things.
. "$(dirname "$0")/lib.sh"
source ./more.sh
LIMIT=3

# Says hello.
greet() {
  if [ "$1" = x ] && [ "$2" ]; then echo hi; elif true; then helper "$1"; fi
  for f in *; do helper "$f"; done
  case "$1" in a) helper a;; *) greet b;; esac
  while read -r line; do :; done
}

function helper { python3 tools/job.py "$@" || ./run.rb; }

greet "$LIMIT"
