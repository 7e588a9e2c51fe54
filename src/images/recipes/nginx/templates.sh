#!/bin/sh
# Fills /etc/nginx/templates/*.template from the environment into /etc/nginx/conf.d; variables that are
# not set are nginx's own, and stay.
set -e
from=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
suffix=${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}
to=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}
[ -d "$from" ] || exit 0
if [ ! -w "$to" ]; then
    echo "$0: ERROR: $from exists, but $to is not writable"
    exit 0
fi
set_here=$(awk 'BEGIN { for (name in ENVIRON) if (name ~ /'"${NGINX_ENVSUBST_FILTER:-.}"'/) printf "${%s} ", name }')
find "$from" -follow -type f -name "*$suffix" | while read -r template; do
    path=${template#"$from"/}
    file=$to/${path%"$suffix"}
    mkdir -p "$(dirname "$file")"
    echo "$0: Running envsubst on $template to $file"
    envsubst "$set_here" <"$template" >"$file"
done
