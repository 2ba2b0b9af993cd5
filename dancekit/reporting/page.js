"use strict";

// Choosers: a small picture puts its block into the large ones.
for (const chooser of document.querySelectorAll("[data-chooser]")) {
  const series = chooser.dataset.chooser.split(" ");
  const buttons = [...chooser.querySelectorAll("button")];
  const says = document.querySelectorAll(`[data-block-of="${series[0]}"]`);
  buttons.forEach((button, block) => {
    button.addEventListener("click", () => {
      for (const each of buttons) each.setAttribute("aria-pressed", String(each === button));
      for (const name of series) {
        for (const use of document.querySelectorAll(`use[data-series="${name}"]`)) {
          use.setAttribute("href", `#${name}-${block}`);
        }
      }
      for (const each of says) each.textContent = button.dataset.block;
    });
  });
}

// Tables: a click on a column's name sorts by it, once more the other way round.
for (const table of document.querySelectorAll("table.sortable")) {
  const names = [...table.tHead.rows[0].cells];
  names.forEach((name, column) => {
    name.querySelector("button").addEventListener("click", () => {
      const up = name.getAttribute("aria-sort") === "descending";
      const key = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
      const compare = (a, b) => key(a).localeCompare(key(b), undefined, { numeric: true });
      const rows = [...table.tBodies[0].rows].sort((a, b) => (up ? compare(a, b) : compare(b, a)));
      for (const each of names) each.removeAttribute("aria-sort");
      name.setAttribute("aria-sort", up ? "ascending" : "descending");
      table.tBodies[0].append(...rows);
    });
  });
}

// Players: every skeleton moves at the frame rate of its clip while it can be seen. Those of one clip have its
// bones, or each its own.
class Player {
  constructor(button, clip) {
    this.button = button;
    this.clip = clip;
    this.persons = [...button.querySelectorAll(".person")].map((person, i) => ({
      bones: [...person.querySelectorAll("line")],
      joints: [...person.querySelectorAll("circle")],
      ends: clip.skeletons?.[i] ?? clip.bones,
    }));
    this.frame = Math.floor(clip.frames.length / 2);
    this.playing = false;
    this.visible = false;
  }

  set(playing) {
    this.playing = playing;
    this.started = undefined;
    this.button.setAttribute("aria-pressed", String(playing));
  }

  step(now) {
    if (!this.playing || !this.visible) {
      this.started = undefined;
      return;
    }
    this.started ??= now - (1000 * this.frame) / this.clip.rate;
    const frame = Math.floor(((now - this.started) / 1000) * this.clip.rate) % this.clip.frames.length;
    if (frame !== this.frame) this.draw(frame);
  }

  draw(frame) {
    this.frame = frame;
    const points = this.clip.frames[frame];
    let offset = 0;
    for (const { bones, joints, ends } of this.persons) {
      const place = (joint) => points.slice(offset + 2 * joint, offset + 2 * joint + 2);
      joints.forEach((circle, joint) => move(circle, ["cx", "cy"], place(joint)));
      bones.forEach((line, i) => {
        const [child, parent] = ends[i];
        move(line, ["x1", "y1", "x2", "y2"], [...place(child), ...place(parent)]);
      });
      offset += 2 * joints.length;
    }
  }
}

function move(shape, names, values) {
  const seen = !values.includes(null);
  shape.setAttribute("visibility", seen ? "visible" : "hidden");
  if (seen) names.forEach((name, i) => shape.setAttribute(name, values[i]));
}

const source = document.getElementById("motions");
if (source) {
  const clips = JSON.parse(source.textContent);
  const players = [...document.querySelectorAll("button.player")].map((button, i) => new Player(button, clips[i]));
  const all = document.getElementById("play-all");
  const whom = players.length > 1 ? " all" : "";
  const name = () => (all.textContent = (players.some((player) => player.playing) ? "Pause" : "Play") + whom);
  for (const player of players) {
    player.button.addEventListener("click", () => {
      player.set(!player.playing);
      name();
    });
  }
  all.hidden = false;
  all.addEventListener("click", () => {
    const play = !players.some((player) => player.playing);
    for (const player of players) player.set(play);
    name();
  });
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) players.find(({ button }) => button === entry.target).visible = entry.isIntersecting;
  });
  for (const player of players) watcher.observe(player.button);
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) all.click();
  const tick = (now) => {
    for (const player of players) player.step(now);
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}
