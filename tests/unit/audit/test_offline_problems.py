"""A refusal keeps what is known of its place."""

from audit.offline.problems import Problem


def test_a_refusal_of_which_nothing_is_known_is_a_rejection():
    problem = Problem("No.")
    assert (str(problem), problem.code, problem.layer, problem.index) == (
        "No.", "rejected", "", None,
    )  # fmt: skip


def test_a_place_is_added_where_none_is_known_and_replaces_nothing():
    told = Problem("No.").at(layer="tile", index=4)
    assert (told.layer, told.index) == ("tile", 4)
    told = told.at(layer="leaf", index=5)
    assert (told.layer, told.index) == ("tile", 4)
    told = Problem("No.", index=0).at(layer="leaf", index=5)
    assert (told.layer, told.index) == ("leaf", 0)
    assert Problem("No.").at(layer="leaf").index is None
