// What pictures do beside being looked at: values by pointer and arrow keys, other views, downloads.
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const make = (tag, text, attributes = {}) => {
    const element = document.createElement(tag);
    element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };

  const reader = (view, words) => {
    const drawing = view.querySelector(".drawing");
    const reading = view.querySelector(".reading");
    const data = JSON.parse(view.querySelector("script").textContent);
    let at = -1, mark = null;
    const size = () => getComputedStyle(drawing.querySelector(".narrow")).display === "none" ? "wide" : "narrow";
    const svg = () => drawing.querySelector(`.${size()} svg`);
    const leave = () => { if (mark) mark.remove(); mark = null; at = -1; reading.textContent = ""; };
    const show = (stop) => {
      const places = data[size()].at, [from, to] = data[size()].span;
      at = Math.max(0, Math.min(places.length - 1, stop));
      if (mark) mark.remove();
      const isBand = data.along === "y";
      mark = document.createElementNS(SVG, isBand ? "rect" : "line");
      mark.setAttribute("class", isBand ? "mark across" : "mark");
      const gap = places.length > 1 ? Math.min(...places.slice(1).map((place, i) => Math.abs(place - places[i])).filter(Boolean)) : 20;
      const where = isBand
        ? { x: from, width: to - from, y: places[at] - gap / 2, height: gap }
        : { x1: places[at], x2: places[at], y1: from, y2: to };
      for (const [name, value] of Object.entries(where)) mark.setAttribute(name, value);
      svg().append(mark);
      reading.textContent = data.say[at];
    };
    const nearest = (event) => {
      const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg().getScreenCTM().inverse());
      const place = data.along === "y" ? point.y : point.x;
      const distances = data[size()].at.map((stop) => Math.abs(stop - place));
      return distances.indexOf(Math.min(...distances));
    };
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
    if (data.say.length) {
      drawing.tabIndex = 0;
      drawing.setAttribute("aria-description", words.keys);
      drawing.addEventListener("pointermove", (event) => show(nearest(event)));
      drawing.addEventListener("pointerdown", (event) => show(nearest(event)));
      drawing.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse" && document.activeElement !== drawing) leave(); });
      drawing.addEventListener("focus", () => { if (at < 0 && drawing.matches(":focus-visible")) show(data.say.length >> 1); });
      drawing.addEventListener("blur", leave);
      drawing.addEventListener("keydown", (event) => {
        if (event.key === "Escape") { leave(); return; }
        if (!(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        show(at < 0 ? 0 : at + steps[event.key]);
      });
    }
    return { data, leave };
  };

  const save = (name, type, content) => {
    const link = make("a", "", { download: name, href: URL.createObjectURL(new Blob([content], { type })) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const quoted = (cell) => /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  const csv = (lines) => lines.map((line) => line.map((cell) => quoted(cell === null ? "" : String(cell))).join(",")).join("\r\n") + "\r\n";

  // The drawing with its title above and its note below, on white, as it goes into an article.
  const lines = (text, letters) => {
    const words = text.match(/[^\s\u2e80-\uffff]+\s?|[\u2e80-\uffff]\s?/gu) || [], found = [""];
    const width = (part) => [...part].reduce((sum, letter) => sum + (letter > "\u2e80" ? 1.8 : 1), 0);
    for (const word of words) {
      if (width(found.at(-1) + word) > letters) found.push("");
      found[found.length - 1] += word;
    }
    return found;
  };
  const whole = (view, note) => {
    const svg = view.querySelector(".wide svg").cloneNode(true);
    for (const mark of svg.querySelectorAll(".mark")) mark.remove();
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    const above = lines(view.querySelector("figcaption").textContent.trim(), width / 9.5);
    const below = lines(note, width / 6.2);
    const top = 24 * above.length + 14, total = top + height + 16 * below.length + 20;
    const out = document.createElementNS(SVG, "svg");
    for (const [name, value] of Object.entries({ width: width + 32, height: total, viewBox: `-16 0 ${width + 32} ${total}`, "font-family": "sans-serif" })) out.setAttribute(name, value);
    const put = (tag, attributes, text = "") => {
      const element = document.createElementNS(SVG, tag);
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      element.textContent = text;
      out.append(element);
    };
    put("rect", { x: -16, width: width + 32, height: total, fill: "#ffffff" });
    above.forEach((line, i) => put("text", { y: 24 * (i + 1), "font-size": 18, "font-weight": 600, fill: "#212a33" }, line));
    svg.setAttribute("y", top);
    out.append(svg);
    below.forEach((line, i) => put("text", { y: top + height + 16 * (i + 1), "font-size": 11.5, fill: "#545d68" }, line));
    return { text: new XMLSerializer().serializeToString(out), width: width + 32, height: total };
  };
  const savePng = (name, { text, width, height }) => {
    const image = new Image();
    image.onload = () => {
      const canvas = make("canvas", "", { width: 2 * width, height: 2 * height });
      canvas.getContext("2d").drawImage(image, 0, 0, 2 * width, 2 * height);
      canvas.toBlob((blob) => save(name, "image/png", blob));
    };
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  };

  for (const picture of document.querySelectorAll(".picture")) {
    const words = JSON.parse(picture.dataset.words);
    const name = picture.id.replace("figure-", "");
    const views = [...picture.querySelectorAll(".view")];
    const readers = views.map((view) => reader(view, words));
    let shown = 0;
    const tools = make("div", "", { class: "tools" });
    if (views.length > 1) {
      const label = make("label", `${words.choose} `);
      const select = make("select", "");
      views.forEach((view, i) => select.append(make("option", view.dataset.label, { value: i })));
      select.addEventListener("change", () => {
        readers[shown].leave();
        shown = Number(select.value);
        views.forEach((view, i) => { view.hidden = i !== shown; });
      });
      label.append(select);
      tools.append(label);
    }
    const drawn = () => whole(views[shown], views[shown].querySelector(".note").textContent);
    const downloads = {
      PNG: () => savePng(`${name}.png`, drawn()),
      SVG: () => save(`${name}.svg`, "image/svg+xml", drawn().text),
      CSV: () => save(`${name}.csv`, "text/csv", csv(readers[shown].data.csv)),
      "Vega-Lite": () => save(`${name}.vl.json`, "application/json", JSON.stringify(readers[shown].data.spec)),
    };
    tools.append(make("span", words.download));
    for (const [kind, download] of Object.entries(downloads)) {
      const button = make("button", kind, { type: "button", "aria-label": `${words.download} ${kind}` });
      button.addEventListener("click", download);
      tools.append(button);
    }
    picture.append(tools);
  }
})();
