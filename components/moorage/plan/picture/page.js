"use strict";
const search = document.querySelector(".search");
if (search) {
  const field = search.querySelector("input");
  const count = search.querySelector("output");
  const rows = [...document.querySelectorAll(".resources tbody tr")];
  const texts = rows.map((row) => row.dataset.search);
  const filter = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, index) => {
      row.hidden = !words.every((word) => texts[index].includes(word));
      shown += row.hidden ? 0 : 1;
    });
    count.value = `${shown} of ${rows.length} resources`;
  };
  search.hidden = false;
  field.addEventListener("input", filter);
  // Clear the filter when a link targets a hidden row.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const row = link && document.getElementById(link.getAttribute("href").slice(1));
    if (row && row.hidden) {
      field.value = "";
      filter();
    }
  });
  filter();
}
const tools = document.querySelector(".tools");
if (tools) {
  const svg = document.querySelector(".picture svg");
  const natural = svg.viewBox.baseVal.width;
  const set = (wanted) => {
    svg.style.width = `${Math.min(Math.max(wanted, natural / 6), natural * 4)}px`;
    svg.style.minWidth = "0";
    svg.style.maxWidth = "none";
  };
  const now = () => svg.getBoundingClientRect().width;
  tools.hidden = false;
  tools.querySelector("[data-zoom=in]").addEventListener("click", () => set(now() * 1.25));
  tools.querySelector("[data-zoom=out]").addEventListener("click", () => set(now() / 1.25));
  const box = document.querySelector(".picture");
  tools.querySelector("[data-zoom=fit]").addEventListener("click", () => set(box.clientWidth - 16));
}
const closed = [];
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details:not([open])")) {
    details.open = true;
    closed.push(details);
  }
});
addEventListener("afterprint", () => {
  for (const details of closed.splice(0)) details.open = false;
});
