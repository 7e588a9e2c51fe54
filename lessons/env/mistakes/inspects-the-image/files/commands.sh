docker build -t greeter .
docker run --name token -e API_TOKEN=tk-4711-new greeter
docker inspect greeter
docker history greeter
