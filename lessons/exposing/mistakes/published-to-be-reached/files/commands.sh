docker network create quay
docker run -d --name plain -p 9000:9000 --network quay busybox:1.37 httpd -f -p 9000 -h /etc
docker run -d --name client --network quay busybox:1.37 sleep 3600
docker exec client wget -qO- -T 5 http://plain:9000/group
