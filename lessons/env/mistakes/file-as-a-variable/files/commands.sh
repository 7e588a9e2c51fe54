docker run --name filed -e harbour.env busybox:1.37 env
