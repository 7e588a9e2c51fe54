docker run -d --name web --expose 8080 nginx:1.26
