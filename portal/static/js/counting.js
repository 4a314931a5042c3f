/* Counting in the aisle: a scan goes to its line, Enter saves it and goes on; what is typed survives a lost connection. */
(() => {
  "use strict";

  const list = document.querySelector("[data-counting]");
  if (!list) return;
  const all = (query, root = list) => [...root.querySelectorAll(query)];
  const forms = all("form[data-count-line]");
  const lineOf = (form) => form.closest("li");
  const keyOf = (form) => `count:${list.dataset.counting}:${form.dataset.countLine}`;
  const typed = (form) => Object.fromEntries(all("[data-typed]", form).map((field) => [field.name, field.value]));
  const say = (form, text, wrong) => {
    const said = form.querySelector("[data-said]");
    said.textContent = text;
    said.classList.toggle("field-error", Boolean(wrong));
  };

  // What is typed is kept; what was to be saved (`sent`) is sent again by itself, the rest waits for its Enter.
  function keep(form, sent) {
    try {
      localStorage.setItem(keyOf(form), JSON.stringify({ sent, typed: typed(form) }));
    } catch {
      // A browser that keeps nothing still saves line by line.
    }
  }

  function forget(form) {
    try {
      localStorage.removeItem(keyOf(form));
    } catch {
      // Nothing was kept.
    }
  }

  function kept(form) {
    try {
      return JSON.parse(localStorage.getItem(keyOf(form)));
    } catch {
      return null;
    }
  }

  function goTo(form) {
    const field = form && (form.querySelector("textarea") || form.querySelector("input[name=counted]"));
    if (!field) return;
    field.focus();
    field.select();
    lineOf(form).scrollIntoView({ block: "center" });
  }

  function next(form) {
    const after = [...forms.slice(forms.indexOf(form) + 1), ...forms.slice(0, forms.indexOf(form))];
    const open = after.find((one) => !lineOf(one).hasAttribute("data-counted"));
    if (open) goTo(open);
    else document.querySelector("[data-scan]").focus();
  }

  async function save(form, goOn) {
    keep(form, true);
    let answer;
    try {
      answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "application/json" },
        credentials: "same-origin",
      });
    } catch {
      say(form, list.dataset.offline, true);
      return;
    }
    const json = (answer.headers.get("Content-Type") || "").includes("application/json");
    const told = json ? await answer.json() : {};
    if (answer.ok && told.saved) {
      forget(form);
      lineOf(form).setAttribute("data-counted", "");
      say(form, told.saved);
      if (goOn) next(form);
    } else {
      keep(form, false);
      say(form, told.problem || list.dataset.failed, true);
      if (goOn) goTo(form);
    }
  }

  // What a line counted before somebody typed over it.
  const before = new Map(forms.map((form) => [form, form.elements.counted.defaultValue]));
  const codesOf = (form) => JSON.parse(lineOf(form).dataset.codes).map((one) => one.toUpperCase());
  const withCode = (code) => {
    const found = forms.filter((form) => codesOf(form).includes(code));
    return found.find((form) => !lineOf(form).hasAttribute("data-counted")) || found[0];
  };
  // Nobody counts ten million units in one place, but a scanner types as many digits into whatever field it is in.
  const isScan = (code) => Boolean(withCode(code) && !/^[0-9]{1,7}$/.test(code)) || /^[0-9]{8,14}$/.test(code);

  list.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    const code = form.elements.counted.value.trim().toUpperCase();
    if (!isScan(code)) {
      before.set(form, form.elements.counted.value);
      save(form, true);
      return;
    }
    form.elements.counted.value = before.get(form);
    forget(form);
    if (before.get(form)) lineOf(form).setAttribute("data-counted", "");
    find(code, form);
  });
  list.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-count-line]");
    if (!form) return;
    keep(form, false);
    lineOf(form).removeAttribute("data-counted");
    say(form, "");
  });

  const scan = document.querySelector("[data-scan]");
  if (scan) scan.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    const code = scan.value.trim().toUpperCase();
    if (!code) return;
    if (find(code)) scan.value = "";
    else scan.select();
  });

  // Goes to the line of a code; where there is none the line it was scanned in says so, else the field for scans.
  function find(code, from) {
    const form = withCode(code);
    document.querySelector("[data-scan-said]").textContent = form ? "" : scan.dataset.unknown;
    if (form) goTo(form);
    else if (from) {
      say(from, scan.dataset.unknown, true);
      goTo(from);
    }
    return form;
  }

  const retry = () => forms.filter((form) => kept(form)?.sent).forEach((form) => save(form, false));
  for (const form of forms) {
    const typedBefore = kept(form);
    if (!typedBefore) continue;
    for (const field of all("[data-typed]", form)) field.value = typedBefore.typed[field.name] ?? field.value;
    lineOf(form).removeAttribute("data-counted");
    say(form, "");
  }
  window.addEventListener("online", retry);
  retry();
})();
