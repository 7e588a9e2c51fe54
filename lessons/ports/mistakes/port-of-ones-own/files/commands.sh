docker run -d --name lucky -p 8085:80 nginx:1.26
docker port lucky
