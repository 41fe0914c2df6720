// Dark or light: the choice is a cookie, so that the server renders the page in it at once.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("theme-form");
  if (!form) return;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${root.dataset.theme}; Path=/; Max-Age=31536000; SameSite=Strict${secure}`;
    document.dispatchEvent(new Event("wardwise:theme"));
  });
});
