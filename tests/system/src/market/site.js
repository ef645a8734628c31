"use strict";
// Marks the card under the pointer, which is all this site needs a script for.
for (const card of document.querySelectorAll(".job-card")) {
  card.addEventListener("mouseenter", () => card.classList.add("card-open"));
  card.addEventListener("mouseleave", () => card.classList.remove("card-open"));
}
document.documentElement.dataset.ready = "yes";
