"""What is wrong or odd with recordings, each looked at by itself."""

from __future__ import annotations

import numpy as np

from dancekit.data.inspection.completeness import UNCERTAIN
from dancekit.data.inspection.findings import Finding, clips_finding, listed
from dancekit.data.inspection.measurements import Measurements
from dancekit.data.inspection.motion import USUAL_RATE
from dancekit.skeleton.layout import Layout

_MUCH = 0.3  # share of joints missing or uncertain that is worth a word
_SHORT = 8  # frames


def recording_findings(found: Measurements, layout: Layout) -> list[Finding]:
    """Who is missing, what moves as it can't, and what is known of the time; `found` has each clip once."""
    return [*_presence(found, layout), *_motion(found, layout), *_time(found)]


def _presence(found: Measurements, layout: Layout) -> list[Finding]:
    seen, total = found.completeness.seen, len(found)
    somebody = np.asarray(seen.any(1))  # (N,)
    never = ~np.asarray(seen.any(0)) & somebody.any()  # (V,) joints
    unseen = (seen == 0)[:, ~never].any(1) & somebody  # (N,) clips
    joints = [layout.joints[joint] for joint in np.flatnonzero(never)]
    lacking = np.flatnonzero(((seen == 0) & somebody[:, None] & ~never).any(0))
    findings = clips_finding(
        found,
        ~somebody,
        code="nobody",
        severity="problem",
        says="Nobody is ever seen in {clips}",
        advice="Leave them out, or detect anew: there is nothing to learn from them.",
    )
    if joints:
        findings.append(
            Finding(
                code="joint-never-seen",
                severity="problem",
                sentence=f"{listed(joints)} of the layout {layout.name} {_is(joints)} seen in no clip.",
                advice="Check the layout, or take one without what isn't recorded.",
                clips=total,
                names=tuple(joints[:5]),
            )
        )
    findings += clips_finding(
        found,
        unseen,
        code="joint-unseen",
        severity="notice",
        says=f"A joint ({listed([layout.joints[joint] for joint in lacking])}) is never seen in {{clips}}",
        advice="Such a joint stays missing. Leave the clips out if it matters for the movement.",
    )
    findings += clips_finding(
        found,
        somebody & (2 * found.completeness.empty > found.frames),
        code="mostly-empty",
        severity="notice",
        says="Nobody is there for most of {clips}",
        advice="Cut them to the frames in which somebody is.",
    )
    there = int(found.completeness.present.sum()) * seen.shape[1]
    share = 1 - seen.sum() / there if there else 0
    if share > _MUCH:
        findings.append(_over_all(found, "much-missing", f"{share:.0%} of the joints are missing."))
    doubt = found.completeness.uncertain.sum() / max(1, seen.sum())
    if doubt > _MUCH:
        says = f"{doubt:.0%} of the seen joints have a score below {UNCERTAIN}."
        findings.append(_over_all(found, "much-uncertain", says))
    return findings


def _over_all(found: Measurements, code: str, sentence: str) -> Finding:
    return Finding(
        code=code,
        severity="notice",
        sentence=sentence,
        advice="Look at some (`dancekit data view`). A better detector or camera helps more than a model.",
        clips=len(found),
        names=(),
    )


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _motion(found: Measurements, layout: Layout) -> list[Finding]:
    motion, total = found.motion, len(found)
    findings = clips_finding(
        found,
        motion.still,
        code="still",
        severity="problem",
        says="Nothing moves in {clips}",
        advice="Leave them out unless standing still is what they show: one frame may be there many times.",
    )
    count = motion.frozen.sum(0)  # (V,)
    frozen = [layout.joints[joint] for joint in np.argsort(-count, kind="stable") if count[joint]]
    findings += clips_finding(
        found,
        np.asarray(motion.frozen.any(1)),
        code="frozen-joint",
        severity="problem",
        says=f"A joint ({listed(frozen)}) stays in its place while the body moves in {{clips}}",
        advice="It may be no part of the body, or the point that keypoints are counted from, or the tracker"
        " lost it. Take a layout without it, or mark it as missing.",
    )
    starting = motion.starts > 0
    usual = 2 * starting.sum() > total and total > 1
    if usual:
        findings += clips_finding(
            found,
            starting,
            code="first-frame",
            severity="problem",
            says="The first frame doesn't belong to the movement: joints jump right after it in {clips}",
            advice="It may be the pose that the recording was calibrated with. Cut it off.",
        )
    jumping = motion.jumps.any(1) | (starting & (not usual))
    names = [_jump(found, clip, layout) for clip in np.flatnonzero(jumping)[:5]]
    unknown = bool(np.isnan(found.frame_rate[jumping]).any())
    guess = f" (taking {USUAL_RATE:.0f} frames a second)" if unknown else ""
    findings += clips_finding(
        found,
        jumping,
        code="jumps",
        severity="notice",
        says=f"Joints jump farther from one frame to the next than a body can{guess} in {{clips}}",
        advice="Look at those frames: sides may be swapped, or another person followed. `smooth` helps with"
        " short ones.",
        names=names,
    )
    repeated = int(motion.repeated.sum())
    findings += clips_finding(
        found,
        motion.repeated > 0,
        code="repeated-frames",
        severity="notice",
        says=f"{repeated:,} frame{'s are' if repeated > 1 else ' is'} exactly the one before, amid movement,"
        " in {clips}",
        advice="The recorder dropped frames or filled up the end. Cut them off, or mark them as missing.",
        names=[
            f"{found.name[clip]} ({motion.repeated[clip]})"
            for clip in np.flatnonzero(motion.repeated > 0)[:5]
        ],
    )
    return findings


def _jump(found: Measurements, clip: int, layout: Layout) -> str:
    frame, joint = found.motion.farthest[clip]
    place = f"{layout.joints[joint]} at frame {frame}" if frame >= 0 else "at frame 1"
    return f"{found.name[clip]} ({place})"


def _time(found: Measurements) -> list[Finding]:
    unknown = np.isnan(found.frame_rate)
    rates = np.unique(found.frame_rate[~unknown])
    findings = clips_finding(
        found,
        unknown,
        code="frame-rate-unknown",
        severity="notice",
        says="The frame rate is unknown in {clips}",
        advice="Give it where the data set takes it (`frame_rate=30`): speeds and films depend on it.",
    )
    if len(rates) > 1:
        usual = rates[np.argmax([(found.frame_rate == rate).sum() for rate in rates])]
        others = listed([f"{rate:g}" for rate in rates if rate != usual])
        findings += clips_finding(
            found,
            ~unknown & (found.frame_rate != usual),
            code="frame-rates-differ",
            severity="notice",
            says=f"The frame rate is not {usual:g} as in most, but {others}, in {{clips}}",
            advice="Clips of as many frames then last longer or shorter: resample them to one rate.",
        )
    findings += clips_finding(
        found,
        found.frames < _SHORT,
        code="short",
        severity="notice",
        says=f"There are fewer than {_SHORT} frames in {{clips}}",
        advice="That is hardly a movement. Leave them out, or join what was cut apart.",
    )
    return findings
