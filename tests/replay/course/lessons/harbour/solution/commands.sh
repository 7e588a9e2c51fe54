# A server, a look at it, and away with it.
docker run -d --name web -p 8080:80 busybox:1.37 \
  httpd -f -h /etc
docker exec web cat /etc/group
docker logs web
for name in one two; do
  docker run -d --name $name busybox sleep 600
done
docker stop -t 0 $(docker ps -q)
docker rm web
