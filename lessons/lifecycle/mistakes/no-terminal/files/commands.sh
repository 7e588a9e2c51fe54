docker run -i --name desk busybox:1.37 sh -c 'echo ahoy > /note'
docker ps -a
docker logs desk
