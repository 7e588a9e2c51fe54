docker run -d --name web nginx:1.26
docker ps
docker stop web
docker start web
docker stop web
docker start web
