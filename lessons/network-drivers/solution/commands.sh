docker run -d --name sealed --network none busybox:1.37 sleep 3600
docker exec sealed ip addr

docker network create --internal vault
docker run -d --name ledger --network vault nginx:1.26
docker run -d --name clerk --network vault busybox:1.37 sleep 3600

docker run -d --name web nginx:1.26
docker run -d --name side --network container:web busybox:1.37 sleep 3600
