"""Normalisation, augmentation and streams of keypoints, as batched tensor operations."""

from collections.abc import Iterator

from dancekit.plugin import Component, hookimpl

# In the order in which a recipe has use for them.
_SUMMARIES = {
    "convert_layout": ("conversion:ConvertLayout", "Into another layout, by the names of the joints"),
    "fill_gaps": ("gaps:FillGaps", "Fill short gaps of a joint by a straight line in time"),
    "smooth": ("smooth:Smooth", "Smooth along time (Savitzky-Golay or binomial), leaving missing frames out"),
    "screen": ("picture:Screen", "Pixels to -1 to 1 by the size of the picture, aspect kept"),
    "box": ("picture:Box", "To -1 to 1 by the box around the whole clip, aspect kept"),
    "swap_persons": ("persons:SwapPersons", "Put the persons of some training clips into another order"),
    "centre": ("normalise:Centre", "Put the layout's centre joint of the first person at the origin"),
    "align_view": (
        "view:AlignView",
        "Turn each 3D clip about the vertical so that it starts facing the front",
    ),
    "scale_to_body": (
        "normalise:ScaleToBody",
        "Divide by the size of the body, so that distance does not matter",
    ),
    "exchange_bone_lengths": (
        "body:ExchangeBoneLengths",
        "Give some training clips the bone lengths of another clip of the batch",
    ),
    "vary_bone_lengths": (
        "body:VaryBoneLengths",
        "Give each training clip bones that are longer or shorter, left and right alike",
    ),
    "camera": ("camera:Camera", "Put each 3D clip into the frame of a random camera that looks at it"),
    "project": ("projection:Project", "Make 2D keypoints in pixels of 3D ones in the frame of a camera"),
    "detect": ("detect:Detect", "Give 2D keypoints the errors, losses and confidences of a detector"),
    "rotate": ("augment:Rotate", "Turn each training clip: about the vertical in 3D, in the picture in 2D"),
    "scale": ("augment:Scale", "Stretch each training clip, every axis by its own factor"),
    "amplitude": (
        "amplitude:Amplitude",
        "Let training clips move further or less far, as a lively or a tired dancer does",
    ),
    "shear": ("augment:Shear", "Slant each training clip, every axis towards the others"),
    "translate": ("augment:Translate", "Move each training clip"),
    "mirror": ("augment:Mirror", "Swap left and right in some training clips"),
    "noise": ("noise:Noise", "Move every joint of a training clip by normal noise"),
    "drop_joints": ("drop:DropJoints", "Lose single joints of training clips"),
    "drop_parts": ("drop:DropParts", "Lose a part of the body, such as an arm, in some training clips"),
    "drop_person": ("drop:DropPerson", "Lose one of several persons in some training clips"),
    "reverse_time": ("tempo:ReverseTime", "Play some training clips backwards"),
    "speed": ("tempo:Speed", "Let stretches of each training clip run faster or slower"),
    "stream": ("streams:Stream", "Joints, bones, or the motion of either, as the input of the backbone"),
}


@hookimpl
def dancekit_components() -> Iterator[Component]:
    for name, (target, summary) in _SUMMARIES.items():
        yield Component(
            kind="preprocessor", name=name, target=f"dancekit_preprocessing.{target}", summary=summary
        )
