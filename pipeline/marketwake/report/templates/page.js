"use strict";
// A link to a claim opens its drawer; queries can be copied.
const open = () => {
  const drawer = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (drawer instanceof HTMLDetailsElement) { drawer.open = true; drawer.scrollIntoView(); }
};
addEventListener("hashchange", open);
open();
for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = button.parentElement.querySelector("pre").textContent;
    const done = () => { button.textContent = button.dataset.done; };
    if (navigator.clipboard) { await navigator.clipboard.writeText(text); done(); return; }
    const range = document.createRange();
    range.selectNodeContents(button.parentElement.querySelector("pre"));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    if (document.execCommand("copy")) done();
  });
}
