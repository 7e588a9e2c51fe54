docker compose up -d
docker compose ps
docker compose logs web
docker compose exec store redis-cli llen log
docker compose up -d --scale bell=3
docker compose down
