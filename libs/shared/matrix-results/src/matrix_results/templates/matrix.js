"use strict";
(() => {
  const form = document.querySelector(".mx-search");
  if (!form) return;
  const input = form.querySelector("input");
  const found = document.getElementById("found");
  const nothing = document.getElementById("nothing");
  const shortcuts = document.getElementById("shortcuts");
  const boxes = [...document.querySelectorAll("details.mx-box")];
  const filters = [...form.querySelectorAll("[data-status]")];
  const suites = [...document.querySelectorAll(".mx-suite")].map((node) => ({
    node,
    words: node.dataset.words,
    rows: [...node.querySelectorAll("tr[data-words]")].map((row) => ({
      node: row,
      words: node.dataset.words + " " + row.dataset.words,
      statuses: row.dataset.statuses.split(" "),
    })),
  }));

  let searching = false;

  // A row is shown if it has every word of the search and one of the statuses asked for.
  function show() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const statuses = filters.filter(pressed).map((button) => button.dataset.status);
    let shown = 0;
    for (const suite of suites) {
      let any = !suite.rows.length && !statuses.length && has(suite.words, words);
      for (const row of suite.rows) {
        const visible =
          has(row.words, words) &&
          (!statuses.length || statuses.some((status) => row.statuses.includes(status)));
        row.node.hidden = !visible;
        any = any || visible;
      }
      suite.node.hidden = !any;
      shown += any ? 1 : 0;
    }
    nothing.hidden = shown > 0 || !suites.length;
    const before = searching;
    searching = words.length > 0 || statuses.length > 0;
    found.textContent = searching ? `${shown} of ${suites.length} suites shown` : "";
    // What is found comes first: the lists above it are folded, but may be opened again.
    if (searching !== before) for (const box of boxes) box.open = !searching;
  }

  const has = (text, words) => words.every((word) => text.includes(word));
  const pressed = (button) => button.getAttribute("aria-pressed") === "true";

  function reset() {
    input.value = "";
    for (const button of filters) button.setAttribute("aria-pressed", "false");
    show();
  }

  // Details open when something leads to them; a hidden suite is shown first.
  function open(id) {
    const target = id && document.getElementById(id);
    if (!target) return;
    if (target.closest("[hidden]")) reset();
    if (target.tagName === "DETAILS") {
      target.open = true;
      target.querySelector("summary").focus({ preventScroll: true });
    }
    target.scrollIntoView({ block: "start" });
  }

  function step(direction) {
    const stops = [...document.querySelectorAll(":is(details.mx-failed, details.mx-unresolvable):not(.mx-trial)")];
    if (!stops.length) return;
    const at = stops.indexOf(document.activeElement.closest("details"));
    const next = at < 0 && direction < 0 ? stops.length - 1 : at + direction;
    open(stops[(next + stops.length) % stops.length].id);
  }

  // Only a grid that scrolls is a stop for the keyboard.
  function stop(grid) {
    const scrolls = grid.scrollWidth > grid.clientWidth;
    grid.setAttribute("role", scrolls ? "region" : "group");
    if (scrolls) grid.tabIndex = 0;
    else grid.removeAttribute("tabindex");
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("input", show);
  for (const button of filters) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(!pressed(button)));
      show();
    });
  }
  addEventListener("hashchange", () => open(location.hash.slice(1)));
  // A link to where one is already changes no hash.
  addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest('a[href^="#"]');
    if (!link || link.hash !== location.hash) return;
    event.preventDefault();
    open(link.hash.slice(1));
  });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      reset();
      return;
    }
    if (document.activeElement === input || !shortcuts.checked) return;
    if (event.key === "/") {
      event.preventDefault();
      input.focus();
    }
    if (event.key === "n") step(1);
    if (event.key === "p") step(-1);
  });

  const sizes = new ResizeObserver((changed) => changed.forEach(({ target }) => stop(target)));
  for (const grid of document.querySelectorAll(".mx-scroll")) {
    stop(grid);
    sizes.observe(grid);
  }
  form.hidden = false;
  show();
  open(location.hash.slice(1));
})();
