#!/bin/sh
# Stands before the real program: tells what was typed, hands over, and waits until it was looked at.
look=/sealegs/look.$$
tell() { printf '%s\n' "$1" > /sealegs/notes; read -r _ < "$look"; }
mkfifo "$look" 2> /dev/null || exec "/usr/bin/${0##*/}" "$@"
trap 'rm -f "$look"' EXIT
# An interrupt is for the program; what it did is looked at all the same.
trap : INT
# A line longer than this would not arrive in one piece.
tell "typed $$ $(printf '%s\0' "${0##*/}" "$@" | head -c 2800 | base64 -w 0)"
"/usr/bin/${0##*/}" "$@"
code=$?
tell "done $$ $code"
exit $code
