#!/bin/sh
# Listens on IPv6 too, where there is any and the site is still the one that was shipped.
set -e
site=/etc/nginx/conf.d/default.conf
[ -f /proc/net/if_inet6 ] || exit 0
touch "$site" 2>/dev/null || exit 0
echo "@SHIPPED@  $site" | sha256sum -c - >/dev/null 2>&1 || exit 0
sed -i 's/listen       80;/listen       80;\n    listen  [::]:80;/' "$site"
