// The permission picker: filters as you type and counts what is asked. Without this file it is a plain form.
(function () {
  "use strict";

  var picker = document.querySelector("[data-picker]");
  if (!picker) return;
  var summary = document.getElementById("scopes-summary");
  var found = document.getElementById("scopes-found");
  var box = document.getElementById("scope-find");
  var rows = Array.from(picker.querySelectorAll("[data-words]"));
  var groups = Array.from(picker.querySelectorAll(".scope-category"));
  var opened = groups.map(function (group) { return group.open; });

  function said(element, name, number) {
    return element.dataset[name + (number === 0 ? "None" : number === 1 ? "One" : "Many")].replace("#", number);
  }

  function say(element, text) { if (element.textContent.trim() !== text) element.textContent = text; }

  function asked(row) {
    var checked = row.querySelector("input:checked");
    return checked && checked.value !== "no";
  }

  function count() {
    var chosen = rows.filter(asked);
    var high = chosen.filter(function (row) { return "high" in row.dataset; });
    var text = chosen.length === 0 ? summary.dataset.none
      : (chosen.length === 1 ? summary.dataset.one : summary.dataset.many.replace("#", chosen.length)) + " " + said(summary, "high", high.length);
    say(summary, text);
  }

  function filter() {
    var words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = 0;
    rows.forEach(function (row) {
      row.hidden = !words.every(function (word) { return row.dataset.words.includes(word); });
      if (!row.hidden) shown += 1;
    });
    groups.forEach(function (group, index) {
      group.hidden = !group.querySelector("[data-words]:not([hidden])");
      var chosen = Array.from(group.querySelectorAll("[data-words]")).some(asked);
      group.open = words.length ? !group.hidden : opened[index] || chosen;
    });
    var text = !words.length ? "" : shown === 0 ? found.dataset.none : shown === 1 ? found.dataset.one : found.dataset.many.replace("#", shown);
    say(found, text);
  }

  picker.addEventListener("change", count);
  picker.addEventListener("click", function (event) {
    var summaryOf = event.target.closest("summary");
    // Remembered only while nothing is searched: the search opens and closes by itself.
    if (summaryOf && !box.value) opened[groups.indexOf(summaryOf.parentNode)] = !summaryOf.parentNode.open;
  });
  box.addEventListener("input", filter);
  // Enter would load the page again and lose what was typed elsewhere.
  box.form.addEventListener("submit", function (event) { event.preventDefault(); });
  count();
  if (box.value) filter();
})();
