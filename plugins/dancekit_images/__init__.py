"""From pictures of a dancer to what an appearance backbone looks at: silhouettes, thin lines, crops."""

from collections.abc import Iterator

from dancekit.plugin import Component, hookimpl

# In the order in which a recipe has use for them.
_SUMMARIES = {
    "grey": ("grey:Grey", "Make colour frames grey, by the luma of Rec. 601"),
    "max_entropy": ("max_entropy:MaxEntropy", "Find the silhouette by the threshold of maximum entropy"),
    "remove_background": (
        "foreground:RemoveBackground",
        "Say which side of the threshold is the person, or take the mask of a detector",
    ),
    "clean_silhouette": (
        "cleaning:CleanSilhouette",
        "Keep the largest connected part of the silhouette, without holes",
    ),
    "thinning": ("thinning:Thinning", "Thin the silhouette to lines one pixel wide"),
    "crop_to_person": ("cropping:CropToPerson", "Cut every picture to a square around the silhouette"),
    "resize": ("cropping:Resize", "Bring every picture to another size"),
}


@hookimpl
def dancekit_components() -> Iterator[Component]:
    for name, (target, summary) in _SUMMARIES.items():
        yield Component(kind="preprocessor", name=name, target=f"dancekit_images.{target}", summary=summary)
