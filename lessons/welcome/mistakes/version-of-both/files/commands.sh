docker version
docker run busybox:1.37 echo ahoy
docker run --name kernel busybox:1.37 uname -r
docker run --name inside busybox:1.37 ps
