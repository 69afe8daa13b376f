const find = id => document.getElementById(id);
const page = { file: find("file"), drop: find("drop"), stage: find("stage"), frame: find("frame"), photo: find("photo"), boxes: find("boxes"), status: find("status"),
  another: find("another"), problem: find("problem"), panel: find("panel"), title: find("face-title"), verdict: find("verdict"), near: find("near"),
  enrol: find("enrol"), name: find("name"), names: find("names"), keyRow: find("key-row"), key: find("key"), people: find("people"), nobody: find("nobody"),
  more: find("more"), count: find("count"), limits: find("limits") };
const pageSize = 60;

let settings = { threshold: 0.6, maximumBytes: Infinity, maximumPixels: Infinity, keyRequired: false };
let photograph = null; // The file that is shown. Enrolment sends it again, since the server keeps none.
let result = null;
let chosen = 0;
let searching = null;
let shown = 0;

class Problem extends Error {
  constructor(title, detail, remedy) {
    super(title);
    this.detail = detail;
    this.remedy = remedy;
  }
}

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") {
      throw error;
    }
    throw new Problem("The server does not answer.", "It was stopped, or the network is down.", "Start it again, and repeat what you did.");
  }
  if (response.ok) {
    return response.status === 204 ? null : response.json();
  }
  const problem = await response.json().catch(() => ({}));
  throw new Problem(problem.title ?? `The server answered ${response.status}.`, problem.detail, problem.remedy);
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function showProblem(error, isNote = false) {
  page.problem.classList.toggle("note", isNote);
  page.problem.replaceChildren(
    element("strong", { textContent: error.message }),
    ...[error.detail, error.remedy].filter(Boolean).map(text => element("p", { textContent: text })));
  page.problem.hidden = false;
}

function say(text, busy = false) {
  page.status.textContent = text;
  document.body.classList.toggle("busy", busy);
}

// A thumbnail, or initials where there is none.
function picture(person) {
  const initials = () => element("span", { className: "face", textContent: [...person.name].slice(0, 1).join("").toUpperCase() || "?", ariaHidden: "true" });
  if (!person.thumbnail) {
    return initials();
  }
  const image = element("img", { className: "face", src: person.thumbnail, alt: "", loading: "lazy" });
  image.addEventListener("error", () => image.replaceWith(initials()));
  return image;
}

async function open(file) {
  searching?.abort();
  const search = searching = new AbortController();
  page.problem.hidden = true;
  page.panel.hidden = true;
  page.boxes.replaceChildren();
  result = null;
  try {
    if (file.size > settings.maximumBytes) {
      throw new Problem("The photograph is too large.", `It has ${megabytes(file.size)}, but at most ${megabytes(settings.maximumBytes)} are taken.`, "Shrink it, or save it with a lower quality.");
    }
    show(file);
    say("Looking for faces…", true);
    const found = await send(`/api/faces`, search.signal);
    if (search !== searching) {
      return;
    }
    result = found;
    draw();
  } catch (error) {
    if (error.name !== "AbortError") {
      say("");
      showProblem(error);
    }
  }
}

function show(file) {
  photograph = file;
  URL.revokeObjectURL(page.photo.src);
  page.photo.src = URL.createObjectURL(file);
  page.drop.hidden = true;
  page.stage.hidden = false;
  page.another.hidden = false;
}

function send(path, signal) {
  const headers = { "Content-Type": photograph.type || "image/jpeg" };
  if (settings.keyRequired && page.key.value) {
    headers["X-Api-Key"] = page.key.value;
  }
  return call(path, { method: "POST", body: photograph, headers, signal });
}

function draw() {
  const faces = result.faces;
  if (faces.length === 0) {
    say("");
    showProblem(new Problem(
      "No face was found in this photograph.", "The detector wants a face to be seen from the front, and not to be tiny.", "Take one in which the face is larger, sharper or better lit."), true);
    return;
  }
  say(faces.length === 1 ? "One face was found." : `${faces.length} faces were found: choose one.`);
  chosen = Math.min(chosen, faces.length - 1);
  page.boxes.replaceChildren(...faces.map(box));
  choose(chosen);
}

function box(face) {
  const percent = (value, whole) => `${Math.min(Math.max(value / whole, 0), 1) * 100}%`;
  const { x, y, width, height } = face.box;
  const button = element("button", { type: "button", className: "box" }, element("span", { textContent: face.name ?? "Unknown" }));
  button.ariaLabel = `Face ${face.index + 1}: ${face.name ?? "nobody in the gallery"}`;
  button.style.left = percent(x, result.width);
  button.style.top = percent(y, result.height);
  button.style.right = percent(result.width - x - width, result.width);
  button.style.bottom = percent(result.height - y - height, result.height);
  button.classList.toggle("low", y + height > 0.9 * result.height);
  button.classList.toggle("right", x > 0.6 * result.width);
  button.addEventListener("click", () => choose(face.index));
  return button;
}

