docker run -d --name web -p 8080:80 nginx:1.26
docker build -t pier pier
docker run -d --name pier -p 8081:80 -p 9001:9000 pier
docker run -d --name lucky -p 80 nginx:1.26
docker port lucky
docker run -d --name private -p 127.0.0.1:9090:80 nginx:1.26
docker run -d --name hidden nginx:1.26
ADDRESS=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' hidden)
docker run --rm busybox:1.37 wget -qO- http://$ADDRESS/
