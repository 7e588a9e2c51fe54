docker --version
docker run busybox:1.37 echo ahoy
uname -r
docker run --name inside busybox:1.37 ps
