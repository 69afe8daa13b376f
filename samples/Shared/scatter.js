"use strict";

// Draws every figure of class "scatter" of a report: its points on a canvas, with the image of the point nearest to the pointer.
(() => {
  const reach = 28; // How far from a point the pointer still finds it, in CSS pixels.
  const mostLabels = 60;

  const setting = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // On a dark page the darker colours want more light.
  function lifted(hex) {
    const lift = Number(setting("--lift"));
    const channels = [1, 3, 5].map(start => parseInt(hex.slice(start, start + 2), 16));
    return `rgb(${channels.map(channel => Math.round(channel + (255 - channel) * lift)).join(" ")})`;
  }

  // The shapes are those of the still figures: circle, square, triangle, diamond, triangle that points down, and a cross for no class.
  const shapes = [
    null,
    [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
    [[0, -1.1], [1.1, 0.9], [-1.1, 0.9]],
    [[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]],
    [[0, 1.1], [1.1, -0.9], [-1.1, -0.9]],
  ];

  function drawMarker(context, shape, x, y, radius) {
    context.beginPath();
    if (shape === 0) {
      context.arc(x, y, radius, 0, 2 * Math.PI);
    } else if (shape > 0) {
      for (const [right, down] of shapes[shape]) {
        context.lineTo(x + right * radius, y + down * radius);
      }
    } else {
      const arm = 0.8 * radius;
      context.lineWidth = Math.max(1, 0.5 * radius);
      context.moveTo(x - arm, y - arm);
      context.lineTo(x + arm, y + arm);
      context.moveTo(x - arm, y + arm);
      context.lineTo(x + arm, y - arm);
      context.stroke();
      return;
    }
    context.fill();
  }

  function start(figure) {
    const data = JSON.parse(figure.querySelector("script").textContent);
    const sheets = [...figure.querySelectorAll("img.sheet")];
    const stage = figure.querySelector(".stage");
    const canvas = stage.querySelector("canvas");
    const context = canvas.getContext("2d");
    const legend = figure.querySelector(".legend");
    const tip = document.createElement("div");
    const picture = document.createElement("canvas");
    const words = document.createElement("div");
    const hidden = new Set();
    const pointers = new Map();
    const count = data.x.length;
    const order = [...Array(count).keys()].sort((a, b) => (data.classes[a] >= 0) - (data.classes[b] >= 0));
    const home = { x: 0, y: 0, zoom: 1 };
    let view = { ...home };
    let styles = [];
    let pictures = data.pictures;
    let width = 1;
    let height = 1;
    let ratio = 1;
    let hovered = -1;
    let hover = null; // Where the pointer rests, while it does.
    let wanted = false;

    tip.className = "tip";
    tip.append(picture, words);
    stage.append(tip);

    const styleOf = index => styles[index < 0 ? styles.length - 1 : index];
    const halfX = data.x.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-3);
    const halfY = data.y.reduce((most, y) => Math.max(most, Math.abs(y)), 1e-3);
    const unit = () => view.zoom * Math.min(width / halfX, height / halfY) / 2 / 1.1;
    const toScreen = i => [width / 2 + (data.x[i] - view.x) * unit(), height / 2 - (data.y[i] - view.y) * unit()];
    const visible = i => !hidden.has(data.classes[i]);
    const pointRadius = () => Math.min(9, Math.max(2, 0.26 * Math.min(width, height) / Math.sqrt(count)) * Math.pow(view.zoom, 0.35));

    function source(i) {
      const [cellWidth, cellHeight] = data.cell;
      const [w, h] = data.sizes ? data.sizes[i] : data.cell;
      const place = i % data.perSheet;
      return {
        sheet: sheets[Math.floor(i / data.perSheet)],
        x: place % data.columns * cellWidth, y: Math.floor(place / data.columns) * cellHeight, w, h,
      };
    }

    // The side of the images on the stage, such that they would about cover it if they lay side by side.
    function pictureSide() {
      const [w, h] = data.cell;
      const fair = 0.75 * Math.sqrt(width * height / count);
      return Math.min(3 * Math.max(w, h), 160, Math.max(14, fair) * Math.pow(view.zoom, 0.6));
    }

    function pictureSize(i) {
      const { w, h } = source(i);
      const scale = pictureSide() / Math.max(w, h);
      return [w * scale, h * scale];
    }

    function drawPoint(i, frame) {
      const [x, y] = toScreen(i);
      const style = styleOf(data.classes[i]);
      if (!pictures) {
        const radius = pointRadius();
        if (x > -radius && y > -radius && x < width + radius && y < height + radius) {
          context.fillStyle = context.strokeStyle = style.color;
          drawMarker(context, style.shape, x, y, radius);
        }
        return;
      }
      const [w, h] = pictureSize(i);
      if (x > -w && y > -h && x < width + w && y < height + h) {
        const from = source(i);
        context.imageSmoothingEnabled = w * ratio < 2 * from.w;
        context.drawImage(from.sheet, from.x, from.y, from.w, from.h, x - w / 2, y - h / 2, w, h);
        context.lineWidth = frame;
        context.strokeStyle = style.color;
        context.strokeRect(x - w / 2, y - h / 2, w, h);
      }
    }

    function drawLabels() {
      const boxes = [];
      context.font = "bold 17px Roboto, system-ui, sans-serif";
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.lineJoin = "round";
      for (const { index, x, y } of data.labels) {
        if (!hidden.has(index)) {
          const text = data.names[index];
          boxes.push({
            text, half: context.measureText(text).width / 2 + 3,
            x: width / 2 + (x - view.x) * unit(), y: height / 2 - (y - view.y) * unit(),
          });
        }
      }
      // Names that would lie upon each other give way up and down.
      for (let round = 0, moved = true; moved && round < 40; round++) {
        moved = false;
        for (let i = 0; i < boxes.length; i++) {
          for (let j = i + 1; j < boxes.length; j++) {
            const a = boxes[i];
            const b = boxes[j];
            const near = 20 - Math.abs(a.y - b.y);
            if (near > 0 && Math.abs(a.x - b.x) < a.half + b.half) {
              const way = (a.y <= b.y ? -1 : 1) * (near / 2 + 0.5);
              a.y += way;
              b.y -= way;
              moved = true;
            }
          }
        }
      }
      context.lineWidth = 5;
      context.strokeStyle = setting("--paper");
      context.fillStyle = setting("--ink");
      for (const { text, x, y } of boxes) {
        context.strokeText(text, x, y);
        context.fillText(text, x, y);
      }
    }

    function draw() {
      wanted = false;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.fillStyle = setting("--paper");
      context.fillRect(0, 0, width, height);
      context.globalAlpha = pictures ? 1 : 0.88;
      for (const i of order) {
        if (visible(i)) {
          drawPoint(i, 1.5);
        }
      }
      context.globalAlpha = 1;
      if (!pictures && data.labels.length <= mostLabels) {
        drawLabels();
      }
      if (hovered >= 0) {
        const [x, y] = toScreen(hovered);
        if (pictures) {
          drawPoint(hovered, 4);
        } else {
          context.beginPath();
          context.arc(x, y, pointRadius() + 4, 0, 2 * Math.PI);
          context.lineWidth = 2.5;
          context.strokeStyle = setting("--ink");
          context.stroke();
        }
      }
    }

    function redraw() {
      if (!wanted) {
        wanted = true;
        requestAnimationFrame(draw);
      }
    }

    function nearest(px, py) {
      let best = -1;
      let least = reach * reach;
      for (let k = count - 1; k >= 0; k--) {
        const i = order[k];
        if (!visible(i)) {
          continue;
        }
        const [x, y] = toScreen(i);
        const distance = (x - px) * (x - px) + (y - py) * (y - py);
        if (pictures) {
          // What is drawn last lies on top.
          const [w, h] = pictureSize(i);
          if (Math.abs(x - px) <= w / 2 && Math.abs(y - py) <= h / 2) {
            return i;
          }
        } else if (distance < least) {
          least = distance;
          best = i;
        }
      }
      return best;
    }

    function point() {
      const found = hover && pointers.size === 0 ? nearest(hover.x, hover.y) : -1;
      if (found !== hovered) {
        hovered = found;
        figure.dataset.hovered = found;
        if (found >= 0) {
          fill(found);
        }
        redraw();
      }
      tip.classList.toggle("shown", found >= 0);
      if (found >= 0) {
        const [x, y] = toScreen(found);
        const gap = 18 + (pictures ? pictureSize(found)[0] / 2 : 0);
        const left = x + gap + tip.offsetWidth < width ? x + gap : x - gap - tip.offsetWidth;
        tip.style.left = `${Math.max(4, Math.min(left, width - tip.offsetWidth - 4))}px`;
        tip.style.top = `${Math.max(4, Math.min(y - tip.offsetHeight / 2, height - tip.offsetHeight - 4))}px`;
      }
    }

    function fill(i) {
      const from = source(i);
      const times = Math.max(1, Math.round(168 / Math.max(from.w, from.h)));
      picture.width = from.w;
      picture.height = from.h;
      picture.style.width = `${from.w * times}px`;
      picture.style.height = `${from.h * times}px`;
      picture.getContext("2d").drawImage(from.sheet, from.x, from.y, from.w, from.h, 0, 0, from.w, from.h);
      tip.classList.toggle("coarse", times > 2);
      words.textContent = data.captions[i];
    }

    function zoomAt(x, y, factor) {
      const zoom = Math.min(400, Math.max(0.5, view.zoom * factor));
      const keep = 1 / unit();
      view.zoom = zoom;
      const now = 1 / unit();
      view.x += (x - width / 2) * (keep - now);
      view.y -= (y - height / 2) * (keep - now);
      redraw();
    }

    function place(event) {
      const box = canvas.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    }

    canvas.addEventListener("pointerdown", event => {
      canvas.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, place(event));
      canvas.classList.add("dragged");
      point();
    });

    canvas.addEventListener("pointermove", event => {
      const now = place(event);
      const before = pointers.get(event.pointerId);
      if (before) {
        const others = [...pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
        if (others.length > 0) {
          const [other] = others;
          const length = at => Math.hypot(at.x - other.x, at.y - other.y);
          zoomAt((now.x + other.x) / 2, (now.y + other.y) / 2, Math.max(1, length(now)) / Math.max(1, length(before)));
        } else {
          view.x -= (now.x - before.x) / unit();
          view.y += (now.y - before.y) / unit();
          redraw();
        }
        pointers.set(event.pointerId, now);
      }
      hover = now;
      point();
    });

    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, event => {
        pointers.delete(event.pointerId);
        canvas.classList.toggle("dragged", pointers.size > 0);
        hover = place(event); // A finger that is lifted leaves the image of where it was.
        point();
      });
    }

    canvas.addEventListener("pointerleave", event => {
      if (event.pointerType === "mouse") {
        hover = null;
        point();
      }
    });

    canvas.addEventListener("wheel", event => {
      event.preventDefault();
      const lines = event.deltaMode === 0 ? event.deltaY / 100 : event.deltaY / 3;
      const { x, y } = place(event);
      zoomAt(x, y, Math.pow(1.25, -Math.max(-4, Math.min(4, lines))));
      point();
    }, { passive: false });

    function reset() {
      view = { ...home };
      redraw();
      point();
    }

    canvas.addEventListener("dblclick", reset);

    function button(text, className, click) {
      const made = document.createElement("button");
      made.type = "button";
      made.className = className;
      made.append(text);
      made.addEventListener("click", () => { click(made); redraw(); point(); });
      legend.append(made);
      return made;
    }

    const toggles = data.present.map(index => {
      const toggle = button(index < 0 ? "unknown" : data.names[index], "", () => {
        if (!hidden.delete(index)) {
          hidden.add(index);
        }
        show();
      });
      const swatch = document.createElement("canvas");
      swatch.width = swatch.height = 28;
      swatch.style.width = swatch.style.height = "14px";
      toggle.prepend(swatch);
      return { toggle, index, swatch };
    });

    function dress() {
      styles = data.styles.map(style => ({ color: lifted(style.color), shape: style.shape }));
      for (const { index, swatch } of toggles) {
        const paint = swatch.getContext("2d");
        paint.fillStyle = paint.strokeStyle = styleOf(index).color;
        drawMarker(paint, styleOf(index).shape, 14, 14, 10);
      }
    }

    function show() {
      for (const { toggle, index } of toggles) {
        toggle.setAttribute("aria-pressed", String(!hidden.has(index)));
      }
    }

    if (toggles.length > 2) {
      button("all", "command", () => { hidden.clear(); show(); });
      button("none", "command", () => { data.present.forEach(index => hidden.add(index)); show(); });
    }
    const change = button("", "command", () => { pictures = !pictures; name(); });
    function name() { change.textContent = pictures ? "draw points" : "draw images"; }
    button("reset view", "command", reset);
    name();
    show();
    dress();

    new ResizeObserver(() => {
      const box = canvas.getBoundingClientRect();
      ratio = window.devicePixelRatio || 1;
      width = box.width;
      height = box.height;
      canvas.width = Math.max(1, Math.round(width * ratio));
      canvas.height = Math.max(1, Math.round(height * ratio));
      draw(); // At once, since a canvas of a new size is empty.
    }).observe(canvas);

    for (const query of ["(prefers-color-scheme: dark)", "print"]) {
      matchMedia(query).addEventListener("change", () => { dress(); draw(); });
    }

    Promise.all(sheets.map(sheet => sheet.decode())).then(() => {
      draw();
      figure.dataset.ready = "true";
    });
  }

  for (const figure of document.querySelectorAll("figure.scatter")) {
    start(figure);
  }
})();
