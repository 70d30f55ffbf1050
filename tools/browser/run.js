// Runs the browser tests of this folder: node run.js FOLDER, where FOLDER has node_modules of package.json. With the name of
// another program of this folder behind it, that one instead.
// The browser is $CHROMIUM, one of PATH, Debian's chromium, which debian.sh puts into FOLDER/debian, or the one of the npm
// package @sparticuz/chromium, unpacked into FOLDER. Without any, it says so and succeeds; with CI=true it fails.
"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { brotliDecompressSync } = require("node:zlib");

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const folder = path.resolve(process.argv[2] || ".tools/browser");
const modules = path.join(folder, "node_modules");

// What starts: a program and the variables that it needs.
function starts(program, variables = {}) {
  const asked = spawnSync(program, ["--version"], { env: { ...process.env, ...variables }, encoding: "utf8" });
  return asked.status === 0 ? { program, variables } : null;
}

function onPath() {
  const folders = (process.env.PATH || "").split(path.delimiter).filter(Boolean);
  const files = folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name)));
  return files.filter((file) => fs.existsSync(file)).map((file) => starts(file)).find(Boolean);
}

// Debian's, with the libraries that this machine does not have.
function ofDebian() {
  const target = path.join(folder, "debian"), root = path.join(target, "root");
  if (process.platform !== "linux") return null;
  if (!fs.existsSync(path.join(target, ".installed"))) {
    const installed = spawnSync("bash", [path.join(__dirname, "debian.sh"), target], { stdio: ["ignore", "ignore", "inherit"] });
    if (installed.status !== 0) { console.log("Debian's chromium cannot be had here"); return null; }
  }
  const libraries = fs.readdirSync(path.join(root, "usr/lib")).filter((name) => name.endsWith("-linux-gnu"))
    .flatMap((name) => [path.join(root, "usr/lib", name), path.join(root, "usr/lib", name, "pulseaudio")]);
  const variables = { LD_LIBRARY_PATH: libraries.join(":"), FONTCONFIG_FILE: path.join(target, "fonts.conf") };
  return starts(path.join(root, "usr/lib/chromium/chromium"), variables);
}

// The package has the program, the libraries that it needs and fonts, each compressed.
function unpacked() {
  const packed = path.join(modules, "@sparticuz/chromium/bin");
  if (process.platform !== "linux" || process.arch !== "x64" || !fs.existsSync(packed)) return null;
  const target = path.join(folder, "chromium"), program = path.join(target, "chromium");
  if (!fs.existsSync(path.join(target, "complete"))) {
    fs.rmSync(target, { recursive: true, force: true });
    fs.mkdirSync(target, { recursive: true });
    for (const name of fs.readdirSync(packed).filter((name) => name.endsWith(".br"))) {
      const bytes = brotliDecompressSync(fs.readFileSync(path.join(packed, name)));
      if (!name.endsWith(".tar.br")) { fs.writeFileSync(path.join(target, name.slice(0, -3)), bytes, { mode: 0o755 }); continue; }
      const untarred = spawnSync("tar", ["-x", "-C", target], { input: bytes });
      if (untarred.status !== 0) throw new Error(`tar cannot unpack ${name}: ${untarred.stderr}`);
    }
    fs.writeFileSync(path.join(target, "complete"), "");
  }
  const libraries = ["lib", "al2023/lib", "."].map((name) => path.join(target, name)).filter((name) => fs.existsSync(name));
  const fonts = ["fonts", "."].map((name) => path.join(target, name)).find((name) => fs.existsSync(path.join(name, "fonts.conf")));
  return starts(program, { LD_LIBRARY_PATH: libraries.join(":"), ...(fonts ? { FONTCONFIG_PATH: fonts } : {}) });
}

function find() {
  if (!fs.existsSync(path.join(modules, "playwright-core"))) return null;
  return (process.env.CHROMIUM && starts(process.env.CHROMIUM)) || onPath() || ofDebian() || unpacked();
}

const browser = find();
if (!browser) {
  console.log("SKIPPED: no browser");
  process.exit(process.env.CI === "true" ? 1 : 0);
}
console.log(`The browser is ${browser.program}`);
const tests = fs.readdirSync(__dirname).filter((name) => name.endsWith(".test.js")).map((name) => path.join(__dirname, name));
const variables = { ...process.env, ...browser.variables, NODE_PATH: modules, BROWSER: browser.program };
const other = process.argv[3];
const programs = other ? [path.join(__dirname, other)] : ["--test", "--test-concurrency=1", ...tests];
const ran = spawnSync(process.execPath, programs, { env: variables, stdio: "inherit" });
process.exit(ran.status ?? 1);
