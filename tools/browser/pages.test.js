// The pages of `lineup serve` in a real browser.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { after, before, test } = require("node:test");
const { aws, drop, imported, importByDrop, launch, open, sample, serve } = require("./served.js");

const AXE = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const EVIL = "Performer,Stage,Start,End,Date\n<img src=x onerror=alert(1)>,Main Stage,12:00,12:30,2025-07-13\n";

let served, browser, first;

before(async () => {
  served = await serve();
  browser = await launch();
  first = await open(browser, served);
});
after(async () => {
  await browser?.close();
  await served?.stop();
});

test("a file that is dropped is checked, imported, and followed to its end", async () => {
  const { page } = first;
  await page.getByText("No sets yet").waitFor();
  await importByDrop(page, "weekend.csv", sample("weekend.csv"));
  assert.equal(await page.locator(".badge").first().textContent(), "SUCCEEDED");
  assert.match(await page.locator(".machine .good").first().textContent(), /Route/);
  assert.equal(await page.locator(".chunks a").count(), 1);
  assert.match(await page.locator("pre.message").textContent(), /weekend\.csv/);
});

test("a state of the picture opens what it did", async () => {
  const { page } = first;
  await page.getByRole("link", { name: /^Split, Task/ }).click();
  const visit = page.locator(".visits details[open]");
  await visit.getByText("Input").waitFor();
  assert.match(await visit.textContent(), /"execution_arn"|"detail"/);
});

test("the timetable has stages side by side, and a night belongs to its day", async () => {
  const { page } = first;
  await page.goto(`${served.origin}/`);
  await page.locator(".days a").nth(1).click();
  await page.waitForURL(/\/day\/2025-07-12/);
  assert.ok(await page.locator(".stages li:visible").count() > 1);
  const left = (at) => page.locator(".stages li").nth(at).evaluate((head) => head.getBoundingClientRect().left);
  assert.ok(await left(1) > await left(0));
  const night = page.locator(".set", { hasText: "Helena Hauff" });
  assert.equal(await night.locator(".when").textContent(), "02:30–04:00");
  const below = await night.evaluate((set) => set.getBoundingClientRect().top);
  assert.ok(below > await page.locator(".set").first().evaluate((set) => set.getBoundingClientRect().top));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.equal(wide, 0, "no scrolling sideways");
});

test("favourites are kept, clashes are marked, and a filter shows them alone", async () => {
  const { page } = first;
  await page.goto(`${served.origin}/day/2025-07-12`);
  const button = (at) => page.locator(".set").nth(at).locator("button");
  // A night has hours behind those of the evening.
  const hours = await page.locator(".set .when").allTextContents();
  const times = hours.map((text) => text.split("–").map((time) => time.split(":").map(Number)).map(([hour, minute]) => (hour < 6 ? hour + 24 : hour) * 60 + minute));
  const clash = times.findIndex(([start], at) => at > 0 && start < times[0][1]);
  await button(0).dispatchEvent("click");
  await button(clash).dispatchEvent("click");
  assert.equal(await page.locator(".set.clash").count(), 2);
  await page.reload();
  assert.equal(await page.locator(".set.star").count(), 2);
  await page.locator(".favourites summary").click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("[name=download]").click()]);
  const calendar = fs.readFileSync(await download.path(), "utf8");
  assert.equal(calendar.match(/BEGIN:VEVENT/g).length, 2);
});

test("search answers as one types, whatever the case and the accents", async () => {
  const { page } = first;
  await page.goto(`${served.origin}/search`);
  await page.locator("#q").pressSequentially("ROSALIA");
  const result = page.locator(".results li", { hasText: "Rosalía" }).first();
  await result.waitFor();
  await result.locator("a").click();
  await page.waitForURL(/\/performer/);
  assert.equal(await page.locator("h1").textContent(), "Rosalía");
});

test("a name of markup is only text", async () => {
  const { page, said } = first;
  await page.goto(`${served.origin}/file`);
  await importByDrop(page, "<img src=x onerror=alert(1)>.csv", EVIL);
  for (const target of ["/imports", "/day/2025-07-13", "/search?q=onerror", "/performer?name=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E"]) {
    await page.goto(served.origin + target);
    assert.equal(await page.locator("img").count(), 0, target);
  }
  assert.deepEqual(said, []);
});

