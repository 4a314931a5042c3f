/* Small comforts over pages that work without them. */
(() => {
  "use strict";

  const one = (query, root = document) => root.querySelector(query);
  const all = (query, root = document) => [...root.querySelectorAll(query)];

  // --- a form is sent once ---

  const sent = new WeakSet();
  const agreed = new WeakSet();

  function release(form) {
    sent.delete(form);
    for (const button of all("[data-busy]", form)) {
      button.disabled = false;
      button.removeAttribute("data-busy");
      button.removeAttribute("aria-busy");
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog") return;
    const asking = [event.submitter, form].find((part) => part && part.dataset.confirm);
    if (asking && !agreed.delete(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(asking.dataset, () => {
        agreed.add(form);
        form.requestSubmit(event.submitter && form.contains(event.submitter) ? event.submitter : undefined);
      });
    }
  }, true);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("data-repeat")) return;
    if (sent.has(form)) {
      event.preventDefault();
      return;
    }
    sent.add(form);
    const button = event.submitter;
    // A button disabled before the browser has read the form would not be sent along.
    if (button) setTimeout(() => {
      button.disabled = true;
      button.setAttribute("data-busy", "");
      button.setAttribute("aria-busy", "true");
    }, 0);
  });

  window.addEventListener("pageshow", () => all("form").forEach(release));
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest && event.target.closest("form");
    if (form) release(form);
  });

  // --- questions before what cannot be undone ---

  function ask(words, goOn) {
    const dialog = one("#confirm-dialog");
    if (!dialog) {
      goOn();
      return;
    }
    const yes = one("[data-confirm-yes]", dialog);
    yes.dataset.plain ||= yes.textContent;
    yes.textContent = words.confirmAct || yes.dataset.plain;
    yes.classList.toggle("btn-bad", words.confirmTone === "bad");
    one("#confirm-question", dialog).textContent = words.confirm;
    dialog.returnValue = "";
    dialog.addEventListener("close", () => {
      if (dialog.returnValue === "yes") goOn();
    }, { once: true });
    dialog.showModal();
  }

  // --- the keyboard ---

  const rowsOf = (list) => all(list.tagName === "TABLE" ? "tbody > tr" : ":scope > li", list)
    .filter((row) => one("a[href]", row));

  function step(by) {
    const lists = all("[data-list]");
    const list = lists.find((candidate) => candidate.contains(document.activeElement)) || lists[0];
    if (!list) return false;
    const rows = rowsOf(list);
    const here = rows.findIndex((row) => row.contains(document.activeElement));
    const next = rows[here < 0 ? 0 : Math.min(Math.max(here + by, 0), rows.length - 1)];
    if (!next) return false;
    one("a[href]", next).focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  }

  function tick() {
    const row = document.activeElement.closest("[data-list] tr, [data-list] li");
    const box = row && one("input[type=checkbox]", row);
    if (!box) return false;
    box.click();
    return true;
  }

  const keys = {
    "/": () => {
      const search = one("[data-search]");
      if (search) search.select();
      if (search) search.focus();
      return Boolean(search);
    },
    "?": () => {
      const help = one("#help-dialog");
      if (help) help.showModal();
      return Boolean(help);
    },
    j: () => step(1),
    k: () => step(-1),
    x: tick,
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      closeMenus();
      side(false);
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, dialog, [contenteditable]")) return;
    const act = keys[event.key];
    if (act && act()) event.preventDefault();
  });

  // --- menus ---

  function closeMenus(but) {
    for (const menu of all("[data-menu][open]")) {
      if (menu === but) continue;
      const held = menu.contains(document.activeElement);
      menu.open = false;
      if (held) one("summary", menu).focus();
    }
  }

  function side(open) {
    const panel = one("[data-side]");
    if (!panel || panel.classList.contains("is-open") === open) return;
    panel.classList.toggle("is-open", open);
    const opener = one("[data-side-open]");
    opener.setAttribute("aria-expanded", String(open));
    const target = open ? one("a[aria-current], .side-nav a", panel) : opener;
    // The panel becomes visible with the next frame; before that it takes no focus.
    requestAnimationFrame(() => target && target.focus());
  }

  // --- clicks ---

  document.addEventListener("click", (event) => {
    const target = event.target;
    closeMenus(target.closest("[data-menu]"));
    if (target.closest("[data-side-open]")) {
      event.preventDefault();
      side(true);
    } else if (target.closest("[data-side-close]")) {
      event.preventDefault();
      side(false);
    } else if (target.closest("[data-back]")) {
      history.back();
    }

    const stepping = target.closest("[data-step]");
    if (stepping) {
      const input = one("input", stepping.closest("[data-stepper]"));
      if (stepping.dataset.step > 0) input.stepUp();
      else input.stepDown();
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }

    const filling = target.closest("[data-fill-form]");
    if (filling) {
      const form = document.getElementById(filling.dataset.fillForm);
      form.elements.email.value = filling.dataset.fillEmail;
      form.elements.password.value = filling.dataset.fillPassword;
      const submit = one("[type=submit]", form);
      submit.focus();
      form.scrollIntoView({ block: "center" });
    }
  });

  // --- choices that act at once, and rows ticked together ---

  document.addEventListener("change", (event) => {
    const target = event.target;
    if (target.matches("[data-autosubmit]")) target.form.requestSubmit();
    if (target.matches("[data-check-all]")) {
      const boxes = all("tbody input[type=checkbox]", target.closest("table"));
      for (const box of boxes) box.checked = target.checked;
    }
    if (target.matches("input[type=checkbox]") && target.form) count(target.form);
  });

  function count(form) {
    const bar = one("[data-bulk]", form);
    if (!bar) return;
    const ticked = all("tbody input[type=checkbox]:checked", form).length;
    bar.hidden = ticked === 0;
    const shown = one("[data-bulk-count]", bar);
    if (shown) shown.textContent = ticked;
  }

  // --- parts that need a script appear only with one ---

  let charting;

  function load(source) {
    return new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = source;
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    });
  }

  function dress(root) {
    for (const part of all("[data-step], [data-fill-form], [data-back]", root)) {
      part.hidden = part.matches("[data-back]") && history.length < 2;
    }
    if (one("[data-chart-table]", root)) {
      charting ||= load(document.body.dataset.chartLibrary).then(() => load(document.body.dataset.charts));
      charting.then(() => window.drawCharts(root));
    }
  }

  const opener = one("[data-side-open]");
  if (opener) {
    opener.setAttribute("role", "button");
    opener.setAttribute("aria-expanded", "false");
    opener.setAttribute("aria-controls", "side");
  }
  dress(document);
  document.addEventListener("htmx:load", (event) => dress(event.target));
  const summary = one("[data-error-summary]");
  if (summary) summary.focus();
})();
