GREETING=ahoy docker run --name flagged busybox:1.37 env
