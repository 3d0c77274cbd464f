// The answer of response_mode=form_post: sends itself; without JavaScript the person presses Continue.
(function () {
  "use strict";
  var form = document.getElementById("form-post");
  if (!form) return;
  // A page that comes back from the back/forward cache must not send the answer a second time.
  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) HTMLFormElement.prototype.submit.call(form);
  });
})();
