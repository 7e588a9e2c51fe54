#!/bin/sh
# Debian's busybox has no `addgroup`; this takes the options of the one in the official image.
set -e
fail() {
    echo "addgroup: $*" >&2
    exit 1
}
gid='' from=1000
while getopts g:S option; do
    case $option in
    g) gid=$OPTARG ;;
    S) from=100 ;;
    *) exit 1 ;;
    esac
done
shift $((OPTIND - 1))
[ -n "$1" ] || fail "no group name given"
if [ -n "$2" ]; then
    grep -q "^$1:" /etc/passwd || fail "unknown user $1"
    grep -q "^$2:" /etc/group || fail "unknown group $2"
    sed -i "/^$2:/{s/:\$/:$1/;t;s/\$/,$1/}" /etc/group
    exit
fi
! grep -q "^$1:" /etc/group || fail "group '$1' in use"
if [ -z "$gid" ]; then
    gid=$from
    while cut -d: -f3 /etc/group | grep -qx "$gid"; do gid=$((gid + 1)); done
elif cut -d: -f3 /etc/group | grep -qx "$gid"; then
    fail "gid '$gid' in use"
fi
echo "$1:x:$gid:" >> /etc/group
