// A running `lineup serve` with a data folder of its own, and a browser that opened its printed address.
"use strict";
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const readline = require("node:readline");
const { chromium } = require("playwright-core");

const ROOT = path.resolve(__dirname, "../..");
const LINEUP = process.env.LINEUP || path.join(ROOT, "target/debug/lineup");
const SAMPLES = path.join(ROOT, "samples");

// Starts it, and waits for the line that begins with "Ready".
async function serve() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lineup-browser-"));
  const child = spawn(LINEUP, ["--data", path.join(folder, "data"), "serve", "--port", "0", "--aws-port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  const variables = {};
  let address = "";
  const lines = readline.createInterface({ input: child.stdout });
  await new Promise((ready, failed) => {
    child.once("exit", () => failed(new Error("lineup serve ended")));
    lines.on("line", (line) => {
      const variable = /^export (\w+)=(.*)$/.exec(line);
      if (variable) variables[variable[1]] = variable[2];
      if (line.startsWith("Web")) address = line.slice(3).trim();
      if (line.startsWith("Ready")) ready();
    });
  });
  const ended = new Promise((done) => child.once("exit", done));
  const stop = async () => { child.kill("SIGINT"); await ended; fs.rmSync(folder, { recursive: true, force: true }); };
  return { address, origin: new URL(address).origin, variables, stop };
}

// A request of the AWS JSON protocol to an embedded service.
async function aws(served, service, target, body) {
  const credentials = "AWS4-HMAC-SHA256 Credential=local/20250101/us-east-1/x/aws4_request, SignedHeaders=host, Signature=0";
  const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": target, "x-amz-date": "20250101T000000Z", authorization: credentials };
  const answer = await fetch(served.variables.AWS_ENDPOINT_URL, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${target}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : {};
}

const launch = () => chromium.launch({
  executablePath: process.env.BROWSER,
  // Names that were pointed at this machine, as by DNS rebinding.
  args: ["--no-sandbox", "--no-zygote", "--disable-gpu", "--host-resolver-rules=MAP rebound.example 127.0.0.1"],
});

// A browser that opened the address, with a page. What its console says, and dialogs, are kept.
async function open(browser, served, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  const said = [];
  page.on("console", (message) => { if (message.type() === "error") said.push(message.text()); });
  page.on("pageerror", (error) => said.push(error.message));
  page.on("dialog", (dialog) => { said.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  await page.goto(served.address);
  await page.waitForURL(`${served.origin}/`);
  return { context, page, said };
}

// Drops a file on the page. Ends where it is checked.
async function drop(page, name, text) {
  const data = await page.evaluateHandle(([name, text]) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name, { type: "text/csv" }));
    return data;
  }, [name, text]);
  await page.dispatchEvent("#drop", "drop", { dataTransfer: data });
  await page.locator("#options").waitFor();
}

// Drops a file on the page, checks it and imports it. Ends on the page of the import, when it has ended.
async function importByDrop(page, name, text) {
  await drop(page, name, text);
  await imported(page);
}

// Imports the file that was checked.
async function imported(page) {
  await page.getByRole("button", { name: "Import it" }).click();
  await page.waitForURL(/\/imports\/.*execution=/);
  await page.locator("#import:not([data-live])").waitFor({ timeout: 60000 });
}

const sample = (name) => fs.readFileSync(path.join(SAMPLES, name), "utf8");

module.exports = { aws, drop, imported, importByDrop, launch, open, sample, serve };