test("options are said on the page, and what would change is seen before the import", async () => {
  const { page } = first;
  const header = "Performer,Stage,Start,End,Date\n";
  await page.goto(`${served.origin}/file`);
  await drop(page, "club.csv", `${header}Anz,Cellar,20:00,21:00,07/11/2025\nBeta,Cellar,21:00,22:00,07/11/2025\n`);
  assert.match(await page.locator("[role=alert]").textContent(), /dates/);
  await page.getByLabel("dates", { exact: true }).selectOption("mdy");
  await page.getByRole("button", { name: "Check it again" }).click();
  await page.getByText("is a new lineup").waitFor();
  assert.match(await page.locator(".actions code").textContent(), /^lineup import club\.csv --dates mdy$/);
  await imported(page);
  assert.equal(await page.locator(".badge").first().textContent(), "SUCCEEDED");
  await page.goto(`${served.origin}/file`);
  await drop(page, "club.csv", `${header}Anz,Cellar,20:30,21:00,2025-07-11\nBeta,Cellar,21:00,22:00,2025-07-11\nGamma,Cellar,22:00,23:00,2025-07-11\n`);
  assert.match(await page.locator(".changes").textContent(), /1 added.*1 moved/);
  assert.match(await page.locator("tr", { hasText: "Anz" }).textContent(), /20:00 Cellar → 2025-07-11 20:30 Cellar/);
  await imported(page);
  assert.match(await page.locator(".changes").textContent(), /1 added/);
});

test("an earlier version is brought back by its button", async () => {
  const { page } = first;
  await page.goto(`${served.origin}/lineups`);
  await page.getByRole("link", { name: "club.csv" }).click();
  assert.equal(await page.locator(".versions li").count(), 2);
  await page.getByRole("button", { name: "Bring this version back" }).click();
  await page.waitForURL(/\/imports\/.*execution=/);
  await page.locator("#import:not([data-live])").waitFor({ timeout: 60000 });
  await page.goto(`${served.origin}/search?q=gamma`);
  await page.getByText("No set is like that").waitFor();
});

test("a set says its line, and a chunk what happened to it", async () => {
  const { page } = first;
  await page.goto(`${served.origin}/performer?name=Beta`);
  await page.getByRole("link", { name: "Where this set came from" }).click();
  await page.getByText("line 3").waitFor();
  await page.locator(".facts a", { hasText: "-" }).last().click();
  assert.match(await page.locator(".pace").textContent(), /rows a second/);
  await page.locator(".chunks a").first().click();
  await page.getByRole("heading", { name: "Its execution" }).waitFor();
  await page.getByText("RowsWritten").waitFor();
  await page.locator(".visits summary", { hasText: "Load " }).first().click();
  await page.locator(".visits details[open]").getByText("Output").waitFor();
  await page.getByRole("button", { name: "Load this chunk again" }).click();
  await page.waitForURL(/execution=/);
  await page.locator("#import:not([data-live])").waitFor({ timeout: 60000 });
  assert.equal(await page.locator(".badge").first().textContent(), "SUCCEEDED");
});

test("the whole timetable of Glastonbury is usable", async (t) => {
  const folder = process.env.LINEUP_SHARED_DATA || path.resolve(__dirname, "../../../shared/data");
  const file = path.join(folder, "glastonbury-2022.csv");
  if (!fs.existsSync(file)) { t.skip("there is no glastonbury-2022.csv; LINEUP_SHARED_DATA names its folder"); return; }
  const other = await serve();
  t.after(() => other.stop());
  const { page, context } = await open(browser, other);
  await importByDrop(page, "glastonbury.csv", fs.readFileSync(file, "utf8"));
  await page.goto(`${other.origin}/`);
  await page.locator(".days a").first().waitFor();
  const sets = await page.locator(".days p").allTextContents();
  const day = sets.map((text) => Number(/^(\d+)/.exec(text)[1])).reduce((best, count, at, all) => (count > all[best] ? at : best), 0);
  await page.locator(".days a").nth(day).click();
  const all = await page.locator(".set").count();
  assert.ok(all > 500, `${all} sets`);
  await page.locator("[name=text]").fill("pyramid");
  const some = await page.locator(".set:visible").count();
  assert.ok(some > 0 && some < 40, `${some} sets on one stage`);
  assert.ok(await page.locator(".stages li:visible").count() < 5);
  await context.close();
});

