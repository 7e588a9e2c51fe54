docker run -d --name web -p 8080:80 -v "$PWD/site:/usr/share/nginx/html:ro" nginx:1.26
echo '<p>Sails up</p>' > site/index.html

docker run -d --name kind -v "$PWD/lgos:/logs" busybox:1.37 sleep 3600
docker run --rm --mount type=bind,source="$PWD/typo",target=/logs busybox:1.37 true

docker run -d --name desk --tmpfs /scratch busybox:1.37 sleep 3600
docker exec desk touch /scratch/x
docker restart -t 0 desk

docker run -d --name ship \
  --mount type=volume,source=cargo,target=/cargo \
  --mount type=bind,source="$PWD/site",target=/site,readonly \
  --mount type=tmpfs,target=/scratch \
  busybox:1.37 sleep 3600
