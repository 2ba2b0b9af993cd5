
// Lanes and table beside the player; what stands above is the script of the player.
{
  const { persons, numbers, rate } = JSON.parse(part("recordings").textContent);
  const [tracks, scroller, playhead] = ["tracks", "scroller", "playhead"].map(part);
  const video = part("video");
  const LEAST = 22; // pixels of a second to begin with, if the whole fits with fewer
  const MOST = 400;
  const TIGHT = 34; // pixels below which a segment has no words
  const JUMP = 1; // seconds between video and player that are more than a late picture
  const HAVE_NEXT = HTMLMediaElement.HAVE_FUTURE_DATA;
  const CHIPS = 8; // of as many persons it is said on the stage what they do
  const segments = [...document.querySelectorAll(".segment")];
  const rows = [...document.querySelectorAll("#list tbody tr")];
  const total = recording().frames;
  let shown = -1;
  let waiting = 0; // the position at the last picture
  let scale = null; // pixels of a second; null: all at once

  const now = () => position * recording().every;
  const go = (frameNumber) => seek(frameNumber / recording().every + 1e-6);

  // Lanes
  function layOut() {
    if (!tracks) return;
    const seconds = Math.max(Number(tracks.dataset.seconds), 1e-3);
    const fit = scroller.clientWidth / seconds;
    const wide = scale === null || scale <= fit ? fit : scale;
    tracks.style.width = `${Math.max(scroller.clientWidth, Math.floor(wide * seconds))}px`;
    press(part("all"), wide === fit);
    for (const segment of segments) segment.classList.toggle("tight", segment.clientWidth < TIGHT);
    let end = -Infinity;
    for (const mark of document.querySelectorAll("#ruler span")) {
      mark.classList.remove("spare");
      const left = mark.offsetLeft;
      mark.classList.toggle("spare", left < end || left + mark.offsetWidth > tracks.clientWidth + 1);
      if (!mark.classList.contains("spare")) end = left + mark.offsetWidth + 10;
    }
    shown = -1;
  }

  function rescale(factor) {
    const seconds = Math.max(Number(tracks.dataset.seconds), 1e-3);
    const fit = scroller.clientWidth / seconds;
    const wide = tracks.clientWidth / seconds;
    scale = factor === null || wide * factor <= fit ? null : Math.min(MOST, wide * factor);
    layOut();
    bringPlayhead(true);
  }

  function bringPlayhead(centre) {
    const x = (now() / total) * tracks.clientWidth;
    const [low, high] = [scroller.scrollLeft + 30, scroller.scrollLeft + scroller.clientWidth - 60];
    if (centre) scroller.scrollLeft = x - scroller.clientWidth / 2;
    else if (x < low || x > high) scroller.scrollLeft = x - 60;
  }

  // What is going on at this moment
  function update() {
    const at = Math.floor(now());
    if (at === shown) return;
    shown = at;
    if (tracks) {
      playhead.style.left = `${(100 * now()) / total}%`;
      bringPlayhead(false);
    }
    for (const segment of segments) {
      const here = Number(segment.dataset.seek) <= at && at < Number(segment.dataset.end);
      segment.classList.toggle("current", here);
    }
    const list = part("list");
    let first = null;
    for (const row of rows) {
      const here = Number(row.dataset.start) <= at && at < Number(row.dataset.end);
      row.classList.toggle("current", here);
      if (here) first ??= row;
    }
    if (first && playing) {
      const [inner, outer] = [first.getBoundingClientRect(), list.getBoundingClientRect()];
      if (inner.top < outer.top + 40 || inner.bottom > outer.bottom) list.scrollBy(0, inner.top - outer.top - 60);
    }
    const chips = [];
    persons.forEach((found, place) => {
      const segment = found.find(([start, end]) => start <= at && at < end);
      if (!segment) return;
      const chip = document.createElement("li");
      const [name, sure] = [document.createElement("b"), document.createElement("small")];
      name.textContent = segment[2];
      if (segment[3] > 0) sure.textContent = `${Math.round(100 * segment[3])}%`;
      chip.className = `hue-${segment[4]}`;
      if (persons.length > 1) chip.append(`${numbers[place]}`);
      chip.append(name, sure);
      chips.push(chip);
    });
    part("now").replaceChildren(...chips.slice(0, CHIPS));
  }

  // The video lies behind the canvas, where the player has its picture.
  function follow() {
    if (video.hidden) return;
    const size = recording().picture ?? (video.videoWidth ? [video.videoWidth, video.videoHeight] : null);
    if (!size) return;
    const view = new AreaView(recording(), frame(), canvas.clientWidth, canvas.clientHeight, look);
    const place = view.place([0, 0]);
    video.style.transform = `translate(${place.x}px, ${place.y}px)`;
    video.style.width = `${size[0] * view.scale}px`;
    video.style.height = `${size[1] * view.scale}px`;
    const seconds = (now() + 0.5) / rate;
    const speed = Number(part("speed").value);
    if (video.playbackRate !== speed) video.playbackRate = speed;
    if (playing && video.paused) video.play().catch(() => {});
    if (!playing && !video.paused) video.pause();
    const away = Math.abs(video.currentTime - seconds);
    const jumped = away > (playing ? JUMP : 0.5 / rate) && !(video.ended && seconds > video.duration);
    if (playing && !video.paused && (video.seeking || video.readyState < HAVE_NEXT)) wait();
    else if (jumped && !video.seeking) video.currentTime = Math.min(seconds, video.duration || seconds);
    else if (playing && !video.paused) setPosition((video.currentTime * rate) / recording().every + 1e-3);
    waiting = position;
  }

  // A video that decodes slowly is the clock: the skeletons stay on the people, and wait for them.
  function setPosition(to) {
    redraw ||= Math.floor(to) !== Math.floor(position);
    position = clamp(to, 0, recording().count - 1);
  }
  const wait = () => setPosition(waiting);

  function showVideo(on) {
    video.hidden = !on;
    if (!on) video.pause();
    press(part("film"), on);
  }

  function lackVideo() {
    showVideo(false);
    part("film").hidden = true;
    const name = decodeURIComponent(video.getAttribute("src").split("/").pop());
    const said = `The video ${name} is not shown: it is not where it was, or this browser cannot play it. Browsers play MP4 with H.264.`;
    part("notice").textContent = `${part("notice").textContent} ${said}`.trim();
    part("notice").hidden = false;
  }

  function step(direction) {
    const starts = [...new Set(persons.flat().map(([start]) => start))].sort((one, other) => one - other);
    const at = Math.floor(now() + 1e-3);
    const next = direction > 0 ? starts.find((start) => start > at) : starts.findLast((start) => start < at - 2);
    if (next !== undefined) go(next);
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-seek]") ?? event.target.closest("#list tbody tr")?.querySelector("[data-seek]");
    if (target) go(Number(target.dataset.seek));
  });
  tracks?.addEventListener("pointerdown", (event) => {
    if (event.target.closest(".segment") || event.button !== 0) return;
    const seekTo = (x) => go(clamp((x - tracks.getBoundingClientRect().left) / tracks.clientWidth, 0, 1) * (total - 1));
    const move = (moved) => seekTo(moved.clientX);
    seekTo(event.clientX);
    tracks.setPointerCapture(event.pointerId);
    tracks.addEventListener("pointermove", move);
    const stop = () => tracks.removeEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"]) tracks.addEventListener(name, stop, { once: true });
  });
  part("before").addEventListener("click", () => step(-1));
  part("after").addEventListener("click", () => step(1));
  document.addEventListener("keydown", (event) => {
    if (event.shiftKey || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select")) return;
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    step(event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
  });
  if (tracks) {
    part("narrower").addEventListener("click", () => rescale(1 / 1.6));
    part("wider").addEventListener("click", () => rescale(1.6));
    part("all").addEventListener("click", () => rescale(null));
    new ResizeObserver(layOut).observe(scroller);
    scale = LEAST;
    layOut();
  }
  for (const swatch of document.querySelectorAll("[data-person]")) {
    const colourOf = `var(--person-${((Number(swatch.dataset.person) - 1) % PERSONS) + 1})`;
    swatch.style.setProperty("--mine", colourOf);
  }

  if (video) {
    part("film").addEventListener("click", () => showVideo(video.hidden));
    video.addEventListener("error", lackVideo, { once: true });
    video.addEventListener("loadedmetadata", () => video.videoWidth === 0 && lackVideo(), { once: true });
    if (video.error) lackVideo(); // before this script was read
  }

  play(false);
  const beside = () => {
    update();
    if (video) follow();
    requestAnimationFrame(beside);
  };
  beside();
}
