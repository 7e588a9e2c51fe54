docker run --name flagged -e GREETING=ahoy busybox:1.37 env
docker run --name filed --env-file harbour.env busybox:1.37 env
docker build --build-arg VERSION=1.4 -t greeter .
docker run --name mixed -e SENDER=pilot --env-file harbour.env greeter
docker run --name token -e API_TOKEN=tk-4711-new greeter
docker inspect --format '{{json .Config.Env}}' token
docker history greeter
