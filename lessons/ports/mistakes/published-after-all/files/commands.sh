docker run -d --name hidden -p 8089:80 nginx:1.26
ADDRESS=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' hidden)
docker run --rm busybox:1.37 wget -qO- http://$ADDRESS/
