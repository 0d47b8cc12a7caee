"""What is shown over HTTP: health and metrics; the pages of ballots and results come later."""
