docker run -d --name lucky -p 80 nginx:1.26
docker logs lucky
