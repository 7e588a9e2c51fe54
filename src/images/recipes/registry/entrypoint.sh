#!/bin/sh
# A configuration file, an option or a subcommand means the registry; anything else is a program.
set -e
case "$1" in
*.yaml | *.yml) set -- registry serve "$@" ;;
serve | garbage-collect | help | -*) set -- registry "$@" ;;
esac
exec "$@"
