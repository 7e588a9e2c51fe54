docker run -it --name desk busybox:1.37 sh -c 'echo ahoy > /note'
docker ps
docker logs desk
