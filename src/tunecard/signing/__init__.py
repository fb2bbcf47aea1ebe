"""Who stands behind a folder: a statement over the manifest's files, signed with a local key, and its check.

A signature shows who signed these bytes; whether they are true is asked by `verification`. This room knows keys,
envelopes and statements; it must not know what a finding means.
"""

from tunecard.signing.folder import Verdict, check_signature, sign_folder
from tunecard.signing.openssf import check_model_signature, sign_model

__all__ = ["Verdict", "check_model_signature", "check_signature", "sign_folder", "sign_model"]