function choose(index) {
  chosen = index;
  const face = result.faces[index];
  [...page.boxes.children].forEach((button, i) => button.setAttribute("aria-pressed", i === index));
  page.title.textContent = result.faces.length === 1 ? "This is" : `Face ${index + 1} of ${result.faces.length} is`;
  page.verdict.classList.toggle("known", face.name !== null);
  page.verdict.replaceChildren(face.name ?? "Nobody in the gallery", element("small", {
    textContent: face.nearest.length === 0 ? "The gallery is empty." : `Nearest people; up to ${result.threshold.toFixed(3)} a face is theirs.` }));
  page.near.replaceChildren(...face.nearest.map(person => {
    const meter = element("div", { className: "meter", ariaHidden: "true" }, element("i"));
    meter.classList.toggle("close", person.distance <= result.threshold);
    // The mark in the middle is the threshold.
    meter.firstChild.style.width = `${Math.min(person.distance / (2 * result.threshold), 1) * 100}%`;
    return element("li", {}, picture(person), element("span", { className: "who", textContent: person.name }),
      element("span", { className: "distance", textContent: person.distance.toFixed(3), title: "Distance: smaller is nearer" }), meter);
  }));
  page.name.value = face.name ?? "";
  page.panel.hidden = false;
}

async function enrol(event) {
  event.preventDefault();
  const button = page.enrol.querySelector("button");
  const name = page.name.value.trim();
  page.problem.hidden = true;
  button.disabled = true;
  try {
    await send(`/api/people?${new URLSearchParams({ name, face: chosen })}`);
    page.status.textContent = `${name} was enrolled.`;
    await list();
    result = await send("/api/faces");
    const words = page.status.textContent;
    draw();
    page.status.textContent = words;
  } catch (error) {
    showProblem(error);
  } finally {
    button.disabled = false;
  }
}

async function list(more = false) {
  const take = more ? pageSize : Math.max(shown, pageSize);
  const found = await call(`/api/people?${new URLSearchParams({ skip: more ? shown : 0, take: Math.min(take, 200) })}`);
  const items = found.people.map(person => element("li", {}, picture(person), element("span", { className: "who", textContent: person.name, title: person.name }), removal(person)));
  if (more) {
    page.people.append(...items);
  } else {
    page.people.replaceChildren(...items);
  }
  shown = page.people.children.length;
  page.count.textContent = found.count === 1 ? "1 face" : `${found.count.toLocaleString("en")} faces`;
  page.nobody.hidden = found.count > 0;
  page.more.hidden = shown >= found.count;
  const names = new Set([...page.people.querySelectorAll(".who")].map(who => who.textContent));
  page.names.replaceChildren(...[...names].sort().map(name => element("option", { value: name })));
}

// The first press asks, the second removes.
function removal(person) {
  const button = element("button", { type: "button", textContent: "Remove", ariaLabel: `Remove ${person.name}` });
  const calm = () => {
    button.classList.remove("sure");
    button.textContent = "Remove";
  };
  button.addEventListener("blur", calm);
  button.addEventListener("click", async () => {
    if (!button.classList.contains("sure")) {
      button.classList.add("sure");
      button.textContent = "Remove for good?";
      return;
    }
    page.problem.hidden = true;
    try {
      await call(`/api/people/${encodeURIComponent(person.id)}`, { method: "DELETE", headers: settings.keyRequired ? { "X-Api-Key": page.key.value } : {} });
      page.status.textContent = `A face of ${person.name} was removed.`;
      await list();
    } catch (error) {
      calm();
      showProblem(error);
    }
  });
  return button;
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toLocaleString("en", { maximumFractionDigits: 1 })} MB`;
}

function take(files) {
  const file = [...(files ?? [])].find(item => item.type.startsWith("image/"));
  if (file) {
    open(file);
  } else if (files?.length) {
    showProblem(new Problem("This is no photograph.", `'${files[0].name}' is no image file.`, "Drop a JPEG, PNG, WebP, BMP or GIF file."));
  }
}

// As large as the window lets it be, and small ones not too coarse.
page.photo.addEventListener("load", () => {
  const { naturalWidth, naturalHeight } = page.photo;
  page.frame.style.width = `min(100%, ${70 * naturalWidth / naturalHeight}vh, ${2 * naturalWidth}px)`;
});
page.photo.addEventListener("error", () => {
  page.stage.hidden = true;
  page.another.hidden = true;
  page.drop.hidden = false;
});
page.file.addEventListener("change", () => {
  take(page.file.files);
  page.file.value = "";
});
page.enrol.addEventListener("submit", enrol);
page.more.addEventListener("click", () => list(true).catch(showProblem));
document.addEventListener("paste", event => take(event.clipboardData?.files));
document.addEventListener("dragover", event => {
  event.preventDefault();
  document.body.classList.add("dragging");
});
document.addEventListener("dragleave", event => {
  if (!event.relatedTarget) {
    document.body.classList.remove("dragging");
  }
});
document.addEventListener("drop", event => {
  event.preventDefault();
  document.body.classList.remove("dragging");
  take(event.dataTransfer?.files);
});

try {
  settings = await call("/api/settings");
  page.keyRow.hidden = !settings.keyRequired;
  page.limits.textContent = `JPEG, PNG, WebP, BMP or GIF of at most ${megabytes(settings.maximumBytes)}. It is not kept.`;
  await list();
} catch (error) {
  showProblem(error);
}
