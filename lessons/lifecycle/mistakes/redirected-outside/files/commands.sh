docker run -d --name web nginx:1.26
docker ps
docker inspect web
docker exec web echo ahoy > index.html
docker logs web
