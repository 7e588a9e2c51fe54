docker volume create logbook
docker volume ls
docker volume inspect logbook

docker run --rm -v logbook:/log busybox:1.37 sh -c 'echo "wind west" > /log/day1'
docker run --rm -v logbook:/log busybox:1.37 cat /log/day1

docker run -d --name store -v store-data:/data redis:8.0
until docker exec store redis-cli set port Harwich; do sleep 1; done
docker stop store
docker rm store
docker run -d --name store -v store-data:/data redis:8.0

docker run --rm -v logbook:/log busybox:1.37 sh -c 'echo "fog, no wind" > /log/day2'
docker run --rm -v logbook:/from:ro busybox:1.37 tar -C /from -c . > logbook.tar
docker run --rm -v logbook-2:/to busybox:1.37 tar -C /to -x < logbook.tar
docker run -d --name reader -v logbook-2:/log busybox:1.37 sleep 3600

docker volume rm logbook
docker volume prune -f
