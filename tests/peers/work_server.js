// An HTTP server in Node that has work to do: work_server.js compute|wait. Prints its port.
const http = require("node:http");

const compute = (milliseconds) => {
  const end = process.cpuUsage().user + milliseconds * 1000;
  while (process.cpuUsage().user < end);
};
const work = {
  compute: (answer) => (compute(1), answer()),
  wait: (answer) => setTimeout(answer, 20),
}[process.argv[2]];
const server = http.createServer((request, response) => work(() => response.end("ok")));
server.on("error", () => {});  // out of descriptors: what comes is closed again
server.listen(0, "127.0.0.1", 4096, () => console.log(server.address().port));
