"""Why something cannot be said of an answer.

Promises: every class has a stable code, and its docstring is the sentence for people.
"""

from clinrag.answering.errors import AnsweringError


class RemarkInvalid(AnsweringError):
    """The remark lacks what its kind needs, or says what there is no code for."""

    code = "remark_invalid"


class AnswerNotEnded(AnsweringError):
    """The question is still being answered, or nobody answered it."""

    code = "answer_not_ended"


class OnlyPeopleReview(AnsweringError):
    """An answer is reviewed by a person, not by an application."""

    code = "only_people_review"


class OwnAnswerReviewed(AnsweringError):
    """Who asked a question does not review its answer."""

    code = "own_answer_reviewed"


class OwnFlagReviewed(AnsweringError):
    """Who called an answer wrong or unsafe does not review it."""

    code = "own_flag_reviewed"


class OverrideIsNobodys(AnsweringError):
    """Words in an answer's place are a person's; an application names for whom."""

    code = "override_is_nobodys"


class ReviewIsAssigned(AnsweringError):
    """This person is already asked to review the answer."""

    code = "review_is_assigned"


class ReviewNotAssigned(AnsweringError):
    """This person is not asked to review the answer."""

    code = "review_not_assigned"


class ReviewDueInPast(AnsweringError):
    """A review is due at a time that is still to come."""

    code = "review_due_in_past"


class ReviewerNotEligible(AnsweringError):
    """This person may not review, or not what is in these collections."""

    code = "reviewer_not_eligible"
