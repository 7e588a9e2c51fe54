docker run -d --name web nginx:1.26 -p 8080:80
