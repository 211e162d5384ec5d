// Takes the pictures for tools/screenshots, of pages that are there already.
//   node screenshots.js FOLDER NAME=PAGE...     with the names of `pictures` below, or terminal
"use strict";
const path = require("path");
const { chromium } = require("playwright-core");

const [folder, ...named] = process.argv.slice(2);

// By the page they are of: what is shown, how wide, how high, on which ground, and from which element on; the first that is
// there.
const pictures = {
  report: [
    ["report-light", 1280, 860, "light", []],
    ["report-dark", 1280, 1000, "dark", ["article.fail", "article.inconclusive", "article"]],
    ["broadcast", 1280, 760, "light", [".part-broadcast"]],
    ["recovery", 1280, 620, "light", ["article:last-of-type .part-recovery", ".part-recovery"]],
    ["flame", 1280, 620, "dark", [".part-profile"]],
  ],
  failed: [["failed", 1280, 860, "light", []]],
  comparison: [["comparison", 1280, 1140, "light", []]],
  limit: [["limit", 1280, 1200, "light", []]],
};

async function take(browser, page_file, [name, width, height, colorScheme, from]) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: "reduce" });
  await page.goto(`file://${path.resolve(page_file)}`);
  let found = from.length === 0;
  for (const selector of from) {
    const element = await page.$(selector);
    if (!element) continue;
    await element.evaluate((e) => e.scrollIntoView());
    found = true;
    break;
  }
  if (found) {
    // Charts near the window draw themselves.
    await page.waitForTimeout(500);
    await page.screenshot({ path: path.join(folder, `${name}.png`) });
  } else {
    console.error(`screenshots: ${page_file} has nothing to show for ${name}`);
  }
  await page.close();
}

(async () => {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  for (const argument of named) {
    const [what, file] = [argument.slice(0, argument.indexOf("=")), argument.slice(argument.indexOf("=") + 1)];
    if (what === "terminal") {
      const page = await browser.newPage({ deviceScaleFactor: 1.5 });
      await page.goto(`file://${path.resolve(file)}`);
      await page.locator("pre").screenshot({ path: path.join(folder, "terminal.png") });
      await page.close();
      continue;
    }
    for (const picture of pictures[what]) await take(browser, file, picture);
  }
  await browser.close();
})();
