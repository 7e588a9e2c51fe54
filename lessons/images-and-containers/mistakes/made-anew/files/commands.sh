docker run -d --name one nginx:1.26
docker exec one sh -c 'echo low tide > /usr/share/nginx/html/index.html'
docker rm -f one
docker run -d --name one nginx:1.26
docker run -d --name two nginx:1.26
docker diff one
