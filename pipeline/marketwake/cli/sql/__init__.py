"""Ad-hoc SQL on the published file: queries, saved queries, the session."""
