// Keeps a page alive: takes over what the server sends, counts ages up, and marks everything stale when it stops.
"use strict";
(() => {
  const STALE_AFTER_MS = 3500;
  const body = document.body;
  const stale = document.getElementById("stale");
  let heard = performance.now();
  let hospital = Date.parse(document.getElementById("clock")?.getAttribute("datetime") || "");
  let lost = stale.textContent.trim();
  let source;

  function span(ms) {
    const seconds = Math.max(Math.floor(ms / 1000), 0);
    if (seconds < 60) return `${seconds} s`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `${minutes} min`;
    const hours = Math.floor(minutes / 60);
    if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
    return hours % 24 ? `${Math.floor(hours / 24)} d ${hours % 24} h` : `${Math.floor(hours / 24)} d`;
  }

  function put(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function ages() {
    for (const element of document.querySelectorAll("[data-since]")) {
      put(element, span(hospital - Date.parse(element.dataset.since)));
    }
  }

  function judge() {
    const silent = performance.now() - heard;
    const gone = silent > STALE_AFTER_MS;
    body.classList.toggle("stale", gone);
    if (gone) {
      const at = document.getElementById("asof")?.textContent.trim() || "";
      const text = body.dataset.staleServer.replace("{seconds}", Math.floor(silent / 1000)).replace("{at}", at);
      // The count of seconds is for the eye; a screen reader is told once.
      if (stale.hidden || !stale.dataset.server) put(stale, text);
      stale.dataset.server = "1";
      stale.hidden = false;
    } else {
      delete stale.dataset.server;
      put(stale, lost);
      stale.hidden = !lost;
    }
  }

  function busy(card) {
    const focus = document.activeElement;
    const typing = card.contains(focus) && /^(INPUT|SELECT|TEXTAREA)$/.test(focus.tagName);
    return typing || card.querySelector("details.override[open]") !== null || card.querySelector(".htmx-request") !== null;
  }

  const FOCUSABLE = "a[href], button, summary, select, input:not([type=hidden])";

  function replace(old, html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const fresh = template.content.firstElementChild;
    const opened = [...old.querySelectorAll("details")].map((each) => each.open);
    const focused = [...old.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
    const same = old.dataset.generation === fresh.dataset.generation;
    [...fresh.querySelectorAll("details")].forEach((each, index) => {
      if (same && index < opened.length) each.open = opened[index];
    });
    const problem = old.querySelector(".problem");
    if (problem && same) fresh.querySelector("h3").after(problem);
    const scrolled = old.querySelector(".scroll")?.scrollTop;
    old.replaceWith(fresh);
    if (scrolled) fresh.querySelector(".scroll").scrollTop = scrolled;
    if (window.htmx) window.htmx.process(fresh);
    if (focused >= 0) (same ? fresh.querySelectorAll(FOCUSABLE)[focused] : fresh.querySelector("[data-focus]"))?.focus();
    fresh.dispatchEvent(new CustomEvent("wardwise:fresh", { bubbles: true }));
  }

  function cards(order, fragments) {
    const list = document.getElementById("advice");
    if (!list) return;
    for (const card of [...list.children]) {
      if (!order.includes(card.id) && !busy(card)) card.remove();
    }
    const still = [...list.children].some(busy);
    order.forEach((id, index) => {
      let card = document.getElementById(id);
      if (!card) {
        card = document.createElement("article");
        card.id = id;
        list.append(card);
      }
      // Cards keep their places while somebody is answering one.
      if (!still && list.children[index] !== card) list.insertBefore(card, list.children[index]);
      if (!(id in fragments)) return;
      if (!busy(card)) replace(card, fragments[id]);
      else if (!fragments[id].includes(`data-generation="${card.dataset.generation}"`)) card.querySelector(".waiting").hidden = false;
    });
  }

  function take(event) {
    const sent = JSON.parse(event.data);
    for (const [id, html] of Object.entries(sent.fragments)) {
      const old = document.getElementById(id);
      if (old && !id.startsWith("advice-")) replace(old, html);
    }
    cards(sent.advice, sent.fragments);
    body.dataset.version = sent.version;
  }

  function tick(event) {
    const sent = JSON.parse(event.data);
    heard = performance.now();
    hospital = Date.parse(sent.now);
    lost = sent.stale;
    const clock = document.getElementById("clock");
    if (clock) {
      put(clock, sent.clock);
      clock.setAttribute("datetime", sent.now);
    }
    ages();
    judge();
  }

  function listen() {
    const page = ["capacity", "feeds", "governance"].includes(body.dataset.page) ? body.dataset.page : "other";
    source = new EventSource(`/live/${page}?shown=${encodeURIComponent(body.dataset.version)}`);
    source.addEventListener("fragments", take);
    source.addEventListener("tick", tick);
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
    });
  }

  document.addEventListener("htmx:afterSwap", (event) => {
    // The event's target is the element that went; the card that came has its id.
    const id = event.detail.target.id || event.detail.elt.id;
    const said = document.getElementById(id)?.querySelector("[data-focus]");
    if (!said) return;
    said.focus();
    put(document.getElementById("said"), said.textContent.trim());
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.activeElement?.closest("details.legend[open], details.override[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });

  listen();
  setInterval(judge, 500);
})();
