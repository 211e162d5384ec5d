// report.html as people open it: from disk, in a real browser. LOADSTONE is the binary, REPORT_PAGE the built page.
"use strict";
const assert = require("assert/strict");
const { spawn, spawnSync } = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");
const { after, before, test } = require("node:test");
const { accessible, drawn_charts, follow_links, launch, no_sideways, open } = require("./browser.js");
const documents = require("./documents.js");

const { LOADSTONE, REPORT_PAGE } = process.env;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "loadstone-browser-"));
let browser, simulator, address;

before(async () => {
  browser = await launch();
  simulator = spawn(LOADSTONE, ["simulate", "--port", "0", "--latency", "exp:2ms"], { stdio: ["ignore", "pipe", "pipe"] });
  address = await new Promise((resolve, reject) => {
    let said = "";
    const listen = (chunk) => {
      said += chunk;
      const found = said.match(/127\.0\.0\.1:\d+/);
      if (found) resolve(`http://${found[0]}`);
    };
    simulator.stdout.on("data", listen);
    simulator.stderr.on("data", listen);
    simulator.on("exit", () => reject(new Error(said)));
  });
});
after(async () => {
  simulator?.kill();
  await browser?.close();
  fs.rmSync(folder, { recursive: true });
});

const run = (name, ...flags) => {
  const out = path.join(folder, name);
  spawnSync(LOADSTONE, ["http", ...flags, "-o", out], { timeout: 60000 });
  return `file://${out}/report.html`;
};
const made = (name, ...results) => {
  const file = path.join(folder, `${name}.html`);
  const payload = { results: results.map((result, i) => ({ label: `result ${i + 1}`, result })) };
  fs.writeFileSync(file, documents.page_of(REPORT_PAGE, payload));
  return `file://${file}`;
};
const verdict = (page) => page.textContent(".hero-verdict");

async function examine(page, fewest_charts) {
  await follow_links(page);
  const charts = await drawn_charts(page);
  assert.ok(charts >= fewest_charts, `${charts} charts, ${fewest_charts} expected`);
  await accessible(page);
  await no_sideways(page);
  assert.deepEqual(page.problems, []);
  await page.close();
}

test("a run of this minute", async () => {
  const page = await open(browser, run("passed", `${address}/health`, "-c", "4", "-d", "2s", "--slo", "requests > 10"));
  // A pass, unless the machine was too busy to judge by; the page says what the result does.
  const said = JSON.parse(fs.readFileSync(path.join(folder, "passed", "result.json"), "utf8")).verdict;
  assert.ok(["pass", "invalid"].includes(said), said);
  assert.equal(await verdict(page), said);
  assert.ok((await page.title()).startsWith(said));
  assert.match(await page.textContent("#command"), /^loadstone http http:\/\/127/);
  await examine(page, 5);
});

// Results that real runs have left, kept so that their verdicts do not hang on the machine of the day (testdata/README.md).
function saved(name) {
  const out = path.join(folder, name);
  spawnSync(LOADSTONE, ["report", path.join(__dirname, "testdata", `${name}.json`), "-o", out, "--format", "summary"], { timeout: 60000 });
  return `file://${out}/report.html`;
}

test("a run that failed says what failed", async () => {
  for (const [width, scheme] of [[1280, "light"], [390, "dark"]]) {
    const page = await open(browser, saved("failed"), { width, scheme });
    assert.equal(await verdict(page), "fail");
    assert.match(await page.title(), /^fail: shop$/);
    assert.match(await page.textContent(".hero"), /A target was missed\. 3 scenarios: 1 passed, 2 failed\./);
    assert.deepEqual(await page.$$eval("#overview tbody tr", (rows) => rows.map((r) => `${r.cells[0].textContent} ${r.cells[1].textContent}`)), ["front_page pass", "search fail", "checkout fail"]);
    const unmet = await page.$$eval(".cards section:first-child li", (all) => all.map((e) => e.textContent));
    assert.equal(unmet.length, 2);
    assert.match(unmet[0], /^search fail.*error_rate < 1%: [45]\.\d+.%/);
    assert.match(unmet[1], /^checkout fail.*latency\.p95 < 2ms: 1\d\.\d.ms/);
    assert.deepEqual(await page.$$eval("#s1 .targets li", (all) => all.map((e) => e.className)), ["pass", "fail"]);
    assert.match(await page.textContent("#s1-errors"), /unexpected status\d+.*status 500\d+/);
    await examine(page, 10);
  }
});

