"""What failed, from what runs left behind: reports and printed output become failures, and failures become clusters."""
