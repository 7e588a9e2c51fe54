docker build -t pier pier
docker run -d --name pier -p 8081:80 pier
