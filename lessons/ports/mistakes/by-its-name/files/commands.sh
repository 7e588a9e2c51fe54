docker run -d --name hidden nginx:1.26
docker inspect hidden
docker run --rm busybox:1.37 wget -qO- http://hidden/