test("a run whose generator stood still is invalid and says why", async () => {
  const page = await open(browser, saved("invalid"));
  assert.equal(await verdict(page), "invalid");
  assert.match(await page.title(), /^invalid: /);
  assert.match(await page.textContent(".hero"), /It cannot be judged: the generator or its surroundings decided the numbers\. 1 scenario: 1 invalid\./);
  assert.ok((await page.locator("#s0-findings li.invalid", { hasText: "generator" }).count()) > 0);
  assert.match(await page.textContent("#s0-findings"), /makes it invalid/);
  // The stretch in which it stood still is shaded.
  assert.ok((await page.locator(".legend-band", { hasText: "generator not fit" }).count()) > 0);
  await examine(page, 5);
});

test("a service that cannot be reached makes a run invalid", async () => {
  const page = await open(browser, run("unreachable", "http://127.0.0.1:1/", "-d", "1s", "--slo", "latency.p95 < 1s"));
  assert.equal(await verdict(page), "invalid");
  assert.match(await page.textContent("main"), /unreachable|could not be reached/);
  await examine(page, 0);
});

test("a run that was interrupted shows what it has", async () => {
  const out = path.join(folder, "interrupted");
  const running = spawn(LOADSTONE, ["http", `${address}/health`, "-c", "2", "-d", "60s", "-o", out], { stdio: "ignore" });
  const over = new Promise((resolve) => running.on("exit", resolve));
  await new Promise((resolve) => setTimeout(resolve, 3500));
  running.kill("SIGINT");
  await over;
  const page = await open(browser, `file://${out}/report.html`);
  assert.match(await page.textContent("main"), /did not come to its end/);
  assert.match(await page.textContent("main"), /stopped before its planned end/);
  await examine(page, 5);
});

test("ten thousand clients and five thousand messages open at once", async () => {
  const file = made("large", documents.large());
  assert.ok(fs.statSync(file.slice(7)).size < 3e6, "under 3 MB");
  const page = await open(browser, file);
  // Nothing waits for the charts: what is seen first is there with the first frame.
  const painted = await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  console.log(`# first contentful paint after ${Math.round(await painted.jsonValue())} ms`);
  assert.ok(await page.locator(".hero h1").isVisible());
  assert.equal(await page.$$eval(".part-broadcast tbody tr", (rows) => rows.length), 22, "tables are cut, not the page filled");
  const map = page.locator(".heat canvas");
  await map.scrollIntoViewIfNeeded();
  const box = await map.boundingBox();
  // 64 rows of 157 clients, 64 columns of 79 messages; the row of 3,140 is deaf.
  await page.mouse.move(box.x + (box.width * 10.5) / 64, box.y + (box.height * 20.5) / 64);
  assert.match(await page.textContent(".heat-at"), /clients 3,140–3,296, messages 790–868: 12,403 missing/);
  await map.press("ArrowDown");
  assert.match(await page.textContent(".heat-at"), /clients 3,297–3,453, messages 790–868: 0 missing, mean delay/);
  await examine(page, 8);
});

test("a day of six hundred points", async () => {
  const page = await open(browser, made("day", documents.day()));
  assert.match(await page.textContent(".hero"), /21h36m measured/);
  const chart = page.locator("#s0-over-time .plot-area").first();
  await chart.scrollIntoViewIfNeeded();
  await chart.press("ArrowRight");
  assert.equal(await page.textContent("#s0-over-time .plot-at"), "−2:22:48");
  await examine(page, 7);
});

test("every section at once, on a desk and on a telephone, by day and by night", async () => {
  const file = made("everything", documents.everything());
  for (const width of [1280, 390])
    for (const scheme of ["light", "dark"]) {
      const page = await open(browser, file, { width, scheme });
      for (const id of ["s0-targets", "s0-times", "s0-over-time", "s0-parts", "s0-load", "s0-errors", "s0-profile", "s1-connections", "s1-broadcast", "s1-service", "s1-findings", "s2-recovery", "environment"])
        assert.equal(await page.locator(`#${id}`).count(), 1, id);
      await examine(page, 20);
    }
});