test("a failed import is redriven by its button", async () => {
  const { page } = first;
  const TableName = "lineup-performances";
  const { TableNames } = await aws(served, "DYNAMODB", "DynamoDB_20120810.ListTables", {});
  const name = TableNames.find((name) => /performances/i.test(name)) || TableName;
  const { Table } = await aws(served, "DYNAMODB", "DynamoDB_20120810.DescribeTable", { TableName: name });
  await page.goto(`${served.origin}/file`);
  await aws(served, "DYNAMODB", "DynamoDB_20120810.DeleteTable", { TableName: name });
  await importByDrop(page, "lineup.csv", sample("lineup.csv"));
  assert.equal(await page.locator(".badge").first().textContent(), "FAILED");
  assert.match(await page.locator(".machine .bad").first().textContent(), /AwaitRedrive/);
  assert.match(await page.locator(".action code").first().textContent(), /^lineup redrive /);
  const index = ({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection });
  await aws(served, "DYNAMODB", "DynamoDB_20120810.CreateTable", {
    TableName: name, KeySchema: Table.KeySchema, AttributeDefinitions: Table.AttributeDefinitions,
    GlobalSecondaryIndexes: Table.GlobalSecondaryIndexes.map(index), BillingMode: "PAY_PER_REQUEST",
  });
  await page.getByRole("button", { name: "Redrive", exact: true }).click();
  await page.locator(".badge", { hasText: "SUCCEEDED" }).first().waitFor({ timeout: 60000 });
  assert.equal(await page.locator(".machine .bad").count(), 0);
});

test("a form of another origin does nothing", async () => {
  const { context } = first;
  const list = await context.request.get(`${served.origin}/imports`);
  const id = /\/imports\/([0-9a-f-]{36})/.exec(await list.text())[1];
  const form = `<form method="post" action="${served.origin}/imports/${id}/rerun"><button>Send</button></form>`;
  const other = http.createServer((_, answer) => answer.writeHead(200, { "content-type": "text/html" }).end(form));
  await new Promise((ready) => other.listen(0, "127.0.0.1", ready));
  const page = await context.newPage();
  // The same site by its address: the browser sends the cookie, and the origin of the form.
  await page.goto(`http://127.0.0.1:${other.address().port}/`);
  const [answer] = await Promise.all([page.waitForResponse(/rerun/), page.getByRole("button").click()]);
  assert.equal(answer.status(), 403);
  await page.close();
  other.close();
});

test("a name that was pointed at this machine gets nothing", async () => {
  const page = await first.context.newPage();
  const answer = await page.goto(`http://rebound.example:${new URL(served.origin).port}/`);
  assert.equal(answer.status(), 421);
  assert.ok(!(await page.content()).includes("2025"));
  await page.close();
});

test("another browser without the address gets nothing", async () => {
  const context = await browser.newContext();
  const answer = await (await context.newPage()).goto(`${served.origin}/`);
  assert.equal(answer.status(), 403);
  await context.close();
});

test("without scripts everything but live parts works", async () => {
  const { page, context } = await open(browser, served, { javaScriptEnabled: false });
  await page.goto(`${served.origin}/file`);
  await page.locator("input[type=file]").setInputFiles({ name: "again.csv", mimeType: "text/csv", buffer: Buffer.from(sample("lineup.csv")) });
  await page.getByRole("button", { name: "Check it" }).click();
  await page.getByRole("button", { name: "Import it" }).click();
  await page.waitForURL(/execution=/);
  await page.goto(`${served.origin}/search?q=hozier`);
  assert.ok(await page.locator(".results li").count() > 0);
  await context.close();
});

test("a day is printed on one page", async () => {
  const { page } = first;
  for (const format of ["A4", "A3"]) {
    await page.goto(`${served.origin}/day/2025-07-12`);
    const pdf = (await page.pdf({ format, landscape: true })).toString("latin1");
    assert.equal(pdf.match(/\/Type\s*\/Page\b(?!s)/g).length, 1, format);
  }
});

test("axe finds no barrier", async () => {
  const { context: opened } = first;
  const list = await (await opened.request.get(`${served.origin}/imports`)).text();
  const address = /href="(\/imports\/[^"]+execution=[^"]+)"/.exec(list)[1].replaceAll("&amp;", "&");
  const id = address.split(/[/?]/)[2];
  const targets = ["/", "/day/2025-07-12", "/search?q=main", "/performer?name=Hozier", "/imports", address, "/lineups", "/lineup?name=club.csv", "/set?name=Beta&stage=Cellar&date=2025-07-11&start=21:00", `/imports/${id}/chunks/1`, `/imports/${id}/rejects`, "/file", "/nowhere"];
  const found = [];
  for (const [width, colorScheme] of [[1366, "light"], [1366, "dark"], [390, "light"]]) {
    const { context, page } = await open(browser, served, { viewport: { width, height: 844 }, colorScheme });
    for (const target of targets) {
      await page.goto(served.origin + target);
      const { violations } = await page.evaluate(`${AXE}; axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })`);
      for (const one of violations) found.push(`${target} ${width} ${colorScheme}: ${one.id} ${one.nodes[0].html.slice(0, 120)}`);
    }
    await context.close();
  }
  assert.deepEqual(found, []);
});
