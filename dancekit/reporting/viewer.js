"use strict";

const { layout, recordings: packed } = JSON.parse(document.getElementById("recordings").textContent);
const part = (id) => document.getElementById(id);
const RADIANS = Math.PI / 180;
const VIEWS = {
  oblique: { turn: 28 * RADIANS, pitch: 11 * RADIANS },
  front: { turn: 0, pitch: 0 },
  side: { turn: 90 * RADIANS, pitch: 0 },
  top: { turn: 0, pitch: 90 * RADIANS },
};
const DISTANCE = 3.5; // of the camera, in radii of what it looks at, as in projection.py
const NEAREST = 1.6; // nobody is drawn thicker than so many times, however near
const TRAIL = 1; // seconds
const PERSONS = 6; // with a colour of their own

// Recordings: whole steps from an origin; the lowest number there is stands for a missing joint.
class Recording {
  constructor(data) {
    Object.assign(this, data);
    const { buffer } = bytes(data.points);
    this.whole = data.bits === 16 ? new Int16Array(buffer) : new Int32Array(buffer);
    this.missing = -(2 ** (data.bits - 1));
    this.certainty = data.scores === null ? null : bytes(data.scores);
    this.images = (data.backdrop?.images ?? []).map((image) => {
      const element = new Image();
      element.addEventListener("load", () => (redraw = true));
      element.src = `data:image/jpeg;base64,${image}`;
      return element;
    });
  }

  get shownRate() {
    return this.rate / this.every;
  }

  // Coordinates of a joint; null where it is missing.
  point(frame, person, joint) {
    const at = this.index(frame, person, joint) * this.coordinates;
    if (this.whole[at] === this.missing) return null;
    return this.origin.map((origin, c) => (this.whole[at + c] + origin) * this.step);
  }

  score(frame, person, joint) {
    return this.certainty === null ? 1 : this.certainty[this.index(frame, person, joint)] / 255;
  }

  index(frame, person, joint) {
    return (frame * this.persons + person) * layout.joints.length + joint;
  }
}

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

// Views: each says where in the picture a point is, and how much larger things appear there.
class RoomView {
  constructor(recording, frame, width, height, look) {
    const { room } = recording;
    this.room = room;
    this.follow = look.follow;
    this.radius = Math.max(look.follow ? room.near_radius : room.radius, 1e-6);
    this.distance = DISTANCE * this.radius;
    this.yaw = room.facing + look.turn;
    this.pitch = look.pitch;
    this.target = [0, 1, 2].map((c) => (room.low[c] + room.high[c]) / 2);
    if (look.follow) [this.target[0], this.target[2]] = room.path[frame];
    const sphere = this.radius / Math.sqrt(1 - DISTANCE ** -2); // as it appears
    this.scale = ((0.47 * Math.min(width, height)) / sphere) * look.zoom;
    this.middle = [width / 2 + look.pan[0], height / 2 + look.pan[1]];
  }

  place(point) {
    const [x, y, z] = point.map((value, c) => value - this.target[c]);
    const right = Math.cos(this.yaw) * x - Math.sin(this.yaw) * z;
    const forward = Math.sin(this.yaw) * x + Math.cos(this.yaw) * z;
    const up = Math.cos(this.pitch) * y - Math.sin(this.pitch) * forward;
    const nearer = Math.sin(this.pitch) * y + Math.cos(this.pitch) * forward;
    const depth = this.distance - nearer;
    if (depth < 0.1 * this.distance) return null;
    const size = this.distance / depth;
    return { x: this.middle[0] + this.scale * size * right, y: this.middle[1] - this.scale * size * up, size };
  }
}

class AreaView {
  constructor(recording, frame, width, height, look) {
    const whole = look.whole && (recording.backdrop?.size ?? recording.picture);
    const low = whole ? [0, 0] : recording.area.low;
    const high = whole || recording.area.high;
    const margin = (whole ? 0.03 : 0.08) * Math.min(width, height);
    const [across, down] = [0, 1].map((c) => Math.max(high[c] - low[c], 1e-9));
    this.scale = Math.min((width - 2 * margin) / across, (height - 2 * margin) / down) * look.zoom;
    this.shift = [width, height].map((size, c) => size / 2 + look.pan[c] - (this.scale * (low[c] + high[c])) / 2);
  }

