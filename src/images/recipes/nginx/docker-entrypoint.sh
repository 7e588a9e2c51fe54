#!/bin/sh
# Runs what lies in /docker-entrypoint.d before nginx starts, in the order of the names.
set -e
say() {
    [ -n "$NGINX_ENTRYPOINT_QUIET_LOGS" ] || echo "$0: $*"
}
if [ "$1" = nginx ] || [ "$1" = nginx-debug ]; then
    for file in $(find /docker-entrypoint.d/ -follow -type f | sort -V); do
        case "$file" in
        *.envsh)
            say "Sourcing $file"
            . "$file"
            ;;
        *.sh)
            if [ -x "$file" ]; then
                say "Launching $file"
                "$file"
            else
                say "Ignoring $file, not executable"
            fi
            ;;
        *) say "Ignoring $file" ;;
        esac
    done
    say "Configuration complete; ready for start up"
fi
exec "$@"
