// A page in a real browser, watched: what it says on its console, what it draws, whether everybody can read it.
"use strict";
const assert = require("assert/strict");
const fs = require("fs");
const { chromium } = require("playwright-core");

const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });

// Opens a file or address. `problems` gathers what goes wrong for as long as the page is open; a page from disk that asks
// for anything else counts.
async function open(browser, address, { width = 1280, height = 900, scheme = "light" } = {}) {
  // Without motion a link has led to its place at once.
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme, reducedMotion: "reduce" });
  page.problems = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && page.problems.push(message.text()));
  page.on("pageerror", (error) => page.problems.push(error.message));
  if (address.startsWith("file:"))
    page.on("request", (request) => request.url() !== address && !request.url().startsWith("data:") && page.problems.push(`asked for ${request.url()}`));
  await page.goto(address);
  return page;
}

// Every link of the navigation leads to a section that is there, and following it brings the section to the window.
async function follow_links(page) {
  const links = await page.$$eval("nav a", (all) => all.map((a) => a.getAttribute("href")));
  assert.ok(links.length >= 3, "a navigation");
  for (const link of links) {
    await page.evaluate((href) => document.querySelector(`nav a[href="${href}"]`).click(), link);
    await page.waitForFunction(
      (id) => {
        const box = document.getElementById(id)?.getBoundingClientRect();
        const end = scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
        return box && box.height > 0 && box.top < innerHeight && (box.top > -5 || end);
      },
      link.slice(1),
      { timeout: 5000 },
    );
  }
  return links;
}

// Every chart is drawn: no canvas of one colour, no flame graph without boxes. Returns how many there are.
async function drawn_charts(page) {
  const count = await page.$$eval('[role="img"]', (all) => all.length);
  for (let i = 0; i < count; ++i) {
    await page.evaluate((n) => document.querySelectorAll('[role="img"]')[n].scrollIntoView({ behavior: "instant", block: "center" }), i);
    await page.waitForFunction((n) => document.querySelectorAll('[role="img"]')[n].hasAttribute("data-drawn"), i, { timeout: 5000 });
  }
  const colours = await page.$$eval('[role="img"]', (all) =>
    all.map((element) => {
      const canvas = element.tagName === "CANVAS" ? element : element.querySelector("canvas");
      if (!canvas) return element.querySelectorAll("rect").length;
      const pixels = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer);
      return new Set(pixels).size;
    }),
  );
  colours.forEach((n, i) => assert.ok(n > 2, `chart ${i} of ${colours.length} is drawn (${n} colours)`));
  return count;
}

// Contrast, roles, names: axe finds nothing to say.
async function accessible(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | ")}`), []);
}

const no_sideways = async (page) => assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page does not scroll sideways");

module.exports = { accessible, drawn_charts, follow_links, launch, no_sideways, open };
