docker run -d --name web nginx:1.26
docker run -d --name client busybox:1.37 sleep 3600
docker exec client wget -qO- -T 5 http://web/
address=$(docker inspect -f '{{.NetworkSettings.Networks.bridge.IPAddress}}' web)
docker exec client wget -qO- -T 5 http://$address/

docker network create frontend
docker network connect frontend web
docker network connect frontend client

docker network disconnect bridge web
docker network disconnect bridge client
docker network inspect frontend

docker network create backend
docker run -d --name store --network backend -p 6379:6379 redis:8.0
docker run -d --name api --network frontend nginx:1.26
docker network connect backend api
