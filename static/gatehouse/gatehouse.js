// Progressive enhancement only: every page works without this file.
(function () {
  "use strict";

  var live = function () { return document.getElementById("announce"); };

  function announce(text) {
    var region = live();
    if (!region || !text) return;
    region.textContent = "";
    // A new task: the same words twice are still two announcements.
    setTimeout(function () { region.textContent = text; }, 60);
  }

  /* Theme -------------------------------------------------------------- */

  function currentTheme() { return document.documentElement.dataset.theme || "system"; }

  function showTheme() {
    document.querySelectorAll("[data-set-theme]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.setTheme === currentTheme()));
    });
  }

  function setTheme(theme) {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      if (theme === "system") localStorage.removeItem("gatehouse-theme");
      else localStorage.setItem("gatehouse-theme", theme);
    } catch (error) { /* The choice lasts for this page. */ }
    showTheme();
  }

  /* Copy --------------------------------------------------------------- */

  function copy(button) {
    var source = document.getElementById(button.dataset.copy);
    if (!source || !navigator.clipboard) return;
    navigator.clipboard.writeText(source.textContent.trim()).then(function () {
      var label = button.querySelector("[data-copy-label]");
      var before = label && label.textContent;
      announce(live().dataset.copied);
      if (!label || label.dataset.busy) return;
      label.dataset.busy = "yes";
      label.textContent = live().dataset.copied;
      setTimeout(function () { label.textContent = before; delete label.dataset.busy; }, 2000);
    }, function () { announce(live().dataset.failed); });
  }

  /* Submitting twice ---------------------------------------------------- */

  var held = [];

  function release() {
    held.forEach(function (button) { button.disabled = false; button.removeAttribute("aria-busy"); });
    held = [];
  }

  function hold(form, pressed) {
    form.querySelectorAll("button:not([type=button]):not([type=reset])").forEach(function (button) {
      if (button.disabled) return;
      button.disabled = true;
      held.push(button);
    });
    if (pressed) pressed.setAttribute("aria-busy", "true");
    // The answer may leave this page standing (a download, an app's own address): never locked for good.
    setTimeout(release, 10000);
  }

  document.addEventListener("submit", function (event) {
    if (event.target.method !== "post" || event.defaultPrevented) return;
    // After this task: the browser has collected the form by then, the pressed button's value with it.
    setTimeout(function () { hold(event.target, event.submitter); }, 0);
  });
  window.addEventListener("pageshow", function (event) { if (event.persisted) release(); });

  /* Relative times ------------------------------------------------------ */

  var UNITS = [["year", 31557600], ["month", 2629800], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
  var words = window.Intl && Intl.RelativeTimeFormat
    ? new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "always" }) : null;

  function inWords(instant) {
    var seconds = (instant - Date.now()) / 1000;
    for (var i = 0; i < UNITS.length; i += 1) {
      if (Math.abs(seconds) >= UNITS[i][1]) return words.format(Math.trunc(seconds / UNITS[i][1]), UNITS[i][0]);
    }
    return null; // Under a minute the server's words stay.
  }

  function refreshTimes() {
    if (!words) return;
    document.querySelectorAll("time[data-relative]").forEach(function (element) {
      var instant = Date.parse(element.dateTime);
      var first = element.firstChild;
      if (isNaN(instant) || !first || first.nodeType !== Node.TEXT_NODE) return;
      var text = inWords(instant);
      if (text && first.nodeValue !== text) first.nodeValue = text;
    });
  }

  /* Menus and panels ---------------------------------------------------- */

  function closeMenus(except) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (menu !== except) menu.open = false;
    });
  }

  function closePanel(slot) {
    var opener = document.getElementById(slot.dataset.opener);
    slot.replaceChildren();
    if (opener) opener.focus();
  }

  document.addEventListener("click", function (event) {
    var target = event.target.closest("[data-set-theme], [data-copy], [data-print], [data-dismiss]");
    closeMenus(event.target.closest("details.menu"));
    if (!target) return;
    if (target.dataset.setTheme) setTheme(target.dataset.setTheme);
    else if (target.dataset.copy) copy(target);
    else if ("print" in target.dataset) window.print();
    else {
      var slot = target.closest("[data-slot]");
      if (!slot) return; // On its own page the link simply leads back.
      event.preventDefault();
      closePanel(slot);
    }
  });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    var slot = event.target.closest("[data-slot]") || (event.target.id && document.querySelector('[data-opener="' + event.target.id + '"]:not(:empty)'));
    var menu = event.target.closest("details.menu[open]");
    if (slot) closePanel(slot);
    else if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  /* htmx ---------------------------------------------------------------- */

  document.addEventListener("htmx:beforeSwap", function (event) {
    // One confirmation at a time: ids stay unique and the question stays clear.
    if (!event.detail.target.matches("[data-slot]")) return;
    document.querySelectorAll("[data-slot]").forEach(function (slot) { slot.replaceChildren(); });
  });

  document.addEventListener("htmx:afterSettle", function (event) {
    var swapped = event.detail.elt;
    refreshTimes();
    var focus = swapped.matches("[data-focus]") ? swapped : swapped.querySelector("[data-focus]");
    if (focus) focus.focus();
    var said = swapped.matches("[data-announce]") ? swapped : swapped.querySelector("[data-announce]");
    if (said) announce(said.dataset.announce);
  });

  // What cannot be done in place is done as a full page, which can say why.
  function fallBack(event) {
    var element = event.detail.elt;
    announce(live().dataset.failed);
    if (element.matches("a[href]")) window.location.assign(element.href);
    else if (element.matches("form")) HTMLFormElement.prototype.submit.call(element);
  }
  document.addEventListener("htmx:responseError", fallBack);
  document.addEventListener("htmx:sendError", function () { announce(live().dataset.failed); });

  /* Start --------------------------------------------------------------- */

  showTheme();
  refreshTimes();
  setInterval(refreshTimes, 30000);
  // An error summary is where a person has to look first.
  var summary = document.querySelector("[data-error-summary]");
  if (summary) summary.focus();
})();
