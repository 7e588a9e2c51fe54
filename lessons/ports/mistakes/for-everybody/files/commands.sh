docker run -d --name private -p 9090:80 nginx:1.26