test("every return of a dropped client is told", async () => {
  const page = await open(browser, made("returns", documents.document_of("returns", [documents.recovery("recovery")])));
  const map = page.locator("canvas.comebacks");
  await map.scrollIntoViewIfNeeded();
  await page.waitForSelector("canvas.comebacks[data-drawn]");
  const box = await map.boundingBox();
  // Five panels; lines between 20 pixels of names and 18 of times.
  const line = (client) => box.y + 20 + ((box.height - 38) * (client + 0.5)) / 10;
  const told = () => page.textContent(".part-recovery .heat-at");
  await page.mouse.move(box.x + box.width * 0.3, line(3));
  assert.equal(await told(), "cycle 2: client 3 was away for 200 ms, heard a message after 300 ms");
  await page.mouse.move(box.x + box.width * 0.7, line(7));
  assert.equal(await told(), "cycle 4: client 7 did not come back");
  await map.press("ArrowRight");
  assert.match(await told(), /^cycle 5: client 7 was away for 37\.0 ms/);
  await map.press("ArrowUp");
  assert.match(await told(), /^cycle 5: client 6 was away for 36\.0 ms/);
  // Away is drawn to its length: at 150 ms of 312 in the panel of cycle 1 only client 3 is.
  await page.mouse.move(0, 0);
  const [slow, quick] = await map.evaluate(
    (c, ys) => {
      const pixels = c.getContext("2d").getImageData(Math.round((c.width / 5 - 14) * 0.4), 0, 1, c.height).data;
      return ys.map((y) => [...pixels.slice(4 * Math.round(y), 4 * Math.round(y) + 3)].join());
    },
    [3, 4].map((client) => line(client) - box.y),
  );
  assert.notEqual(slow, quick);
  await page.reload(); // the test has read the canvas back, which the browser remarks upon
  await examine(page, 3);
});

test("on a telephone cycles are leafed through", async () => {
  const page = await open(browser, made("leafed", documents.document_of("returns", [documents.recovery("recovery")])), { width: 390 });
  await page.locator("canvas.comebacks").scrollIntoViewIfNeeded();
  const [earlier, later] = ["earlier", "later"].map((name) => page.locator(".part-recovery button", { hasText: name }));
  assert.ok(await earlier.isDisabled());
  const look = () => page.$eval("canvas.comebacks", (c) => c.toDataURL());
  const before = await look();
  await later.click();
  assert.notEqual(await look(), before);
  await later.click();
  assert.ok(await later.isDisabled());
  await page.close();
});

test("a flame graph is walked with the keys", async () => {
  const page = await open(browser, made("flame", documents.document_of("flame", [documents.with_profile(documents.http("browse", 20, 1))])));
  const flame = page.locator("svg.flame");
  await flame.focus();
  const told = () => page.textContent(".part-profile .heat-at");
  for (const [key, expected] of [
    ["ArrowDown", "all: 100.0 %, itself 0.0 %"],
    ["ArrowDown", "main: 100.0 %, itself 0.0 %"],
    ["ArrowDown", "serve::Loop::run: 100.0 %, itself 0.0 %"],
    ["ArrowDown", "code_graph::search<std::string>: 80.0 %, itself 50.0 %"],
    ["ArrowRight", "parse_request: 10.0 %, itself 10.0 %"],
    ["ArrowLeft", "code_graph::search<std::string>: 80.0 %, itself 50.0 %"],
    ["ArrowUp", "serve::Loop::run: 100.0 %, itself 0.0 %"],
    ["ArrowDown", "code_graph::search<std::string>: 80.0 %, itself 50.0 %"],
  ]) {
    await flame.press(key);
    assert.equal(await told(), expected, key);
  }
  await flame.press("Enter");
  assert.equal(await page.locator("svg.flame > svg").count(), 2);
  await flame.press("Escape");
  assert.equal(await page.locator("svg.flame > svg").count(), 6 + 1);
  await examine(page, 5);
});

