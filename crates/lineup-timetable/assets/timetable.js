// Filters, favourites, clashes, and the line for now. No request is made, and every name is set as text.
"use strict";
(() => {
  const root = document.documentElement;
  const sheet = document.querySelector(".sheet");
  const one = (selector, within = document) => within.querySelector(selector);
  const named = (name) => one(`[name=${name}]`);
  const make = (tag, text, properties = {}) => Object.assign(document.createElement(tag), { textContent: text }, properties);
  // As the import compares names: without case and accents.
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const two = (number) => String(number).padStart(2, "0");
  const clock = (minutes) => `${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
  const moment = (day, minutes) => Date.parse(`${day}T00:00Z`) / 60000 + minutes;
  const overlap = (a, b) => a.from < b.to && b.from < a.to;

  // The sets of the sheet, in time order.
  const sets = sheet ? [...sheet.querySelectorAll(".set")].map((item) => {
    // The classes place a set, by hours and minutes; a set that is cut at the end of its day says its times itself.
    const placed = (letter) => Number(new RegExp(`(?:^| )${letter}(\\d+)`).exec(item.className)?.[1] || 0);
    const from = (Number(sheet.dataset.first) + placed("h")) * 60 + placed("m");
    const [start, end] = item.dataset.t?.split(" ").map(Number) || [from, from + placed("x") * 60 + placed("y")];
    const name = one("b", item).textContent, stage = one("i", item).textContent;
    const day = sheet.dataset.day;
    return {
      item, key: item.id, name, stage, start, end, day, from: moment(day, start), to: moment(day, end),
      column: Number(/(?:^| )c(\d+)/.exec(item.className)[1]) - 1,
      popularity: Number(item.dataset.p || 0), text: fold(`${name} ${stage}`),
    };
  }) : [];
  const heads = sheet ? [...sheet.querySelectorAll(".stages li")] : [];

  // Favourites: key => what is known of the set. They are kept for all days of the lineup.
  const place = `lineup-favourites-${root.dataset.lineup}`;
  const details = ({ name, stage, day, start, end }) => ({ name, stage, day, start, end });
  const read = () => { try { return new Map(Object.entries(JSON.parse(localStorage.getItem(place)) || {})); } catch { return new Map(); } };
  const fromAddress = () => {
    const keys = /^#f=([a-z2-7.]+)$/.exec(location.hash);
    return keys ? keys[1].split(".").filter(Boolean) : [];
  };
  // Not where the address names a set, or the content.
  const isOurs = () => !location.hash || location.hash.startsWith("#f=");
  let kept = read();
  // An address with favourites shows them beside one's own. They are kept when that is asked for, or another is chosen.
  let shared = fromAddress().filter((key) => !kept.has(key));
  const isFavourite = (key) => kept.has(key) || shared.includes(key);
  const favourites = () => new Map([...shared.map((key) => [key, null]), ...kept]);

  function keep() {
    try { localStorage.setItem(place, JSON.stringify(Object.fromEntries(kept))); } catch { /* the address still has them */ }
    const keys = [...favourites().keys()];
    const hash = keys.length ? `#f=${keys.join(".")}` : "";
    if (isOurs()) history.replaceState(null, "", location.pathname + location.search + hash);
    for (const link of document.querySelectorAll("nav:not(.site) a, .days a, .festival a")) link.hash = hash;
  }

  // A set that moved is known by its key, and takes its new time along.
  function update() {
    for (const set of sets) if (kept.has(set.key)) kept.set(set.key, details(set));
  }

  function known() {
    const here = new Map(sets.map((set) => [set.key, set]));
    const found = [];
    for (const [key, detail] of favourites()) {
      const set = here.get(key) || detail;
      if (set) found.push({ key, ...details(set), from: moment(set.day, set.start), to: moment(set.day, set.end) });
    }
    return found.sort((a, b) => a.from - b.from || a.to - b.to);
  }

  function showFavourites() {
    const panel = one(".favourites"), all = known();
    const clashes = new Map(all.map((set) => [set.key, all.filter((other) => other !== set && overlap(set, other))]));
    for (const { item, key, name, stage, start } of sets) {
      const star = isFavourite(key), clash = clashes.get(key) || [];
      item.classList.toggle("star", star);
      item.classList.toggle("clash", clash.length > 0);
      const button = one("button", item);
      const said = clash.length ? `, clashes with ${clash.map((other) => other.name).join(", ")}` : "";
      button.setAttribute("aria-pressed", star);
      button.setAttribute("aria-label", `Favourite: ${name}, ${stage}, ${clock(start)}${said}`);
    }
    one("summary", panel).textContent = `Favourites (${favourites().size})`;
    one(".none", panel).hidden = favourites().size > 0;
    one(".shared", panel).hidden = shared.length === 0;
    one("ol", panel).replaceChildren(...all.map((set) => {
      const line = make("li", "");
      const day = new Date(`${set.day}T00:00Z`).toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
      line.append(make("b", set.name), `${day}, ${clock(set.start)}–${clock(set.end)}, ${set.stage}`);
      const clash = clashes.get(set.key);
      if (clash.length) line.append(make("span", `clashes with ${clash.map((other) => other.name).join(", ")}`, { className: "clash" }));
      return line;
    }));
    const unknown = favourites().size - all.length;
    if (unknown) one("ol", panel).append(make("li", `${unknown} more on days that were not opened here yet`));
    for (const name of ["copy", "download", "only"]) named(name).disabled = all.length === 0;
    const only = named("only");
    only.closest("label").hidden = !sheet;
    if (!all.length && only.checked) { only.checked = false; filter(); }
  }

  function toggle(set) {
    adopt();
    if (kept.has(set.key)) kept.delete(set.key); else kept.set(set.key, details(set));
    keep();
    showFavourites();
    if (named("only").checked) filter();
  }

  function adopt() {
    const found = new Map(known().map((set) => [set.key, details(set)]));
    for (const key of shared) if (found.has(key)) kept.set(key, found.get(key));
    shared = shared.filter((key) => !found.has(key));
  }

  // iCalendar, as the server writes it: RFC 5545, floating times.
  const escaped = (text) => text.replace(/[\\;,]/g, "\\$&").replace(/\n/g, "\\n").replace(/[\0-\x08\x0b-\x1f\x7f]/g, "");
  function folded(line) {
    let text = "", room = 75;
    for (const letter of line) {
      const length = new TextEncoder().encode(letter).length;
      if (length > room) { text += "\r\n "; room = 74; }
      text += letter;
      room -= length;
    }
    return `${text}\r\n`;
  }
  function calendar() {
    const time = (minutes) => new Date(minutes * 60000).toISOString().replace(/[-:]|\.000Z/g, "");
    const lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//lineup//timetable//EN", "CALSCALE:GREGORIAN"];
    for (const set of known()) {
      lines.push("BEGIN:VEVENT", `UID:${set.key}@lineup`, `DTSTAMP:${root.dataset.stamp}`, `SEQUENCE:${root.dataset.sequence}`,
        `DTSTART:${time(set.from)}`, `DTEND:${time(set.to)}`, `SUMMARY:${escaped(set.name)}`, `LOCATION:${escaped(set.stage)}`, "END:VEVENT");
    }
    return [...lines, "END:VCALENDAR"].map(folded).join("");
  }
  function download() {
    const address = URL.createObjectURL(new Blob([calendar()], { type: "text/calendar" }));
    make("a", "", { href: address, download: "favourites.ics" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }
  async function copy(event) {
    const button = event.currentTarget;
    keep();
    // Pages that are opened from a disk have no clipboard: the address is in the address bar.
    try { await navigator.clipboard.writeText(location.href); button.textContent = "Copied"; } catch { button.textContent = "Copy the address above"; }
    setTimeout(() => { button.textContent = "Copy link"; }, 3000);
  }

  // Filters. Hidden columns give their room to the others.
  const chosen = new Set(heads.map((_, at) => at));
  function filter() {
    const words = fold(named("text").value).split(/\s+/).filter(Boolean);
    const least = Number(named("popularity")?.value || 0), only = named("only").checked;
    const columns = new Set();
    let shown = 0, hour = null;
    for (const item of one(".sets").children) {
      if (item.matches(".hour")) { hour = item; hour.classList.add("none"); continue; }
      const set = item.set;
      if (!set) continue;
      const fits = chosen.has(set.column) && set.popularity >= least && (!only || isFavourite(set.key)) && words.every((word) => set.text.includes(word));
      item.hidden = !fits;
      if (!fits) continue;
      shown += 1;
      columns.add(set.column);
      hour?.classList.remove("none");
    }
    const places = new Map([...columns].sort((a, b) => a - b).map((column, at) => [column, at + 1]));
    heads.forEach((head, at) => {
      head.hidden = !places.has(at);
      head.style.setProperty("--column", places.get(at) || 1);
    });
    for (const set of sets) if (!set.item.hidden) set.item.style.setProperty("--column", places.get(set.column));
    sheet.style.setProperty("--columns", Math.max(places.size, 1));
    sheet.classList.toggle("fits", places.size <= 16);
    one(".choose").classList.toggle("active", chosen.size < heads.length);
    one(".favourites").classList.toggle("active", only);
    if (named("popularity")) one("output").textContent = least || "any";
    one(".found").textContent = shown === sets.length ? `${shown} sets` : shown ? `${shown} of ${sets.length} sets` : "No set is like that";
    rove();
  }

  function chooseStages() {
    const boxes = heads.map((head, at) => {
      const label = make("label", ""), box = make("input", "", { type: "checkbox", checked: true });
      box.addEventListener("change", () => { if (box.checked) chosen.add(at); else chosen.delete(at); filter(); });
      label.append(box, head.textContent);
      return label;
    });
    one(".choose fieldset").append(...[...boxes].sort((a, b) => a.textContent.localeCompare(b.textContent)));
    const all = (checked) => () => {
      boxes.forEach((label, at) => { label.firstChild.checked = checked; if (checked) chosen.add(at); else chosen.delete(at); });
      filter();
    };
    named("all").addEventListener("click", all(true));
    named("none").addEventListener("click", all(false));
  }

  // One stop of the tab key for all sets; arrows go from set to set.
  const seen = () => sets.filter((set) => !set.item.hidden);
  function rove(to) {
    const all = seen(), current = to || all.find((set) => one("button", set.item).tabIndex === 0) || all[0];
    for (const set of sets) one("button", set.item).tabIndex = set === current ? 0 : -1;
    if (to) one("button", to.item).focus();
  }
  function go(event) {
    const set = event.target.closest?.(".set")?.set;
    if (!set || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const isSheet = getComputedStyle(sheet).display === "grid", sideways = /Left|Right/.test(event.key);
    const all = seen();
    if (!isSheet || !sideways) {
      const line = isSheet ? all.filter((other) => other.column === set.column) : all;
      const next = line[line.indexOf(set) + step];
      if (next) rove(next);
      return;
    }
    const columns = [...new Set(all.map((other) => other.column))].sort((a, b) => a - b);
    const column = columns[columns.indexOf(set.column) + step];
    const near = all.filter((other) => other.column === column).sort((a, b) => Math.abs(a.start - set.start) - Math.abs(b.start - set.start));
    if (near.length) rove(near[0]);
  }

  // The line for now, by the clock of this device: as if it were at the festival.
  const line = make("li", "", { className: "now" });
  function now() {
    const at = new Date(), minutes = Date.UTC(at.getFullYear(), at.getMonth(), at.getDate(), at.getHours(), at.getMinutes()) / 60000;
    const since = minutes - moment(sheet.dataset.day, sheet.dataset.first * 60);
    const isOn = since >= 0 && since <= sheet.dataset.hours * 60;
    line.hidden = named("now").hidden = !isOn;
    line.firstChild.textContent = `Now, ${two(at.getHours())}:${two(at.getMinutes())}`;
    line.style.setProperty("margin-top", `calc(${since} * var(--minute))`);
  }

  function zoom(by) {
    const at = Math.min(5, Math.max(1, Number(/z(\d)/.exec(sheet.className)?.[1] || 3) + by));
    sheet.className = sheet.className.replace(/ z\d/, "") + (at === 3 ? "" : ` z${at}`);
  }

  function startSheet() {
    for (const set of sets) {
      set.item.set = set;
      const button = make("button", "", { type: "button", tabIndex: -1 });
      button.addEventListener("click", () => { toggle(set); rove(set); });
      set.item.append(button);
    }
    one(".filters").hidden = false;
    chooseStages();
    line.append(make("span", ""));
    one(".sets").append(line);
    now();
    setInterval(() => { if (!document.hidden) now(); }, 20000);
    document.addEventListener("visibilitychange", now);
    for (const name of ["text", "popularity", "only"]) named(name)?.addEventListener("input", filter);
    named("lower").addEventListener("click", () => zoom(-1));
    named("higher").addEventListener("click", () => zoom(1));
    named("now").addEventListener("click", () => line.scrollIntoView({ block: "center" }));
    one(".sets").addEventListener("keydown", go);
    document.addEventListener("click", (event) => {
      for (const panel of document.querySelectorAll("header details[open]")) if (!panel.contains(event.target)) panel.open = false;
    });
    document.addEventListener("keydown", (event) => {
      const panel = event.key === "Escape" && one("header details[open]");
      if (panel) { panel.open = false; one("summary", panel).focus(); }
    });
    update();
  }

  if (sheet) startSheet();
  if (one(".favourites")) {
    one(".favourites").hidden = false;
    named("download").addEventListener("click", download);
    named("copy").addEventListener("click", copy);
    named("keep").addEventListener("click", () => { adopt(); keep(); showFavourites(); });
    const again = () => { if (!isOurs()) return; kept = read(); shared = fromAddress().filter((key) => !kept.has(key)); update(); showFavourites(); };
    addEventListener("storage", (event) => { if (event.key === place) { kept = read(); showFavourites(); } });
    addEventListener("hashchange", again);
    keep();
    showFavourites();
  }
  if (sheet) filter();
})();
