docker run --name web nginx:1.26
docker ps
