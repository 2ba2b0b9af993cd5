import torch
from dancekit_pose_mlp.model import halve_time, motion


def test_motion_is_zero_where_either_frame_is_absent() -> None:
    poses = torch.tensor([[[1.0], [3.0], [6.0], [10.0], [15.0]]])  # (1, 5, 1)
    mask = torch.tensor([[True, True, False, True, True]])
    assert motion(poses, None).flatten().tolist() == [0, 2, 3, 4, 5]
    assert motion(poses, mask).flatten().tolist() == [0, 2, 0, 0, 5]


def test_halved_time_is_the_mean_of_the_frames_that_are_there() -> None:
    x = torch.tensor([1.0, 3.0, 6.0, 10.0, 15.0]).view(1, 1, 5, 1)
    mask = torch.tensor([[True, True, False, True, False]])
    half, after = halve_time(x, None)
    assert half.flatten().tolist() == [2, 8, 15]
    assert after is None
    half, after = halve_time(x, mask)
    assert half.flatten().tolist() == [2, 10, 0]
    assert after is not None
    assert after.tolist() == [[True, True, False]]
