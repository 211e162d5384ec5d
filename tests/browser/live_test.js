// --live: the page of a run that goes on. Numbers move, a dropped connection is taken up again, and when the run is over
// its verdict stays. LOADSTONE is the binary.
"use strict";
const assert = require("assert/strict");
const { spawn } = require("child_process");
const net = require("net");
const { after, before, test } = require("node:test");
const { accessible, drawn_charts, follow_links, launch, no_sideways, open } = require("./browser.js");

const { LOADSTONE } = process.env;
let browser, simulator, address;

// Resolves with the first match of what a program says.
function said(program, pattern) {
  return new Promise((resolve, reject) => {
    let text = "";
    const listen = (chunk) => {
      text += chunk;
      const found = text.match(pattern);
      if (found) resolve(found);
    };
    program.stdout.on("data", listen);
    program.stderr.on("data", listen);
    program.on("exit", () => reject(new Error(text)));
  });
}

// Passes bytes on to `port` until it is cut; then refuses everybody until it is mended.
async function cuttable(port) {
  const open = new Set();
  let whole = true;
  const server = net.createServer((from) => {
    if (!whole) return from.destroy();
    const to = net.connect(port, "127.0.0.1");
    for (const [a, b] of [[from, to], [to, from]]) {
      open.add(a);
      a.pipe(b);
      a.on("error", () => b.destroy());
      a.on("close", () => (open.delete(a), b.destroy()));
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    cut: () => ((whole = false), open.forEach((socket) => socket.destroy())),
    mend: () => (whole = true),
    close: () => server.close(),
  };
}

before(async () => {
  browser = await launch();
  simulator = spawn(LOADSTONE, ["simulate", "--port", "0", "--latency", "exp:2ms"]);
  address = `http://${(await said(simulator, /127\.0\.0\.1:\d+/))[0]}`;
});
after(async () => {
  simulator?.kill();
  await browser?.close();
});

const requests = async (page) => Number(((await page.textContent("#s0")).match(/([\d,]+) requests/) ?? ["", "0"])[1].replace(/,/g, ""));
const grows = (page, from) =>
  page.waitForFunction((n) => Number((document.querySelector("#s0")?.textContent.match(/([\d,]+) requests/) ?? ["", "0"])[1].replace(/,/g, "")) > n, from, { timeout: 10000 });

test("numbers move, survive a dropped connection and stay when the run is over", async () => {
  const run = spawn(LOADSTONE, ["http", `${address}/health`, "-c", "4", "-d", "15s", "--slo", "requests > 10", "--live"]);
  const over = new Promise((resolve) => run.on("exit", resolve));
  const [, port] = await said(run, /live: http:\/\/127\.0\.0\.1:(\d+)\//);
  const line = await cuttable(Number(port));
  const page = await open(browser, line.url);

  await grows(page, 0);
  assert.match(await page.textContent(".connection"), /live/);
  assert.match(await page.textContent(".hero-verdict"), /running/);
  const first = await requests(page);
  await grows(page, first);
  await follow_links(page);
  assert.ok((await drawn_charts(page)) >= 5);
  const look = () => page.$eval("#s0-over-time canvas", (canvas) => canvas.toDataURL());
  const before = await look();
  await grows(page, await requests(page));
  assert.notEqual(await look(), before, "charts move, too");
  await accessible(page);
  await no_sideways(page);

  line.cut();
  await page.waitForFunction(() => /lost/.test(document.querySelector(".connection").textContent));
  const lost = await requests(page);
  assert.ok(lost > 0, "what was there stays");
  line.mend();
  await grows(page, lost);
  assert.match(await page.textContent(".connection"), /live/);

  await page.waitForFunction(() => /over/.test(document.querySelector(".connection").textContent), null, { timeout: 30000 });
  assert.equal(await over, 0);
  assert.equal(await page.textContent(".hero-verdict"), "pass");
  assert.match(await page.textContent("#s0-targets"), /requests > 10/);
  // A cut connection is all that may be said on the console.
  assert.deepEqual(page.problems.filter((p) => !/ERR_(EMPTY_RESPONSE|CONNECTION|INCOMPLETE|SOCKET)/.test(p)), []);
  await page.close();
  line.close();
});

test("on another address it wants the token", async () => {
  const run = spawn(LOADSTONE, ["http", `${address}/health`, "-c", "2", "-d", "6s", "--live=0.0.0.0"]);
  const over = new Promise((resolve) => run.on("exit", resolve));
  const [, url] = await said(run, /live: (http:\S+)/);
  const refused = await browser.newPage();
  assert.equal((await refused.goto(url.split("?")[0])).status(), 401);
  await refused.close();
  const page = await open(browser, url);
  await grows(page, 0);
  assert.deepEqual(page.problems, []);
  await page.close();
  run.kill("SIGINT");
  await over;
});
