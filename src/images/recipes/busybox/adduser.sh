#!/bin/sh
# Debian's busybox has no `adduser`; this takes the options of the one in the official image.
set -e
fail() {
    echo "adduser: $*" >&2
    exit 1
}
home='' gecos='Linux User,,,' shell='' group='' system='' password=yes make_home=yes uid=''
while getopts h:g:s:G:SDHu:k: option; do
    case $option in
    h) home=$OPTARG ;;
    g) gecos=$OPTARG ;;
    s) shell=$OPTARG ;;
    G) group=$OPTARG ;;
    S) system=yes ;;
    D) password='' ;;
    H) make_home='' ;;
    u) uid=$OPTARG ;;
    k) ;;
    *) exit 1 ;;
    esac
done
shift $((OPTIND - 1))
name=$1
[ -n "$name" ] || fail "no user name given"
# `adduser USER GROUP` adds a member.
[ -z "$2" ] || exec addgroup "$name" "$2"
! grep -q "^$name:" /etc/passwd || fail "user '$name' in use"
if [ -n "$system" ]; then
    password='' from=100 : "${shell:=/bin/false}"
else
    from=1000 : "${shell:=/bin/sh}"
fi
if [ -z "$uid" ]; then
    # A group of its own will have the same number.
    taken='/etc/passwd /etc/group'
    [ -z "$group" ] || taken=/etc/passwd
    uid=$from
    while cut -d: -f3 $taken | grep -qx "$uid"; do uid=$((uid + 1)); done
elif cut -d: -f3 /etc/passwd | grep -qx "$uid"; then
    fail "uid '$uid' in use"
fi
if [ -z "$group" ]; then
    group=$name
    grep -q "^$group:" /etc/group || addgroup -g "$uid" "$group"
fi
gid=$(grep "^$group:" /etc/group | cut -d: -f3)
[ -n "$gid" ] || fail "unknown group $group"
: "${home:=/home/$name}"
echo "$name:x:$uid:$gid:$gecos:$home:$shell" >> /etc/passwd
echo "$name:!:20089:0:99999:7:::" >> /etc/shadow
if [ -n "$make_home" ] && [ ! -e "$home" ]; then
    mkdir -p "$home"
    chown "$uid:$gid" "$home"
    chmod 2755 "$home"
fi
[ -z "$password" ] || passwd "$name"
