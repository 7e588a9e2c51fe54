docker --version
docker pull nginx:1.26
docker images
docker history nginx:1.26

docker tag nginx:1.26 pier/web:1.0
docker tag nginx:1.26 pier/web:stable
docker rmi pier/web:1.0

docker save -o web.tar pier/web:stable
docker rmi pier/web:stable
docker load -i web.tar

docker run --name box nginx:1.26 sh -c 'echo ahoy > /note'
docker export -o box.tar box
docker import box.tar other:1.0
docker commit box flat:1.0
docker run --rm flat:1.0

docker import -c 'CMD ["nginx", "-g", "daemon off;"]' box.tar flat:1.1
docker run -d --name served flat:1.1
