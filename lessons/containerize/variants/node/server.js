"use strict";

const http = require("node:http");
const { tally, version } = require("wordtide");

const HOST = process.env.HOST ?? "0.0.0.0";
const PORT = Number(process.env.PORT ?? 8080);

const server = http.createServer(async (request, response) => {
  const answer = (status, text) => response.writeHead(status).end(`${text}\n`);
  const route = `${request.method} ${request.url}`;
  if (route === "GET /") return answer(200, `tally, counting with wordtide ${version}`);
  if (route === "GET /health") return answer(200, "ok");
  if (route !== "POST /tally") return answer(404, "not here");

  let text = "";
  for await (const part of request) text += part;
  const counts = tally(text);
  if (counts.length === 0) return answer(400, "post some words");
  const words = counts.reduce((sum, [, count]) => sum + count, 0);
  const [word, count] = counts[0];
  answer(200, JSON.stringify({ words, most: { word, count } }));
});

// As the first process of a container, Node.js would otherwise ignore `docker stop`.
process.on("SIGTERM", () => process.exit(0));
server.listen(PORT, HOST, () => console.log(`tally listens on ${HOST}:${PORT}`));
