from dancekit.testing import check_backbone


def test_contract() -> None:
    check_backbone("pose_mlp", width=16)


def test_contract_with_scores() -> None:
    check_backbone("pose_mlp", width=16, stages=1, score_channel=True)
