#!/bin/sh
# An option or a configuration file means the server. The server runs as its own user, and listens to
# everybody unless told otherwise: a container's network is its wall.
set -e
if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then
    set -- redis-server "$@"
fi
if [ "$1" = redis-server ] || [ "$1" = redis-sentinel ]; then
    if [ "$(id -u)" = 0 ]; then
        find . ! -user redis -exec chown redis {} +
        exec setpriv --reuid=redis --regid=redis --clear-groups "$0" "$@"
    fi
    # Data belong to the server alone.
    [ "$(umask)" != 0022 ] || umask 0077
fi
if [ "$1" = redis-server ]; then
    case "$2" in
    -v | --version | -h | --help | --test-memory | --check-system) exec "$@" ;;
    esac
    told=
    for argument in "$@"; do
        [ "$argument" != --protected-mode ] || told=yes
    done
    if [ -f "$2" ] && grep -qi '^[[:space:]]*protected-mode' "$2"; then
        told=yes
    fi
    [ -n "$told" ] || set -- "$@" --protected-mode no
fi
exec "$@"
