// Runs in the head, before the first paint, so that a chosen theme never flashes the other one.
(function () {
  "use strict";
  try {
    var theme = localStorage.getItem("gatehouse-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch (error) { /* Storage is switched off: the system's theme is used. */ }
  document.documentElement.classList.add("js");
})();
