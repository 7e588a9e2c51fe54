docker run -d --name web nginx:1.26
docker ps
docker logs web
docker exec web sh -c 'echo ahoy > /usr/share/nginx/html/index.html'
docker inspect nginx:1.26
