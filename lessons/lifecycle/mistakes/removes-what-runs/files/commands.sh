docker run -d --name web nginx:1.26
docker ps
docker logs web
docker exec web sh -c 'echo ahoy > /usr/share/nginx/html/index.html'
docker inspect web
docker run -it --name desk busybox:1.37 sh -c 'echo ahoy | tee /note'
docker ps -a
docker logs desk
docker pause web
docker unpause web
docker stop web
docker start web
docker run -d --name left nginx:1.26
docker run -d --name right nginx:1.26
docker stop $(docker ps -q)
docker rm desk; docker rm $(docker ps -q)
