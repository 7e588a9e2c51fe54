docker run -d --name web nginx:1.26
docker ps
docker pause web
docker unpause web
docker stop web
docker run -d --name web nginx:1.26