  place(point) {
    return { x: point[0] * this.scale + this.shift[0], y: point[1] * this.scale + this.shift[1], size: 1 };
  }
}

// Drawing
let colour = {};
function readColours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["ink", "soft", "sheet", "rule", "left", "right", "middle"];
  for (let person = 1; person <= PERSONS; person++) names.push(`person-${person}`);
  colour = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

const personColour = (person) => colour[`person-${(person % PERSONS) + 1}`];

// Draws a frame; returns the joints that were drawn, with their places.
function draw(canvas, recording, frame, look, more = {}) {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  const [fineWidth, fineHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== fineWidth || canvas.height !== fineHeight) {
    canvas.width = fineWidth;
    canvas.height = fineHeight;
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.lineCap = pen.lineJoin = "round";
  const inSpace = recording.coordinates === 3;
  const view = new (inSpace ? RoomView : AreaView)(recording, frame, width, height, look);
  const thickness = clamp(0.017 * recording.body * view.scale, more.still ? 1.2 : 1.6, 10);
  if (inSpace) drawFloor(pen, view, more);
  else if (!more.still) drawPicture(pen, view, recording, frame);

  const persons = [];
  for (let person = 0; person < recording.persons; person++) {
    const joints = layout.joints.map((_, joint) => {
      const point = recording.point(frame, person, joint);
      const place = point && view.place(point);
      return place && { ...place, point, person, joint, score: recording.score(frame, person, joint) };
    });
    if (joints.some((joint) => joint)) persons.push(joints);
  }
  if (inSpace) drawShadows(pen, view, persons, thickness);
  if (more.trails) drawTrails(pen, view, recording, frame, thickness);
  pen.lineCap = "round";
  persons.sort((one, other) => nearness(one) - nearness(other));
  for (const joints of persons) drawPerson(pen, joints, thickness, recording.persons > 1);
  if (!more.still && recording.persons > 1) for (const joints of persons) drawNumber(pen, joints);
  const drawn = persons.flat().filter((joint) => joint);
  if (more.names) drawNames(pen, drawn, thickness);
  pen.globalAlpha = 1;
  return drawn;
}

function nearness(joints) {
  const seen = joints.filter((joint) => joint);
  return seen.reduce((sum, joint) => sum + joint.size, 0) / seen.length;
}

function stroke(pen, from, to) {
  pen.beginPath();
  pen.moveTo(from.x, from.y);
  pen.lineTo(to.x, to.y);
  pen.stroke();
}

function drawFloor(pen, view, more) {
  const { grid, low } = view.room;
  const radius = Math.max(1.6 * view.radius, 2 * grid);
  const count = Math.floor(radius / grid) + 1;
  const [x0, z0] = [0, 2].map((c) => Math.round(view.target[c] / grid));
  const opacity = (x, z) => 1 - ((x * grid - view.target[0]) ** 2 + (z * grid - view.target[2]) ** 2) / radius ** 2;
  const at = (x, z) => view.place([x * grid, low[1], z * grid]);
  pen.strokeStyle = pen.fillStyle = colour.soft;
  for (let i = -count; i <= count; i++) {
    for (let j = -count; j < count; j++) {
      for (const [x, z, across, along] of [
        [x0 + j, z0 + i, 1, 0],
        [x0 + i, z0 + j, 0, 1],
      ]) {
        const share = opacity(x + across / 2, z + along / 2);
        const [from, to] = [at(x, z), at(x + across, z + along)];
        if (share <= 0 || !from || !to) continue;
        const axis = across ? z === 0 : x === 0;
        pen.globalAlpha = share * (axis ? 0.75 : 0.4);
        pen.lineWidth = axis && !more.still ? 1.5 : 1;
        stroke(pen, from, to);
      }
    }
  }
  if (more.still || Math.abs(view.pitch) < 5 * RADIANS) return;
  pen.font = "11px system-ui, sans-serif";
  for (let i = -count; i <= count; i++) {
    for (const [x, z, axis] of [
      [x0 + i, 0, "x"],
      [0, z0 + i, "z"],
    ]) {
      const place = at(x, z);
      const steps = axis === "x" ? x : z;
      const share = opacity(x, z);
      if (!place || share <= 0.15 || (steps === 0 && axis === "z")) continue;
      pen.globalAlpha = Math.min(1, 1.4 * share);
      const metres = Number((steps * grid).toPrecision(6));
      pen.fillText(steps === 0 ? "0" : `${axis} ${metres} m`, place.x + 4, place.y - 4);
    }
  }
}

function drawPicture(pen, view, recording, frame) {
  const size = recording.backdrop?.size ?? recording.picture;
  if (!size) return;
  const low = view.place([0, 0]);
  const [width, height] = [size[0] * view.scale, size[1] * view.scale];
  if (recording.backdrop) {
    const shown = Math.floor((frame * recording.every) / recording.backdrop.every);
    const image = recording.images[Math.min(shown, recording.images.length - 1)];
    if (image.complete && image.naturalWidth) pen.drawImage(image, low.x, low.y, width, height);
  }
  pen.globalAlpha = 1;
  pen.strokeStyle = colour.rule;
  pen.lineWidth = 1.5;
  pen.strokeRect(low.x, low.y, width, height);
}

function drawShadows(pen, view, persons, thickness) {
  pen.globalAlpha = 0.1;
  pen.strokeStyle = colour.ink;
  pen.lineWidth = thickness;
  pen.beginPath(); // one for all, so that it is not darker where bones cross
  for (const joints of persons) {
    for (const bone of layout.bones) {
      const [from, to] = bone.map((end) => joints[end] && under(view, joints[end].point));
      if (!from || !to) continue;
      pen.moveTo(from.x, from.y);
      pen.lineTo(to.x, to.y);
    }
  }
  pen.stroke();
}

const under = (view, point) => view.place([point[0], view.room.low[1], point[2]]);

function drawTrails(pen, view, recording, frame, thickness) {
  const length = Math.max(2, Math.round(TRAIL * recording.shownRate));
  pen.lineWidth = Math.max(1.5, 0.6 * thickness);
  pen.lineCap = "butt"; // pieces that don't overlap
  for (let person = 0; person < recording.persons; person++) {
    for (const joint of layout.trails) {
      pen.strokeStyle = colour[layout.sides[joint]];
      let before = null;
      for (let at = Math.max(0, frame - length); at <= frame; at++) {
        const point = recording.point(at, person, joint);
        const place = point && view.place(point);
        if (before && place) {
          pen.globalAlpha = 0.7 * (1 - (frame - at) / length) ** 1.5;
          stroke(pen, before, place);
        }
        before = place;
      }
    }
  }
}

// Bones from far to near, each with an edge that keeps crossing bones apart; then joints.
function drawPerson(pen, joints, thickness, several) {
  const opacity = (joint) => 0.25 + 0.75 * joint.score;
  const bones = layout.bones.map(([child, parent]) => [joints[child], joints[parent]]).filter(([a, b]) => a && b);
  bones.sort((one, other) => one[0].size + one[1].size - other[0].size - other[1].size);
  for (const [child, parent] of bones) {
    const width = thickness * Math.min((child.size + parent.size) / 2, NEAREST);
    pen.globalAlpha = Math.min(opacity(child), opacity(parent));
    pen.strokeStyle = colour.sheet;
    pen.lineWidth = 1.9 * width;
    pen.lineCap = "butt";
    stroke(pen, child, parent);
    pen.lineCap = "round";
    pen.strokeStyle = several ? personColour(child.person) : colour[layout.sides[child.joint]];
    pen.lineWidth = width;
    stroke(pen, child, parent);
  }
  for (const joint of joints.filter((each) => each)) {
    pen.globalAlpha = opacity(joint);
    pen.fillStyle = colour[layout.sides[joint.joint]];
    pen.beginPath();
    pen.arc(joint.x, joint.y, 0.8 * thickness * Math.min(joint.size, NEAREST), 0, 2 * Math.PI);
    pen.fill();
  }
}

function text(pen, words, x, y, fill) {
  pen.globalAlpha = 1;
  pen.lineWidth = 3;
  pen.strokeStyle = colour.sheet;
  pen.strokeText(words, x, y);
  pen.fillStyle = fill;
  pen.fillText(words, x, y);
}

function drawNumber(pen, joints) {
  const top = joints.filter((joint) => joint).reduce((one, other) => (other.y < one.y ? other : one));
  pen.font = "600 14px system-ui, sans-serif";
  pen.textAlign = "center";
  text(pen, String(top.person + 1), top.x, top.y - 12, personColour(top.person));
  pen.textAlign = "start";
}

function drawNames(pen, drawn, thickness) {
  pen.font = "11px system-ui, sans-serif";
  for (const joint of drawn) text(pen, layout.joints[joint.joint], joint.x + thickness + 2, joint.y + 4, colour.ink);
}

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

// The player
const canvas = part("stage");
const recordings = packed.map((data) => new Recording(data));
const look = { ...VIEWS.oblique, zoom: 1, pan: [0, 0], follow: false, whole: true };
const more = { names: false, trails: false };
let chosen = 0;
let position = 0; // in frames, with the part of a frame that has gone by
let playing = false;
let loop = true;
let redraw = true;
let drawn = []; // the joints on the stage
let follow = null; // what the user has said; null: as suits the recording

const recording = () => recordings[chosen];
const frame = () => Math.min(Math.floor(position), recording().count - 1);

function choose(number) {
  chosen = (number + recordings.length) % recordings.length;
  const now = recording();
  const inSpace = now.coordinates === 3;
  position = 0;
  look.pan = [0, 0];
  look.follow = inSpace && (follow ?? now.room.follows);
  if (part("facts")) describe(now);
  canvas.setAttribute("aria-label", `Skeleton of ${now.movement}, recording ${now.name}`);
  part("views-3d").hidden = !inSpace;
  part("views-2d").hidden = inSpace || !(now.picture || now.backdrop);
  part("follow").hidden = !inSpace;
  press(part("follow"), look.follow);
  part("trails").hidden = layout.trails.length === 0;
  part("faint").hidden = now.certainty === null;
  part("grid").hidden = !inSpace;
  if (inSpace) part("grid").textContent = `grid: ${now.room.grid} m`;
  const unit = inSpace ? `${Number((1000 * now.step).toPrecision(3))} mm` : `${now.step} ${now.step === 0.1 ? "pixels" : ""}`;
  part("rounding").textContent = `joints rounded to ${unit.trim()}`;
  part("notice").hidden = now.notice === "";
  part("notice").textContent = now.notice;
  const scrub = part("scrub");
  scrub.max = now.count - 1;
  scrub.disabled = now.count === 1;
  for (const button of document.querySelectorAll("[data-recording]")) {
    const current = Number(button.dataset.recording) === chosen;
    if (current) {
      button.setAttribute("aria-current", "true");
      bringIntoList(button);
    } else button.removeAttribute("aria-current");
  }
  redraw = true;
}

function describe(now) {
  part("movement").textContent = now.movement;
  part("facts").textContent = [
    now.name,
    now.person && `person ${now.person}`,
    now.persons > 1 && `${now.persons} persons`,
    `split ${now.split}`,
    `${now.frames.toLocaleString("en")} frame${now.frames === 1 ? "" : "s"}`,
    now.rate_known ? `${Number(now.rate.toFixed(2))} frames per second` : `frame rate unknown, shown at ${now.rate}`,
  ]
    .filter((fact) => fact)
    .join(" · ");
}

// Scrolls the list and never the page.
function bringIntoList(button) {
  const list = button.closest("ol");
  const [inner, outer] = [button.getBoundingClientRect(), list.getBoundingClientRect()];
  const outside = (from, to, low, high) => Math.min(0, from - low) || Math.max(0, to - high);
  list.scrollBy(
    outside(inner.left, inner.right, outer.left, outer.right),
    outside(inner.top, inner.bottom, outer.top, outer.bottom),
  );
}

function play(on) {
  if (on && position >= recording().count - 1) position = 0;
  playing = on;
  part("play").classList.toggle("playing", on);
  part("play").setAttribute("aria-label", on ? "Pause" : "Play");
}

function seek(to) {
  play(false);
  position = clamp(to, 0, recording().count - 1);
  redraw = true;
}

function press(button, on) {
  button.setAttribute("aria-pressed", String(on));
}

function setView(name) {
  if (name in VIEWS) Object.assign(look, VIEWS[name]);
  else look.whole = name === "picture";
  Object.assign(look, { zoom: 1, pan: [0, 0] });
  const group = part(name in VIEWS ? "views-3d" : "views-2d");
  for (const button of group.querySelectorAll("button")) press(button, button.dataset.view === name);
  redraw = true;
}

function turn(right, up) {
  if (recording().coordinates === 3) {
    look.turn -= right;
    look.pitch = clamp(look.pitch + up, -10 * RADIANS, 90 * RADIANS);
    for (const button of part("views-3d").querySelectorAll("button")) press(button, false);
  } else move(right * 120, up * 120);
  redraw = true;
}

function move(right, down) {
  look.pan = [look.pan[0] + right, look.pan[1] + down];
  redraw = true;
}

// Nearer or farther; what is at x and y from the middle stays there.
function zoom(factor, x = 0, y = 0) {
  const before = look.zoom;
  look.zoom = clamp(before * factor, 0.3, 20);
  const grown = look.zoom / before;
  look.pan = [x + (look.pan[0] - x) * grown, y + (look.pan[1] - y) * grown];
  redraw = true;
}

function show() {
  const now = recording();
  const at = frame();
  drawn = draw(canvas, now, at, look, more);
  const original = at * now.every;
  const seconds = (original / now.rate).toFixed(2);
  const scrub = part("scrub");
  scrub.value = at;
  scrub.setAttribute("aria-valuetext", `frame ${original + 1} of ${now.frames}, ${seconds} seconds`);
  part("frame").textContent = `frame ${original + 1} of ${now.frames}`;
  part("seconds").textContent = `${seconds} of ${(now.frames / now.rate).toFixed(2)} s`;
}

let last;
function tick(now) {
  const passed = last === undefined ? 0 : Math.min(now - last, 250) / 1000;
  last = now;
  if (playing) {
    const before = frame();
    const { count, shownRate } = recording();
    position += passed * shownRate * Number(part("speed").value);
    if (position >= count) {
      if (loop) position %= count;
      else {
        position = count - 1;
        play(false);
      }
    }
    redraw ||= frame() !== before;
  }
  if (redraw) {
    redraw = false;
    show();
  }
  requestAnimationFrame(tick);
}

// Buttons
part("play").addEventListener("click", () => play(!playing));
part("previous")?.addEventListener("click", () => choose(chosen - 1));
part("next")?.addEventListener("click", () => choose(chosen + 1));
part("scrub").addEventListener("input", (event) => seek(Number(event.target.value)));
part("loop").addEventListener("click", (event) => press(event.currentTarget, (loop = !loop)));
for (const name of ["names", "trails"]) {
  part(name).addEventListener("click", (event) => {
    press(event.currentTarget, (more[name] = !more[name]));
    redraw = true;
  });
}
part("follow").addEventListener("click", (event) => {
  press(event.currentTarget, (look.follow = follow = !look.follow));
  redraw = true;
});
for (const button of document.querySelectorAll("[data-view]")) {
  button.addEventListener("click", () => setView(button.dataset.view));
}
for (const button of document.querySelectorAll("[data-recording]")) {
  button.addEventListener("click", () => choose(Number(button.dataset.recording)));
}

// Keys
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches("select")) return;
  const onControl = target.matches("button, summary, a");
  if (key === " " && !onControl) play(!playing);
  else if (key in ARROWS && event.shiftKey) turn(ARROWS[key][0] * 0.15, ARROWS[key][1] * 0.15);
  else if (key in ARROWS && ARROWS[key][0] !== 0) seek(frame() + ARROWS[key][0]);
  else if (key in ARROWS && recordings.length > 1) choose(chosen + ARROWS[key][1]);
  else if (key === "Home") seek(0);
  else if (key === "End") seek(recording().count - 1);
  else if (key === "+" || key === "=") zoom(1.2);
  else if (key === "-") zoom(1 / 1.2);
  else if (key === "0") setView(recording().coordinates === 3 ? "oblique" : "picture");
  else return;
  event.preventDefault();
});

