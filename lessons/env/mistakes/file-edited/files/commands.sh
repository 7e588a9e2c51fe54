docker build -t greeter .
docker run --name mixed --env-file harbour.env greeter
