"""What runs prove: grading a run, triage of the reproduced failure, and the verdict on a candidate patch."""
