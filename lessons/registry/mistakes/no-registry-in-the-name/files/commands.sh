docker run -d --name hub -p 127.0.0.1:5000:5000 registry:2
docker build -t orders:1.0 .
docker tag orders:1.0 crew/orders:1.0
docker push crew/orders:1.0
docker rmi orders:1.0 crew/orders:1.0
docker pull crew/orders:1.0
docker run --rm crew/orders:1.0
docker create --name vault -p 127.0.0.1:5001:5000 -e REGISTRY_AUTH_HTPASSWD_REALM=vault -e REGISTRY_AUTH_HTPASSWD_PATH=/auth/htpasswd registry:2
docker cp auth vault:/
docker start vault
docker login -u bosun --password-stdin localhost:5001 < password.txt
docker tag crew/orders:1.0 localhost:5001/crew/orders:1.0
docker push localhost:5001/crew/orders:1.0
