"""What a run says, for people and for `compare`: report.json, and the pages made from it."""
