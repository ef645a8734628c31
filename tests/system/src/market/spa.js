"use strict";
// Builds the cards and the pager of /board from /api/jobs. The address's page and delay_ms are passed on.
(async () => {
  const app = document.getElementById("app");
  const query = new URLSearchParams(location.search);
  if (!query.has("page")) query.set("page", "1");

  const element = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  const card = (job) =>
    element("article", { class: "job-card", "data-id": job.id },
      element("h2", { class: "job-title" }, element("a", { href: job.path }, job.title)),
      element("p", { class: "facts" },
        element("span", { class: "company" }, job.employer), " ",
        element("span", { class: "location" }, job.location), " ",
        element("span", { class: "budget" }, job.budget), " ",
        element("time", { datetime: job.posted }, job.posted_text)),
      element("p", { class: "description" }, job.description),
      element("ul", { class: "skills" }, ...job.skills.map((skill) => element("li", {}, skill))));

  const address = (page) => {
    const target = new URLSearchParams(query);
    target.set("page", page);
    return `/spa?${target}`;
  };

  const pager = (page, pages) => {
    const nav = element("nav", { class: "pager", "aria-label": "Pages" });
    if (page > 1) nav.append(element("a", { rel: "prev", href: address(page - 1) }, "Previous"), " ");
    for (let number = 1; number <= pages; number += 1) {
      const current = number === page ? { "aria-current": "page" } : {};
      nav.append(element("a", { href: address(number), ...current }, String(number)), " ");
    }
    if (page < pages) nav.append(element("a", { rel: "next", href: address(page + 1) }, "Next"));
    return nav;
  };

  try {
    const response = await fetch(`/api/jobs?${query}`);
    if (!response.ok) throw new Error(`status ${response.status}`);
    const { page, pages, jobs } = await response.json();
    app.replaceChildren(
      element("main", {},
        element("h1", {}, "Open jobs"),
        element("section", { class: "jobs" }, ...jobs.map(card)),
        pager(page, pages)));
  } catch (error) {
    app.replaceChildren(element("p", { class: "error" }, `The list could not be loaded: ${error.message}`));
  }
})();
