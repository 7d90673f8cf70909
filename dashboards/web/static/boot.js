// Sets theme and language before the first paint, so that nothing flashes or moves. It is
// a classic script in the head for that reason: modules run after the page is parsed.
(function () {
  "use strict";
  var kept = function (key) {
    try { return localStorage.getItem(key); } catch (_) { return null; } // storage may be forbidden
  };
  var root = document.documentElement;
  var theme = kept("samleng.theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  var wanted = new URLSearchParams(location.search).get("lang") || kept("samleng.lang");
  if (wanted !== "km" && wanted !== "en") {
    wanted = /^km\b/.test(navigator.language || "") ? "km" : "en";
  }
  root.lang = wanted;
})();
