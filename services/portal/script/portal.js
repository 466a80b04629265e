// What needs a script is small: print, and the place of an error summary. Everything else works without.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-print]");
  if (button) { event.preventDefault(); window.print(); }
  const open = event.target.closest("details[name=tools]");
  for (const tool of document.querySelectorAll("details[name=tools][open]")) if (tool !== open) tool.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details[name=tools][open]");
  if (open) { open.open = false; open.querySelector("summary").focus(); }
});
const summary = document.getElementById("errors");
if (summary) summary.focus();
