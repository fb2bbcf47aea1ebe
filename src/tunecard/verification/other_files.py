"""Do the files that stand in the folder for other libraries say what the evidence says of pooling, length and width?"""

from __future__ import annotations

from tunecard.evidence import Findings, RunFolder
from tunecard.tasks.other_libraries import files_for_others
from tunecard.verification.report import Check, judged

NAME = "files for other libraries"


def check_other_files(folder: RunFolder, findings: Findings) -> Check:
    """Each is, byte for byte, what the findings come to."""
    wanted = files_for_others(findings)
    problems = []
    for path, expected in wanted.items():
        try:
            text = folder.read_text(folder.path / path)
        except (OSError, ValueError) as error:
            problems.append(f"{path} cannot be read: {error}")
            continue
        if text != expected:
            problems.append(f"{path} is not what the evidence says of pooling, length and width")
    return judged(NAME, problems, f"{', '.join(wanted)} say what the evidence says" if wanted else "none is due")
