docker network create quay
docker run -d --name plain --network quay busybox:1.37 httpd -f -p 9000 -h /etc
docker run -d --name client --network quay busybox:1.37 sleep 3600
docker exec client wget -qO- -T 5 http://plain:9000/group

docker run -d --name claim --network quay --expose 9000 busybox:1.37 httpd -f -p 8000 -h /etc
docker exec client wget -qO- -T 5 http://claim:9000/group
docker exec client wget -qO- -T 5 http://claim:8000/group

docker build -t board .
docker run -d --name board -P board
docker port board

docker run -d --name door -p 8081:7000 busybox:1.37 httpd -f -p 7000 -h /etc
