docker run -d --name one nginx:1.26
docker run -d --name one nginx:1.26
