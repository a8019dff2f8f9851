"""Paper: filled forms and sheets for patients, as PDF files that the same record makes again."""
