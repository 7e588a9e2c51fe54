docker run -d --name clock busybox:1.37 sleep 1000