// Mouse and touch: one finger turns the room or moves the picture, two zoom.
const fingers = new Map();
canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  fingers.set(event.pointerId, [event.offsetX, event.offsetY]);
  part("tip").hidden = true;
});
canvas.addEventListener("pointermove", (event) => {
  const before = fingers.get(event.pointerId);
  if (!before) {
    hover(event.offsetX, event.offsetY);
    return;
  }
  const now = [event.offsetX, event.offsetY];
  const [right, down] = [now[0] - before[0], now[1] - before[1]];
  if (fingers.size === 2) {
    const other = [...fingers].find(([id]) => id !== event.pointerId)[1];
    const apart = (one) => Math.hypot(one[0] - other[0], one[1] - other[1]);
    zoom(apart(now) / Math.max(apart(before), 1));
    move(right / 2, down / 2);
  } else if (recording().coordinates === 3 && !event.shiftKey) turn(0.008 * right, 0.008 * down);
  else move(right, down);
  fingers.set(event.pointerId, now);
});
for (const name of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(name, (event) => fingers.delete(event.pointerId));
}
canvas.addEventListener("pointerleave", () => (part("tip").hidden = true));
canvas.addEventListener(
  "wheel",
  (event) => {
    event.preventDefault();
    const [x, y] = [event.offsetX - canvas.clientWidth / 2, event.offsetY - canvas.clientHeight / 2];
    zoom(Math.exp(-0.0015 * clamp(event.deltaY, -300, 300)), x, y);
  },
  { passive: false },
);
canvas.addEventListener("dblclick", () => setView(recording().coordinates === 3 ? "oblique" : "picture"));

