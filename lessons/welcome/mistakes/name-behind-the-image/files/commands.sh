docker --version
docker run busybox:1.37 echo ahoy
docker run busybox:1.37 --name kernel uname -r
docker run --name inside busybox:1.37 ps
