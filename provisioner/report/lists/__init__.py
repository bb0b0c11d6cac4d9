"""Lists for programs and spreadsheets: rows with published names, as JSON and as CSV."""
