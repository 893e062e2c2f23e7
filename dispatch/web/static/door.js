// Beside the terminal: keys go to it at once, and a page with a console at work is not left by a slip.
"use strict";
(() => {
  const classes = document.body.classList;
  let leaving = false;
  const alive = () => classes.contains("-first-byte") && !classes.contains("-closed");
  const focus = () => {
    const area = document.querySelector("#terminal textarea");
    if (area && alive()) area.focus();
  };
  for (const form of document.forms) form.addEventListener("submit", () => { leaving = true; });
  window.addEventListener("beforeunload", (event) => {
    if (alive() && !leaving) event.preventDefault();
  });
  window.addEventListener("focus", focus);
  new MutationObserver(() => {
    if (classes.contains("-closed")) document.querySelector("#closed .button").focus();
    else focus();
  }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
})();
