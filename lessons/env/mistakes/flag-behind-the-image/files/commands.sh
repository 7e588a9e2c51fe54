docker run --name flagged busybox:1.37 env GREETING=ahoy
