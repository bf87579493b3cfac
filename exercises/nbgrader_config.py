"""nbgrader's settings for these exercises; `make course COURSE=DIR` puts them at the top of a course's folder."""

from nbgrader.preprocessors import ClearHiddenTests

c = get_config()  # noqa: F821 - nbgrader hands it to this file

c.CourseDirectory.course_id = "auth_sandbox"

# generate_assignment: what stands for a solution. The rest of the cell still runs, so nothing may be raised here.
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE"}

# autograde: seconds that a cell may take. It runs a submission as you, with all that you may do, and believes what the
# submission's own cells found. Where that is too much trust: python -m sandbox grade.
c.Execute.timeout = 60

# generate_feedback: nbgrader puts the hidden tests back to autograde, and would show them: in the cell, and in the
# traceback of a failed one. Of a traceback, the first entry and the last are kept.
c.GenerateFeedback.preprocessors.prepend([ClearHiddenTests])
c.LimitOutput.max_traceback = 3
