"use strict";
const { launch, open, sample, serve, importByDrop } = require("./served.js");
const fs=require("fs");
(async () => {
  const served = await serve(); const browser = await launch();
  const { page, context } = await open(browser, served);
  const out = "/tmp/see-shots"; fs.mkdirSync(out,{recursive:true});
  const shot = async (name, full) => page.screenshot({ path: `${out}/${name}.png`, fullPage: !!full });
  await shot("empty");
  await page.goto(`${served.origin}/file`);
  await importByDrop(page, "weekend.csv", sample("weekend.csv"));
  await shot("import", true);
  await page.goto(`${served.origin}/`); await shot("index", true);
  await page.goto(`${served.origin}/day/2025-07-12`); await shot("day");
  await page.goto(`${served.origin}/imports`); await shot("imports");
  await browser.close(); await served.stop();
})();
