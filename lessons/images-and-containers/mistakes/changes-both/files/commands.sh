docker run -d --name one nginx:1.26
docker run -d --name two nginx:1.26
for name in one two; do
  docker exec $name sh -c 'echo low tide > /usr/share/nginx/html/index.html'
done
docker diff one
