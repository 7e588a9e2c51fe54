docker run -d --name one nginx:1.26
docker run -d --name two nginx:1.26
docker exec one sh -c 'echo low tide > /usr/share/nginx/html/index.html'
docker diff one
docker commit one tide:by-hand
docker images
docker build .
docker run -d --name three tide:built
