"use strict";
(() => {
  const filters = document.getElementById("filters");
  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  const chips = [...filters.querySelectorAll(".chip")];
  const entries = [...document.querySelectorAll(".requirement")].map((element) => ({
    element,
    verdict: element.dataset.verdict,
    text: element.textContent.toLowerCase(),
  }));

  const filter = () => {
    const wanted = chips
      .filter((chip) => chip.getAttribute("aria-pressed") === "true")
      .map((chip) => chip.dataset.verdict);
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { element, verdict, text } of entries) {
      const visible =
        (!wanted.length || wanted.includes(verdict)) && words.every((word) => text.includes(word));
      element.hidden = !visible;
      count += visible;
    }
    const active = wanted.length || words.length;
    shown.textContent = active ? `${count} of ${entries.length}` : "";
    for (const list of document.querySelectorAll(".requirements")) {
      const empty = ![...list.children].some((child) => !child.hidden);
      list.classList.toggle("empty", empty);
    }
    document.body.classList.toggle("filtered", Boolean(active));
  };

  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!(target instanceof HTMLDetailsElement)) return;
    if (target.closest("[hidden]")) {
      search.value = "";
      for (const chip of chips) chip.setAttribute("aria-pressed", "false");
      filter();
    }
    target.open = true;
    target.scrollIntoView();
  };

  for (const chip of chips) {
    chip.addEventListener("click", () => {
      const pressed = chip.getAttribute("aria-pressed") === "true";
      chip.setAttribute("aria-pressed", String(!pressed));
      filter();
    });
  }
  search.addEventListener("input", filter);
  document.addEventListener("keydown", (event) => {
    const writing = event.target instanceof HTMLInputElement;
    if (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && writing) {
      search.value = "";
      filter();
    }
  });
  // On paper nothing can be opened, so the examples are.
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details.example:not([open])")];
    for (const each of closed) each.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const each of closed) each.open = false;
  });
  window.addEventListener("hashchange", open);
  filters.hidden = false;
  filter();
  open();
})();