test("the switch turns the colours, and charts with them", async () => {
  const page = await open(browser, made("switch", documents.everything()));
  await drawn_charts(page);
  const looks = () =>
    page.evaluate(() => ({
      ground: getComputedStyle(document.body).backgroundColor,
      chart: document.querySelector(".plot-area canvas").toDataURL(),
    }));
  const before = await looks();
  await page.click('.bar button[aria-label="dark colours"]');
  const later = await looks();
  assert.notEqual(before.ground, later.ground);
  assert.notEqual(before.chart, later.chart);
  await page.click('.bar button[aria-label="light colours"]');
  assert.deepEqual(await looks(), before);
  await page.close();
});

test("a legend entry takes its line away and brings it back", async () => {
  const page = await open(browser, made("legend", documents.day()));
  await drawn_charts(page);
  const look = () => page.$eval("#s0-over-time canvas", (canvas) => canvas.toDataURL());
  const before = await look();
  const entry = page.locator("#s0-over-time .legend button", { hasText: "p99" }).first();
  await entry.focus();
  await entry.press("Enter");
  assert.notEqual(await look(), before);
  assert.equal(await entry.getAttribute("aria-pressed"), "false");
  await entry.press("Enter");
  assert.equal(await look(), before);
  await page.close();
});

test("text from outside is text", async () => {
  const page = await open(browser, made("hostile", documents.hostile()));
  assert.equal(await page.evaluate(() => window.hurt), undefined);
  assert.equal(await page.locator("main img").count(), 0);
  assert.match(await page.textContent("h1"), /^<\/script><img src=x onerror=/);
  const plan = await page.textContent(".plan");
  assert.ok(plan.includes("\u2400\u2407\u241b[2J"), "control characters are seen");
  assert.ok(!/[\u202a-\u202e]/.test(plan), "nothing turns its surroundings round");
  const text = await page.textContent("main");
  assert.ok(text.length < 30000, "long text is cut");
  await page.locator("button", { hasText: "all 102,400 characters" }).click();
  assert.ok((await page.textContent("main")).includes("x".repeat(100 * 1024)));
  assert.equal(await page.evaluate(() => window.hurt), undefined);
  await examine(page, 5);
});

test("two results are laid over each other", async () => {
  const [a, b] = [documents.everything(), documents.everything()];
  b.scenarios[0].metrics["latency.p95"] = a.scenarios[0].metrics["latency.p95"] * 1.2;
  const page = await open(browser, made("compared", a, b));
  const row = await page.locator("#compare tr", { hasText: "latency.p95" }).first().textContent();
  assert.match(row, /\+20 %$/);
  assert.deepEqual(await page.$$eval("#s0-times .legend button bdi", (all) => all.map((e) => e.textContent)), ["result 1: latency", "result 2: latency"]);
  await examine(page, 15);
});

test("a comparison says what a difference means", async () => {
  const file = path.join(folder, "comparison.html");
  const [a, b] = [documents.everything(), documents.everything()];
  for (const [payload, charts] of [
    [{ results: [{ label: "v1.2", result: a }, { label: "v1.3", result: b }], comparison: documents.comparison() }, 15],
    [{ results: [], comparison: documents.comparison("</script><img src=x onerror='window.hurt=1'>") }, 1],
  ]) {
    fs.writeFileSync(file, documents.page_of(REPORT_PAGE, payload));
    const page = await open(browser, `file://${file}`);
    assert.equal(await verdict(page), "regressed");
    assert.equal(await page.title(), "regressed: B against A");
    assert.match(await page.textContent(".hero"), /latency\.p95 \+20 % in /);
    const rows = page.locator("#compare .changes li");
    assert.equal(await rows.count(), 3);
    assert.equal(await rows.first().textContent(), "latency.p95regressed20.0 ms → 24.0 ms+20 %+18 to +23 %");
    assert.match(await page.textContent("#compare"), /intervals at 95 %.*too few pairs/s);
    // The point lies beside the margin, on the side of what is worse.
    const [point, margin] = await page.$eval("#compare .change", (svg) => [svg.querySelector("circle"), svg.querySelector(".allowed")].map((e) => e.getBoundingClientRect().right));
    assert.ok(point > margin, "what is worse is to the right");
    await follow_links(page);
    assert.equal(await page.evaluate(() => window.hurt), undefined);
    assert.ok((await drawn_charts(page)) >= charts);
    await accessible(page);
    await no_sideways(page);
    assert.deepEqual(page.problems, []);
    await page.close();
  }
});

