// Live parts, search as one types, and files that are dropped. Requests go to this server alone; text is never markup.
"use strict";
(() => {
  const one = (selector, within = document) => within.querySelector(selector);

  // A part of a page from this server, made by the same code as the page that it becomes part of.
  async function part(address) {
    const answer = await fetch(address, { headers: { accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.statusText);
    return new DOMParser().parseFromString(await answer.text(), "text/html").body;
  }

  // A live part is asked for again and again until it says no more that it is live, and never while nobody sees it.
  function replace(old, fresh) {
    const open = [...old.querySelectorAll("details[open]")].map((detail) => detail.id).filter(Boolean);
    const focused = old.contains(document.activeElement) && document.activeElement.closest("[id]")?.id;
    const scrolled = [...old.querySelectorAll(".wide")].map((box) => box.scrollLeft);
    old.replaceWith(fresh);
    for (const id of open) { const detail = document.getElementById(id); if (detail) detail.open = true; }
    [...fresh.querySelectorAll(".wide")].forEach((box, at) => { box.scrollLeft = scrolled[at] || 0; });
    if (focused) { const again = document.getElementById(focused); (one("summary", again || fresh) || again)?.focus({ preventScroll: true }); }
  }
  async function look(id) {
    const live = document.getElementById(id);
    if (!live?.dataset.live) return;
    if (!document.hidden) {
      try {
        const fresh = (await part(live.dataset.live)).querySelector(`#${id}`);
        // Who has chosen text there goes on reading.
        const chosen = getSelection();
        if (fresh && (chosen.isCollapsed || !live.contains(chosen.anchorNode))) {
          replace(live, document.adoptNode(fresh));
          start(fresh);
        }
      } catch { /* The server may come back: the next look says so. */ }
    }
    const next = document.getElementById(id);
    if (next?.dataset.live) setTimeout(() => look(id), Math.max(1, Number(next.dataset.seconds) || 5) * 1000);
  }

  // The map of many chunks: the cell that is pointed at has a number.
  function start(within) {
    const map = one("svg.chunks", within), input = one(".choose-chunk input", within);
    if (!map || !input || one("a", map)) return;
    map.addEventListener("click", (event) => {
      const box = map.viewBox.baseVal, place = map.getBoundingClientRect(), step = 12;
      const column = Math.floor((event.clientX - place.left) / place.width * box.width / step);
      const row = Math.floor((event.clientY - place.top) / place.height * box.height / step);
      const chunk = row * (box.width / step) + column + 1;
      if (chunk >= 1 && chunk <= Number(input.max)) { input.value = chunk; input.form.requestSubmit(); }
    });
  }

  // A state in the picture leads to what it did.
  function openTarget() {
    const target = location.hash.startsWith("#visit-") && document.getElementById(location.hash.slice(1));
    if (target) { target.open = true; target.scrollIntoView({ block: "nearest" }); }
  }

  // Search as one types: the newest question alone is answered.
  function search(input) {
    let waiting = null, asked = 0;
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        const mine = asked += 1, text = encodeURIComponent(input.value);
        try {
          const fresh = await part(input.dataset.results + text);
          if (mine !== asked) return;
          one("#results").replaceChildren(...fresh.childNodes);
          history.replaceState(null, "", `${location.pathname}?q=${text}`);
        } catch { /* The button still asks. */ }
      }, 120);
    });
  }

  // A file that is dropped anywhere is put into the form and sent with it.
  function drop(form) {
    const input = one("input[type=file]", form);
    const hasFile = (event) => [...event.dataTransfer?.types || []].includes("Files");
    document.addEventListener("dragover", (event) => { if (hasFile(event)) { event.preventDefault(); form.classList.add("over"); } });
    document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) form.classList.remove("over"); });
    document.addEventListener("drop", (event) => {
      if (!hasFile(event)) return;
      event.preventDefault();
      form.classList.remove("over");
      input.files = event.dataTransfer.files;
      if (input.files.length) form.requestSubmit();
    });
  }

  for (const live of document.querySelectorAll("[data-live]")) setTimeout(() => look(live.id), 1000);
  start(document);
  addEventListener("hashchange", openTarget);
  openTarget();
  const input = one("input[data-results]"), form = one("#drop");
  if (input) search(input);
  if (form) drop(form);
})();
