// The approval page's clock: a warning two minutes before its time is up, and more time in place.
// Without this file the page says until when it can be answered, and its own button gives more time.
(function () {
  "use strict";

  var WARNING = 120;
  var form = document.getElementById("consent-form");
  var harmless = document.getElementById("no-answer");
  if (harmless) harmless.addEventListener("click", function (event) { event.preventDefault(); });
  var dialog = document.getElementById("time-dialog");
  if (!form || !dialog || !dialog.showModal || !form.dataset.secondsLeft) return;

  var endsAt = Date.now() + Number(form.dataset.secondsLeft) * 1000;
  var text = document.getElementById("time-text");
  var more = document.getElementById("time-more");
  var again = document.getElementById("time-again");
  var close = document.getElementById("time-close");
  var pageButton = document.getElementById("more-time");
  var shown = document.getElementById("ends-at");
  var live = document.getElementById("announce");
  var warned = false;
  var timer = setInterval(look, 1000);

  function left() { return (endsAt - Date.now()) / 1000; }

  function look() {
    if (left() <= 0) over();
    else if (left() <= WARNING && !warned) {
      warned = true;
      open(dialog.dataset.warn);
    }
  }

  function open(words) {
    text.textContent = words;
    if (!dialog.open) dialog.showModal(); // Focus goes into the dialog, and back when it closes.
  }

  function over() {
    clearInterval(timer);
    document.getElementById("time-title").textContent = document.getElementById("time-title").dataset.titleOver;
    more.hidden = true;
    again.hidden = false;
    open(dialog.dataset.over);
    again.focus();
  }

  function refused() {
    more.hidden = true;
    again.hidden = false;
    open(dialog.dataset.refused);
    again.focus();
  }

  function given(answer) {
    form.elements.ticket.value = answer.ticket;
    endsAt = Date.now() + answer.seconds * 1000;
    shown.dateTime = answer.until;
    shown.textContent = answer.until.slice(11, 16) + " UTC";
    if (answer.seconds <= WARNING) { refused(); return; } // The page as a whole may not be open longer.
    warned = false;
    if (dialog.open) dialog.close();
    live.textContent = dialog.dataset.given;
  }

  function ask() {
    more.disabled = true;
    fetch(pageButton.formAction, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { Accept: "application/json" },
      credentials: "same-origin",
    }).then(function (response) {
      if (response.status === 400) return refused();
      if (!response.ok) throw new Error(String(response.status));
      return response.json().then(given);
    }).catch(function () { open(live.dataset.failed); }).finally(function () { more.disabled = false; });
  }

  more.addEventListener("click", ask);
  close.addEventListener("click", function () { dialog.close(); });
  pageButton.addEventListener("click", function (event) { event.preventDefault(); ask(); });
})();
