docker run --name clock busybox:1.37 true
