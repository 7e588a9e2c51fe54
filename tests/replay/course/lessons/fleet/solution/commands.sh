docker compose up -d
docker compose down
docker run -d --name hub -p 5000:5000 registry:2
docker tag busybox:1.37 localhost:5000/team/box:1
docker push localhost:5000/team/box:1