test("two saved runs are compared in one page", async () => {
  for (const name of ["monday", "tuesday"]) run(name, `${address}/health`, "-c", "4", "-d", "2s");
  const out = path.join(folder, "both");
  const [a, b] = ["monday", "tuesday"].map((name) => path.join(folder, name));
  spawnSync(LOADSTONE, ["compare", a, b, "-o", out], { timeout: 60000 });
  const page = await open(browser, `file://${out}/comparison.html`);
  const { verdict: said, scenarios } = JSON.parse(fs.readFileSync(path.join(out, "comparison.json"), "utf8"));
  assert.equal(await verdict(page), said.replace("_", " "));
  assert.equal(await page.locator("#c0 .changes li").count(), scenarios[0].metrics.length);
  assert.deepEqual(await page.$$eval(".compared li", (all) => all.map((e) => e.children[1].textContent + e.children[2].textContent)), [`A${a}`, `B${b}`]);
  assert.deepEqual(await page.$$eval("#s0-times .legend button bdi", (all) => all.map((e) => e.textContent)), ["A: latency", "B: latency"]);
  await examine(page, 4);
});

test("a search for the limit draws its steps and the law of its users", async () => {
  const file = path.join(folder, "limit.html");
  for (const [width, scheme] of [[1280, "light"], [390, "dark"]]) {
    fs.writeFileSync(file, documents.page_of(REPORT_PAGE, { results: [], limit: documents.limit() }));
    const page = await open(browser, `file://${file}`, { width, scheme });
    assert.equal(await verdict(page), "640/s");
    assert.match(await page.textContent(".hero"), /640\/s can be sustained; the knee is at 790\/s; 785\/s are completed when there is too much\./);
    // In the order of the load, whichever step was run first.
    assert.deepEqual(await page.$$eval("#limit tbody tr", (rows) => rows.map((r) => `${r.cells[0].textContent}: ${r.cells[7].textContent}`)), ["200/s: held", "400/s: held", "640/s: held", "790/s: missed a target", "900/s: too much", "1.00k/s: too much"]);
    assert.equal(await page.getAttribute("#limit tbody a", "href"), "step-1/report.html");
    assert.deepEqual(await page.$$eval("#scaling .plot:first-of-type .legend bdi", (all) => all.map((e) => e.textContent)), ["measured", "fitted law", "generator was the limit"]);
    // The law has its most at 21.8 users: 740/s.
    assert.match(await page.getAttribute("#scaling .plot-area", "aria-label"), /fitted law from 100\/s to 740\/s/);
    await examine(page, 4);
  }
});

test("a law that cannot be told is not drawn, and that is said", async () => {
  const file = path.join(folder, "unfitted.html");
  const hostile = "</script><img src=x onerror='window.hurt=1'>";
  fs.writeFileSync(file, documents.page_of(REPORT_PAGE, { results: [], limit: documents.limit({ name: hostile, folder: "../javascript:window.hurt=1//", fits: false }) }));
  const page = await open(browser, `file://${file}`);
  assert.match(await page.textContent("#scaling .notice"), /not identifiable/);
  assert.deepEqual(await page.$$eval("#scaling .plot:first-of-type .legend bdi", (all) => all.map((e) => e.textContent)), ["measured"]);
  assert.equal(await page.textContent("h1"), hostile);
  assert.match(await page.getAttribute("#limit tbody a", "href"), /^\.\.%2Fjavascript%3A/);
  assert.equal(await page.evaluate(() => window.hurt), undefined);
  await examine(page, 4);
});

test("on paper every chart is drawn, on white", async () => {
  const page = await open(browser, made("printed", documents.everything()), { scheme: "dark" });
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await page.waitForFunction(() => [...document.querySelectorAll('[role="img"]')].every((e) => e.hasAttribute("data-drawn")));
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "light");
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  assert.ok((await page.pdf()).length > 10000);
  await page.close();
});

test("a page without a result says so", async () => {
  const page = await open(browser, `file://${REPORT_PAGE}`);
  assert.match(await page.textContent("main"), /no result/);
  await page.close();
});
