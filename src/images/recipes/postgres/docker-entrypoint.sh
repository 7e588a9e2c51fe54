#!/bin/bash
# Sets a database up on the first start, from the environment and /docker-entrypoint-initdb.d, and runs the
# server as its own user. The server of the setup listens on its socket only.
set -eo pipefail

# NAME, or the content of the file that NAME_FILE names.
setting() {
    local name=$1 file=${1}_FILE
    if [ -n "${!name}" ] && [ -n "${!file}" ]; then
        echo >&2 "error: both $name and $file are set (but are exclusive)"
        exit 1
    fi
    if [ -n "${!file}" ]; then
        export "$name"="$(<"${!file}")"
    elif [ -z "${!name}" ]; then
        export "$name"="$2"
    fi
    unset "$file"
}

refuse_without_password() {
    [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ] || return 0
    cat >&2 <<'END'
Error: Database is uninitialized and superuser password is not specified.
       You must specify POSTGRES_PASSWORD to a non-empty value for the
       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".

       POSTGRES_HOST_AUTH_METHOD=trust lets everybody in without one, which is
       not recommended.
END
    exit 1
}

sql() {
    local to=(--dbname "$POSTGRES_DB")
    [ -n "$POSTGRES_DB" ] || to=()
    PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --no-password "${to[@]}" "$@"
}

set_up() {
    refuse_without_password
    local method=$POSTGRES_HOST_AUTH_METHOD
    eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD") '"$POSTGRES_INITDB_ARGS"
    printf '\nhost all all all %s\n' "${method:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
    PGUSER=${PGUSER:-$POSTGRES_USER} pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -p ${PGPORT:-5432}" -w start
    export PGPASSWORD=$POSTGRES_PASSWORD
    if [ "$POSTGRES_DB" != postgres ]; then
        echo 'CREATE DATABASE :"db";' | POSTGRES_DB='' sql --dbname postgres --set db="$POSTGRES_DB"
    fi
    local file
    for file in /docker-entrypoint-initdb.d/*; do
        case $file in
        *.sh)
            if [ -x "$file" ]; then
                echo "$0: running $file"
                "$file"
            else
                echo "$0: sourcing $file"
                . "$file"
            fi
            ;;
        *.sql) echo "$0: running $file" && sql -f "$file" ;;
        *.sql.gz) echo "$0: running $file" && gunzip -c "$file" | sql ;;
        '/docker-entrypoint-initdb.d/*') ;;
        *) echo "$0: ignoring $file" ;;
        esac
        echo
    done
    pg_ctl -D "$PGDATA" -m fast -w stop
    unset PGPASSWORD
    printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

[ "${1:0:1}" != - ] || set -- postgres "$@"
if [ "$1" = postgres ]; then
    case " $* " in
    *' -? '* | *' --help '* | *' --describe-config '* | *' -V '* | *' --version '*) exec "$@" ;;
    esac
    mkdir -p "$PGDATA" /var/run/postgresql
    chmod 00700 "$PGDATA" 2>/dev/null || :
    chmod 03775 /var/run/postgresql 2>/dev/null || :
    if [ "$(id -u)" = 0 ]; then
        find "$PGDATA" /var/run/postgresql \! -user postgres -exec chown postgres {} +
        exec setpriv --reuid=postgres --regid=postgres --init-groups "$BASH_SOURCE" "$@"
    fi
    if [ -s "$PGDATA/PG_VERSION" ]; then
        printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
    else
        setting POSTGRES_PASSWORD ''
        setting POSTGRES_USER postgres
        setting POSTGRES_DB "$POSTGRES_USER"
        setting POSTGRES_INITDB_ARGS ''
        : "${POSTGRES_HOST_AUTH_METHOD:=}"
        set_up
    fi
fi
exec "$@"
