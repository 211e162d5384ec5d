// Takes the pictures for tools/screenshots: of a report, and of a terminal that was written as a page.
//   node screenshots.js FOLDER REPORT [TERMINAL]
"use strict";
const path = require("path");
const { chromium } = require("playwright-core");

const [folder, report, terminal] = process.argv.slice(2);

// What is shown, how wide, how high, on which ground, and from which element on; the first that is there.
const pictures = [
  ["report-light", 1280, 860, "light", []],
  ["report-dark", 1280, 1000, "dark", ["article.fail", "article.inconclusive", "article"]],
  ["broadcast", 1280, 760, "light", [".part-broadcast"]],
];

(async () => {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  for (const [name, width, height, colorScheme, from] of pictures) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: "reduce" });
    await page.goto(`file://${path.resolve(report)}`);
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
      console.error(`screenshots: the report has nothing to show for ${name}`);
    }
    await page.close();
  }
  if (terminal) {
    const page = await browser.newPage({ deviceScaleFactor: 1.5 });
    await page.goto(`file://${path.resolve(terminal)}`);
    await page.locator("pre").screenshot({ path: path.join(folder, "terminal.png") });
  }
  await browser.close();
})();
