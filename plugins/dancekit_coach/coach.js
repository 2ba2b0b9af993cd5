
// The moment that the skeletons show is marked in all figures over time; a click on one goes there.
{
  const { step, draw } = Player.prototype;
  const cursors = [...document.querySelectorAll(".cursor")].map((line) => [
    line,
    Number(line.dataset.from),
    Number(line.dataset.to),
  ]);
  const scrub = document.getElementById("scrub");
  let player;
  const mark = (share) => {
    for (const [line, from, to] of cursors) {
      const x = from + share * (to - from);
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
    }
    if (scrub) scrub.value = Math.round(1000 * share);
  };
  Player.prototype.step = function (now) {
    player = this;
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
  for (const chart of document.querySelectorAll("svg.timed")) {
    chart.addEventListener("click", (event) => {
      const line = chart.querySelector(".cursor");
      const box = chart.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * chart.viewBox.baseVal.width;
      go((x - line.dataset.from) / (line.dataset.to - line.dataset.from));
    });
  }
}
