// Takes the pictures of README.md: node run.js FOLDER screenshots.js
"use strict";
const path = require("node:path");
const { drop, imported, importByDrop, launch, open, sample, serve } = require("./served.js");

const picture = (page, name) => page.screenshot({ path: path.resolve(__dirname, "../../docs", name) });

(async () => {
  const served = await serve();
  const browser = await launch();
  try {
    const { page } = await open(browser, served, { viewport: { width: 1280, height: 800 } });
    await page.goto(`${served.origin}/file`);
    await importByDrop(page, "weekend.csv", sample("weekend.csv"));
    await page.goto(`${served.origin}/day/2025-07-12`);
    for (const at of [1, 6, 9]) await page.locator(".set button").nth(at).dispatchEvent("click");
    await picture(page, "timetable.png");
    await page.goto(`${served.origin}/file`);
    await drop(page, "weekend.csv", sample("weekend.csv").replace("Lankum", "Lankum and guests"));
    await imported(page);
    await picture(page, "import.png");
  } finally {
    await browser.close();
    await served.stop();
  }
})();
