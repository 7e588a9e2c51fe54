docker --version
docker run busybox:1.37 ahoy