// Says which joint is under the mouse.
function hover(x, y) {
  const away = (joint) => Math.hypot(joint.x - x, joint.y - y);
  const nearest = drawn.reduce((one, other) => (one && away(one) <= away(other) ? one : other), null);
  const tip = part("tip");
  tip.hidden = !nearest || away(nearest) > 14;
  if (tip.hidden) return;
  const now = recording();
  const name = document.createElement("b");
  name.textContent = layout.joints[nearest.joint];
  const digits = clamp(Math.round(-Math.log10(now.step)), 0, 6);
  const place = nearest.point.map((value, c) => `${"xyz"[c]} ${value.toFixed(digits)}`).join("  ");
  const facts = [now.coordinates === 3 ? `${place} m` : place];
  if (now.certainty) facts.push(`score ${nearest.score.toFixed(2)}`);
  if (now.persons > 1) facts.push(`person ${nearest.person + 1}`);
  tip.replaceChildren(name, facts.join(" · "));
  const left = Math.min(nearest.x + 14, canvas.clientWidth - tip.offsetWidth - 8);
  tip.style.transform = `translate(${left}px, ${Math.max(8, nearest.y - tip.offsetHeight - 10)}px)`;
}

// Small pictures in the list, each of the middle of its recording.
function drawStills() {
  document.querySelectorAll("canvas.still").forEach((still, number) => {
    const each = recordings[number];
    const at = Math.floor(each.count / 2);
    const inSpace = each.coordinates === 3;
    const near = { ...VIEWS.oblique, zoom: inSpace ? 1.35 : 1.1, pan: [0, 0], follow: true, whole: false };
    draw(still, each, at, near, { still: true });
  });
}

readColours();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  readColours();
  drawStills();
  redraw = true;
});
new ResizeObserver(() => (redraw = true)).observe(canvas);
drawStills();
choose(0);
play(recording().count > 1 && !matchMedia("(prefers-reduced-motion: reduce)").matches);
requestAnimationFrame(tick);
