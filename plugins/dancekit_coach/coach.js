
// One player: the moment that its skeletons show is marked in all figures over time, and a click on one of them
// or on a key frame goes there.
{
  const { step, draw } = Player.prototype;
  const cursors = [...document.querySelectorAll(".cursor")].map((line) => [
    line,
    Number(line.dataset.from),
    Number(line.dataset.to),
  ]);
  const scrub = document.getElementById("scrub");
  const slowly = document.getElementById("slowly");
  let player;
  const mark = (share) => {
    for (const [line, from, to] of cursors) {
      const x = from + share * (to - from);
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
    }
    if (scrub) scrub.value = Math.round(1000 * share);
  };
  // Long movements are written with fewer frames a second: what lies between two of them is filled in.
  const fill = (clip) => {
    const times = Math.round(30 / clip.rate);
    if (times < 2) return 1;
    const between = (a, b, share) => (a === null || b === null ? null : a + share * (b - a));
    const { frames } = clip;
    clip.frames = frames.flatMap((frame, i) => {
      if (i + 1 === frames.length) return [frame];
      return Array.from({ length: times }, (_, k) => frame.map((a, j) => between(a, frames[i + 1][j], k / times)));
    });
    clip.rate *= times;
    return times;
  };
  Player.prototype.step = function (now) {
    if (!player) {
      player = this;
      this.frame *= fill(this.clip);
    }
    step.call(this, now);
  };
  Player.prototype.draw = function (frame) {
    draw.call(this, frame);
    mark(frame / Math.max(this.clip.frames.length - 1, 1));
  };
  const go = (share) => {
    if (!player) return;
    if (player.playing) player.button.click();
    player.draw(Math.round(Math.min(Math.max(share, 0), 1) * (player.clip.frames.length - 1)));
  };
  if (scrub) scrub.addEventListener("input", () => go(scrub.value / 1000));
  if (slowly) {
    slowly.hidden = false;
    slowly.addEventListener("click", () => {
      if (!player) return;
      const slow = slowly.getAttribute("aria-pressed") === "false";
      slowly.setAttribute("aria-pressed", String(slow));
      player.clip.rate *= slow ? 0.4 : 2.5;
      player.started = undefined;
    });
  }
  for (const button of document.querySelectorAll("[data-share]")) {
    button.addEventListener("click", () => go(Number(button.dataset.share)));
  }
  for (const chart of document.querySelectorAll("svg.timed")) {
    chart.addEventListener("click", (event) => {
      const line = chart.querySelector(".cursor");
      const box = chart.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * chart.viewBox.baseVal.width;
      go((x - line.dataset.from) / (line.dataset.to - line.dataset.from));
    });
  }
}
