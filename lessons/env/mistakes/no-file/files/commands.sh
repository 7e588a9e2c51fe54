docker build -t greeter .
docker run --name mixed -e SENDER=pilot greeter
