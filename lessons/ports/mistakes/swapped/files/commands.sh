docker build -t pier pier
docker run -d --name pier -p 8081:9000 -p 9001:80 pier
